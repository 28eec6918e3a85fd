import { Acceptors } from './Acceptors.ts';
import { Answerers } from './Answerers.ts';
import type { HostHandlers, RequestHandler, TargetHandlers } from './types.ts';

/** Who in this process takes what peers ask for: the host, and beside it or without one those who take one target or path each. */
export class Roles {
  readonly #steamId: bigint;
  readonly #onNewHost: () => void;
  readonly #answerers = new Answerers();
  readonly #acceptors = new Acceptors();
  #host: HostHandlers | undefined;

  /** `onNewHost`: there is another one, or none. What was said of users before was not said by this one. */
  constructor(steamId: bigint, onNewHost: () => void) {
    this.#steamId = steamId;
    this.#onNewHost = onNewHost;
  }

  /** Somebody serves, rather than takes some targets only. */
  get isHosting(): boolean {
    return this.#host !== undefined;
  }

  /** Who decides on users, and takes their connections; undefined when nobody does. */
  get host(): HostHandlers | undefined {
    return this.#host ?? (this.#acceptors.isEmpty ? undefined : this.#acceptors.host);
  }

  /** Who answers requests for this path, host or not. */
  answerer(path: string): RequestHandler | undefined {
    return this.#answerers.find(path);
  }

  /** See {@link Endpoint.serve}. */
  serve(handlers: HostHandlers): () => void {
    if (this.#host !== undefined)
      throw new Error(`Steam user ${this.#steamId} hosts already in this process: one driver, one host`);
    const host = this.#acceptors.beside(handlers);
    this.#host = host;
    this.#onNewHost();
    return () => {
      if (this.#host !== host) return;
      this.#host = undefined;
      this.#onNewHost();
    };
  }

  /** See {@link Endpoint.answer}. */
  answer(path: string, handler: RequestHandler): () => void {
    return this.#answerers.add(path, handler);
  }

  /** See {@link Endpoint.accept}. */
  accept(target: string, handlers: TargetHandlers): () => void {
    const end = this.#acceptors.add(target, handlers);
    return () => {
      end();
      if (this.host === undefined) this.#onNewHost();
    };
  }
}
