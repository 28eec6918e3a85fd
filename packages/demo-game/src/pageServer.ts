import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** Content type and content of each file, by its name; `index.html` is the page itself. */
export type PageFiles = Readonly<Record<string, { readonly type: string; readonly text: string }>>;

/** What a page may have done by its server: `POST` with JSON or nothing, answered with JSON. */
export type PageCalls = Readonly<Record<string, (argument: unknown) => unknown>>;

export interface PageServer {
  readonly url: string;
  close(): void;
}

export interface PageServerOptions {
  readonly files: PageFiles;
  readonly calls: PageCalls;
  readonly onSocket?: (socket: WebSocket) => void;
  /** @default 0: whichever is free */
  readonly port?: number;
}

/** Largest frame of a WebSocket. Unit: bytes. */
const MAX_PAYLOAD = 2 ** 21;
/** Largest body of a call. Unit: bytes. */
const MAX_BODY_BYTES = 2 ** 16;

/** Nothing of strangers: what names and chat are put into can be no script. The page frames others of this machine, and is framed by them. */
const POLICY = [
  "default-src 'self'",
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
  'img-src data:',
  "frame-src 'self' http://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*",
].join('; ');

/** A request that is not served, and the status that says why. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves a page to this machine, and only to who knows its URL: every page that the user has open in a browser can reach 127.0.0.1,
 * and this one speaks for a Steam user.
 *
 * @throws Error (rejects) when the port is taken
 */
export async function servePage({ files, calls, onSocket, port = 0 }: PageServerOptions): Promise<PageServer> {
  const secret = `/${randomBytes(16).toString('hex')}/`;
  const nameIn = ({ url = '' }: IncomingMessage) => (url.startsWith(secret) ? url.slice(secret.length) : undefined);

  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      // What is left of the request is not read.
      if (!request.complete) response.setHeader('connection', 'close');
      respond(response, error instanceof Refusal ? error.status : 500, 'text/plain', error.message);
    });
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkHost(request);
    const name = nameIn(request);
    const call = name === undefined ? undefined : own(calls, name);
    const file = name === undefined ? undefined : own(files, name || 'index.html');
    if (request.method === 'POST' && call !== undefined) {
      checkOrigin(request);
      const result = await call(await postedJson(request));
      respond(response, 200, 'application/json', JSON.stringify(result ?? null));
    } else if (request.method === 'GET' && file !== undefined) respond(response, 200, file.type, file.text);
    else throw new Refusal(404, 'not found');
  }

  const sockets = new WebSocketServer({
    server,
    maxPayload: MAX_PAYLOAD,
    verifyClient: ({ req }, answer) => {
      try {
        checkHost(req);
        checkOrigin(req);
        answer(nameIn(req) === 'socket', 404);
      } catch (error) {
        answer(false, (error as Refusal).status);
      }
    },
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => {}); // such as a malformed frame: ws closes the socket
    onSocket?.(socket);
  });

  await new Promise<void>((resolve, reject) => {
    sockets.once('error', reject); // ws passes on those of the server
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${secret}`,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Who asks knows us by our own name: a page of a name that its owner has made lead to 127.0.0.1 (DNS rebinding) does not. @throws Refusal 403 */
function checkHost({ headers, socket }: IncomingMessage): void {
  const names = ['127.0.0.1', 'localhost'].map((name) => `${name}:${socket.localPort}`);
  if (!names.includes(headers.host ?? '')) throw new Refusal(403, `this is ${names.join(' or ')}, not ${headers.host}`);
}

/** @throws Refusal 403 */
function checkOrigin({ headers: { host, origin } }: IncomingMessage): void {
  if (origin !== `http://${host}`)
    throw new Refusal(403, `only the page itself may do this, not ${origin ?? 'who names no page'}`);
}

/** Undefined: there is no body. @throws Refusal (rejects) 413, 400 */
async function postedJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw new Refusal(400, 'a body is JSON');
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function respond(response: ServerResponse, status: number, type: string, text: string): void {
  response
    .writeHead(status, {
      'content-type': type,
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer', // the path is a secret
    })
    .end(text);
}
