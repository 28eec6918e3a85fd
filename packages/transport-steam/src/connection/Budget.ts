/** Calls that a peer may make in one burst, and the time in which he has that many again. */
const BURST = 64;
const REFILL_MS = 2_000;

/**
 * What a peer may ask of the game: hellos, connections, requests. A frame costs him a few bytes, and the host a room, a seat or a
 * route. A token bucket: 64 at once, 32 in a second.
 */
export class Budget {
  #left = BURST;
  #at = 0;

  /** Whether it is untouched, so that nothing is lost when it is forgotten. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left >= BURST;
  }

  /** Takes one. False when nothing is left. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #refill(now: number): void {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) * BURST) / REFILL_MS);
    this.#at = now;
  }
}
