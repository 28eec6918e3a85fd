import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NetworkControl } from './NetworkControl.ts';
import { type InspectorOptions, type ResolvedInspectorOptions, resolveInspectorOptions } from './options.ts';
import { loadPageFiles } from './pageFiles.ts';
import { answer, checkHost, postedJson, Refusal, refuse, setHeaders } from './requests.ts';
import { SnapshotStream } from './SnapshotStream.ts';

const HOST = '127.0.0.1';

/** An inspector that is served. */
export interface Inspector {
  /**
   * Where the page is: `http://127.0.0.1:` and the port, then a path that nobody guesses, and that must stay a secret. Behind `#`, the source
   * that is chosen first: `${url}#host`.
   */
  readonly url: string;
  /** Ends it, and with it the connections of its pages. May be called twice. */
  close(): Promise<void>;
}

/**
 * Serves a page that shows the network of a game in development: on 127.0.0.1 only, to whoever has the URL.
 *
 * ```ts
 * const { url } = await serveInspector({ sources: { host: () => transport.inspect() } });
 * ```
 *
 * Keeps the process alive until `close()`.
 *
 * @throws TypeError | RangeError (rejects) for bad options, naming the option, the value and what is allowed; Error (rejects) when the port is
 *   taken, or the network does not take `conditions`
 */
export async function serveInspector(options: InspectorOptions): Promise<Inspector> {
  const resolved = resolveInspectorOptions(options);
  const { network: own, conditions, port } = resolved;
  const network = own === undefined ? undefined : new NetworkControl(own, conditions);
  if (conditions !== undefined) await network?.begin();
  const stream = new SnapshotStream({ options: resolved, network: () => network?.setting ?? null });
  const root = `/${randomBytes(16).toString('hex')}/`;
  const serve = handler(root, resolved, stream, network);
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => refuse(response, error));
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = async () => {
    stream.close();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://${HOST}:${taken}${root}`,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function handler(
  root: string,
  options: ResolvedInspectorOptions,
  stream: SnapshotStream,
  network: NetworkControl | undefined,
): Handler {
  const files = loadPageFiles();
  const posts: Readonly<Record<string, (posted: Readonly<Record<string, unknown>>) => unknown>> = {
    action: (posted) => actionOf(options, posted).run(),
    ...(network !== undefined && { network: (posted) => network.set(posted) }),
  };
  return async (request, response) => {
    setHeaders(response);
    checkHost(request);
    const [path = ''] = (request.url ?? '').split('?');
    const name = path.startsWith(root) ? path.slice(root.length) : undefined;
    if (request.method === 'POST') {
      const post = name !== undefined && Object.hasOwn(posts, name) ? posts[name] : undefined;
      if (post === undefined) throw nothingHere();
      const posted = await postedJson(request);
      await answer(response, () => post(posted));
    } else if (request.method !== 'GET') {
      throw new Refusal(405, `${request.method} is not served here`);
    } else if (name === 'stream') {
      if (!stream.add(response)) throw new Refusal(503, 'too many pages look at this already');
    } else {
      const file = name === undefined ? undefined : files.get(name);
      if (file === undefined) throw nothingHere();
      response.writeHead(200, { 'content-type': file.type }).end(file.body);
    }
  };
}

function nothingHere(): Refusal {
  return new Refusal(404, 'there is nothing here');
}

/** @throws Refusal 404 when there is none, or none any more */
function actionOf({ actions = [] }: ResolvedInspectorOptions, { name, source }: Readonly<Record<string, unknown>>) {
  // The game may have put in what is none.
  const found = actions.find((action) => action?.name === name && (action.source ?? null) === source);
  if (found === undefined) throw new Refusal(404, `there is no action ${JSON.stringify(name)} here`);
  return found;
}
