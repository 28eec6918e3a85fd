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

/**
 * Serves a page to this machine, and only to who knows its URL: every page that the user has open in a browser can reach 127.0.0.1,
 * and this one speaks for a Steam user.
 */
export async function servePage({ files, calls, onSocket, port = 0 }: PageServerOptions): Promise<PageServer> {
  const secret = `/${randomBytes(16).toString('hex')}/`;
  const nameIn = ({ url = '' }: IncomingMessage) => (url.startsWith(secret) ? url.slice(secret.length) : undefined);

  const server = createServer(async (request, response) => {
    const name = nameIn(request);
    const call = name === undefined ? undefined : own(calls, name);
    const file = name === undefined ? undefined : own(files, name || 'index.html');
    if (request.method === 'POST' && call !== undefined) await answer(call, request, response);
    else if (request.method === 'GET' && file !== undefined) respond(response, 200, file.type, file.text);
    else respond(response, 404, 'text/plain', 'not found');
  });
  const verifyClient = ({ req }: { req: IncomingMessage }) => nameIn(req) === 'socket';
  const sockets = new WebSocketServer({ server, maxPayload: MAX_PAYLOAD, verifyClient });
  if (onSocket !== undefined) sockets.on('connection', onSocket);

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

async function answer(call: PageCalls[string], request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const result = await call(text === '' ? undefined : JSON.parse(text));
    respond(response, 200, 'application/json', JSON.stringify(result ?? null));
  } catch (error) {
    respond(response, 500, 'text/plain', (error as Error).message);
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function respond(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end(text);
}
