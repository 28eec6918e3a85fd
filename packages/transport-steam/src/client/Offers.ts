import type { Connection } from '../connection/Connection.ts';

/** Targets are paths; a URL needs a host. */
const BASE = 'steam://host';

interface Offer {
  readonly connection: Connection;
  readonly forget: () => void;
}

/**
 * Connections that the host opened along with an answer, until the SDK asks for the same room and seat: what makes a join one round
 * trip shorter. The connection layer closes what nobody takes within `connectTimeoutMs`; here it is only forgotten.
 */
export class Offers {
  readonly #offers = new Map<string, Offer>();
  readonly #keepMs: number;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** `forgotten` is called once: when it is taken, or given up. */
  keep(host: bigint, target: string, connection: Connection, forgotten: () => void): void {
    if (!URL.canParse(target, BASE)) {
      // The host's, so anything may come.
      connection.close();
      forgotten();
      return;
    }
    const key = keyOf(host, target);
    this.#offers.get(key)?.forget();
    const timer = setTimeout(() => forget(), this.#keepMs);
    const forget = () => {
      clearTimeout(timer);
      this.#offers.delete(key);
      forgotten();
    };
    this.#offers.set(key, { connection, forget });
  }

  /** The connection for this target, if there is one. */
  take(host: bigint, target: string): Connection | undefined {
    const offer = this.#offers.get(keyOf(host, target));
    offer?.forget();
    return offer?.connection;
  }

  clear(): void {
    for (const { connection, forget } of [...this.#offers.values()]) {
      forget();
      connection.close();
    }
  }
}

/** Host, room, session and token; what else a URL says (`skipHandshake`, `_authToken`) makes no other seat of it. */
function keyOf(host: bigint, target: string): string {
  const { pathname, searchParams } = new URL(target, BASE);
  return JSON.stringify([String(host), pathname, searchParams.get('sessionId'), searchParams.get('reconnectionToken')]);
}
