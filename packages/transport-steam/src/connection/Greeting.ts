import type { ResolvedOptions } from './options.ts';

/** Our hello that is not answered yet: when it is said again, and when no more. */
export class Greeting {
  readonly hello: Uint8Array;
  readonly #since: number;
  #saidAt: number;

  constructor(hello: Uint8Array, now: number) {
    this.hello = hello;
    this.#since = this.#saidAt = now;
  }

  said(now: number): void {
    this.#saidAt = now;
  }

  isDue(now: number, { helloRetryMs }: ResolvedOptions): boolean {
    return now - this.#saidAt >= helloRetryMs;
  }

  isOver(now: number, { connectTimeoutMs }: ResolvedOptions): boolean {
    return now - this.#since >= connectTimeoutMs;
  }
}
