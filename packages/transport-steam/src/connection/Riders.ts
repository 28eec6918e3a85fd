import type { Counters } from './traffic.ts';

/**
 * Whose frames are in the packet that is being written: they are told when Steam refuses it, or when it is thrown away.
 *
 * Written over and over again: a packet that goes at once leaves nothing behind.
 */
export class Riders {
  /** Room for a frame with its channel and its type: what grows from nothing takes 17 places at once. */
  readonly #counters: Counters[] = new Array(2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(channel: Counters, type: Counters | undefined): void {
    this.#counters[this.#size++] = channel;
    if (type !== undefined) this.#counters[this.#size++] = type;
  }

  /** Steam refused the packet. */
  refuse(): void {
    for (let i = 0; i < this.#size; i++) (this.#counters[i] as Counters).retries++;
  }

  /** The first `size` of them, and none are left. */
  take(size: number = this.#size): readonly Counters[] {
    const taken = this.#counters.slice(0, size);
    this.#size = 0;
    return taken;
  }

  clear(): void {
    this.#size = 0;
  }
}
