/** Calls that a peer may make in one burst, and the time in which he has that many again. */
const BURST = 64;
const REFILL_MS = 2_000;

/**
 * A token bucket. By default what one peer may ask of the game, connections and requests: a frame costs him a few bytes, and the host a
 * room, a seat or a route. 64 at once, 32 in a second.
 */
export class Budget {
  readonly #burst: number;
  readonly #refillMs: number;
  #left: number;
  #at = 0;

  /** `refillMs`: from empty to full. */
  constructor(burst = BURST, refillMs = REFILL_MS) {
    this.#burst = burst;
    this.#refillMs = refillMs;
    this.#left = burst;
  }

  /** Whether it is untouched, so that nothing is lost when it is forgotten. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left >= this.#burst;
  }

  /** Whether there is one to take. */
  has(now: number): boolean {
    this.#refill(now);
    return this.#left >= 1;
  }

  /** Takes one. False when nothing is left. */
  take(now: number): boolean {
    if (!this.has(now)) return false;
    this.#left--;
    return true;
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) * this.#burst) / this.#refillMs);
    this.#at = now;
  }
}
