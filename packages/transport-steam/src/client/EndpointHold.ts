import type { Endpoint } from '../connection/Endpoint.ts';

/** Between a request and the connection that follows it, or a close and its acknowledgement. */
const LINGER_MS = 250;

/**
 * Holds the endpoint as long as somebody uses it, and a little longer: an idle SDK must not keep the process alive, but one that is
 * about to connect should find its session still there.
 */
export class EndpointHold {
  readonly #endpoint: Endpoint;
  readonly #begin: () => () => void;
  #end: (() => void) | undefined;
  #users = new Set<symbol>();
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `begin` is called whenever a hold begins; what it returns, when it ends. */
  constructor(endpoint: Endpoint, begin: () => () => void = () => () => undefined) {
    this.#endpoint = endpoint;
    this.#begin = begin;
  }

  /** Whether somebody uses it, or did a moment ago. */
  get isHeld(): boolean {
    return this.#end !== undefined;
  }

  /** Begins a use. The returned function ends it; `lingerMs` is how long the next use may be away. */
  use(): (lingerMs?: number) => void {
    clearTimeout(this.#timer);
    if (this.#end === undefined) {
      this.#endpoint.acquire();
      this.#end = this.#begin();
    }
    const user = Symbol('use');
    this.#users.add(user);
    return (lingerMs = LINGER_MS) => {
      if (!this.#users.delete(user)) return;
      this.#until = Math.max(this.#until, performance.now() + lingerMs);
      if (this.#users.size === 0) this.#timer = setTimeout(() => this.release(), this.#until - performance.now());
    };
  }

  /** Lets go now, whoever uses it. */
  release(): void {
    clearTimeout(this.#timer);
    this.#users.clear();
    this.#until = 0;
    if (this.#end === undefined) return;
    this.#end();
    this.#end = undefined;
    this.#endpoint.release();
  }
}
