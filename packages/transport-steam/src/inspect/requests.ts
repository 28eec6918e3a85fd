import type { IncomingMessage, ServerResponse } from 'node:http';
import { wordsOf } from '../driver/describe.ts';
import type { Answer } from './messages.ts';

/** Largest body that a page posts. Unit: bytes. */
const MAX_BODY_BYTES = 4_096;

/** Of an answer in words. Unit: characters. */
const MAX_WORDS = 2_000;

/** A request that is not served, and the status that says why. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Nothing but itself: what names and reasons of strangers are put into can be no script, and nothing is loaded from elsewhere. May be framed by the
 * pages of this machine: the game's own, with the view beside it.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*",
].join('; ');

/** In every response. */
export function setHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('x-content-type-options', 'nosniff');
  // The path is a secret.
  response.setHeader('referrer-policy', 'no-referrer');
}

/**
 * Who asks knows us by our own name: a page of a name that its owner has made lead to 127.0.0.1 (DNS rebinding) does not.
 *
 * @throws Refusal 403
 */
export function checkHost({ headers, socket }: IncomingMessage): void {
  const names = ['127.0.0.1', 'localhost'].map((name) => `${name}:${socket.localPort}`);
  if (!names.includes(headers.host ?? '')) throw new Refusal(403, `this is ${names.join(' or ')}, and no other host`);
}

/**
 * What the page posts, and no other page, nor a form.
 *
 * @throws Refusal (rejects) 403, 413, 415, 400
 */
export async function postedJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const { host, origin, 'content-type': type } = request.headers;
  if (origin !== `http://${host}`) throw new Refusal(403, 'only the page itself may post here');
  if (type !== 'application/json') throw new Refusal(415, 'what is posted here is application/json');
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(413, `what is posted here has at most ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  const json = parsed(Buffer.concat(parts).toString());
  if (typeof json !== 'object' || json === null) throw new Refusal(400, 'what is posted here is a JSON object');
  return json as Readonly<Record<string, unknown>>;
}

/** Answers with what `act` says, or with why it did not work: that is no fault of the request. @throws Refusal (rejects) */
export async function answer(response: ServerResponse, act: () => unknown): Promise<void> {
  try {
    const said = await act();
    sendJson(response, 200, typeof said === 'string' ? { text: said.slice(0, MAX_WORDS) } : {});
  } catch (error) {
    if (error instanceof Refusal) throw error;
    sendJson(response, 200, { error: wordsOf(error).slice(0, MAX_WORDS) });
  }
}

export function refuse(response: ServerResponse, error: unknown): void {
  // What is left of the request is not read.
  if (!response.req.complete) response.setHeader('connection', 'close');
  sendJson(response, error instanceof Refusal ? error.status : 500, { error: wordsOf(error).slice(0, MAX_WORDS) });
}

function sendJson(response: ServerResponse, status: number, content: Answer): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
