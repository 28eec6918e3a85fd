import { utf8 } from '../wire/bytes.ts';
import { CloseCode, type Connection } from './Connection.ts';
import type { ConnectionEvents, HostHandlers, RequestHandler, TargetHandlers } from './types.ts';

/** HTTP's for: not now. */
const UNAVAILABLE = 503;

/** Who takes connections for which target, beside whoever hosts or where nobody does. */
export class Acceptors {
  readonly #byTarget = new Map<string, TargetHandlers>();

  /** Where nobody else hosts: a host of nothing but these. Always the same object, so that who was let in stays so. */
  readonly host: HostHandlers = {
    onSessionRequest: (peer) => this.#mayCome(peer),
    onConnection: (connection, target) => this.#take(connection, target) ?? refuse(connection),
    onRequest: notHosting,
  };

  get isEmpty(): boolean {
    return this.#byTarget.size === 0;
  }

  /** Returns what ends it. @throws TypeError when it is no target, Error when it is taken already */
  add(target: string, handlers: TargetHandlers): () => void {
    if (!/^\/[^?]+$/.test(target))
      throw new TypeError(`a target begins with / and has no query, unlike ${JSON.stringify(target)}`);
    if (this.#byTarget.has(target)) throw new Error(`connections for ${target} are taken already`);
    this.#byTarget.set(target, handlers);
    return () => {
      if (this.#byTarget.get(target) === handlers) this.#byTarget.delete(target);
    };
  }

  /** A host whose connections for these targets are not his. */
  beside(host: HostHandlers): HostHandlers {
    return {
      onSessionRequest: (peer) => host.onSessionRequest(peer),
      onConnection: (connection, target) => this.#take(connection, target) ?? host.onConnection(connection, target),
      onRequest: (...request) => host.onRequest(...request),
      onComplaint: (peer, what) => host.onComplaint?.(peer, what),
    };
  }

  #take(connection: Connection, target: string): ConnectionEvents | undefined {
    return this.#byTarget.get(target)?.onConnection(connection);
  }

  /** One of them is enough. */
  #mayCome(peer: bigint): boolean | Promise<boolean> {
    const answers = [...this.#byTarget.values()].map((handlers) => handlers.onSessionRequest(peer));
    if (answers.includes(true)) return true;
    const awaited = answers.filter((answer) => answer instanceof Promise);
    if (awaited.length === 0) return false;
    return new Promise((resolve) => {
      for (const answer of awaited)
        answer.then(
          (may) => may && resolve(true),
          () => undefined,
        );
      Promise.allSettled(awaited).then(() => resolve(false));
    });
  }
}

function refuse(connection: Connection): ConnectionEvents {
  connection.close(CloseCode.PolicyViolation, 'nobody here takes connections for this target');
  return { onMessage: () => undefined, onClose: () => undefined };
}

const notHosting: RequestHandler = async (): ReturnType<RequestHandler> => ({
  status: UNAVAILABLE,
  headers: [['content-type', 'application/json']],
  body: utf8(JSON.stringify({ error: 'this user hosts no Colyseus server' })),
});
