/**
 * What is remembered of users for a while, and of so many at most: the oldest are forgotten first. Time alone costs nothing; what is over is
 * thrown away with the next entry, or the next {@link expire}.
 */
export class RecentPeers<T> {
  readonly #max: number;
  readonly #forMs: number;
  /** Oldest first. */
  readonly #entries = new Map<bigint, { readonly value: T; readonly at: number }>();

  constructor(max: number, forMs: number) {
    this.#max = max;
    this.#forMs = forMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(peer: bigint, now: number): T | undefined {
    const entry = this.#entries.get(peer);
    return entry !== undefined && now - entry.at < this.#forMs ? entry.value : undefined;
  }

  set(peer: bigint, value: T, now: number): void {
    this.#entries.delete(peer);
    this.#entries.set(peer, { value, at: now });
    this.expire(now);
    if (this.#entries.size <= this.#max) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(peer: bigint): boolean {
    return this.#entries.delete(peer);
  }

  /** Throws away what is over. */
  expire(now: number): void {
    for (const [peer, { at }] of this.#entries) {
      if (now - at < this.#forMs) return;
      this.#entries.delete(peer);
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}
