/** A longer pause between two turns means that this process stood still, not its peers. So much of it counts for its deadlines. */
const STOOD_STILL_MS = 1_000;

/** So many pauses in a row make a peer dead of whom nothing comes: after one, what he said meanwhile may still have to be read. */
const STANDSTILLS = 4;

/**
 * The time that deadlines are counted in: that in which this process was awake. A level that loads, a debugger, a machine that sleeps or a
 * clock that jumps must not make it take its peers for dead, whose packets wait to be read, nor its own dials and requests for unanswered.
 *
 * Not all of such a pause is left out: a process that stands still again and again would wait for ever.
 */
export class AwakeClock {
  readonly #now: () => number;
  /** What counts of a pause between two turns, however long it was. */
  readonly #longestMs: number;
  /** The time at the last turn, and the awake time then. */
  #at: number;
  #awake: number;

  /** `now`: milliseconds that never go back. `deadAfterMs`: of silence, after which a peer is taken for dead. */
  constructor(now: () => number, deadAfterMs: number) {
    this.#now = now;
    this.#longestMs = Math.min(STOOD_STILL_MS, deadAfterMs / STANDSTILLS);
    this.#at = this.#awake = now();
  }

  now(): number {
    return this.#awake + Math.min(this.#now() - this.#at, this.#longestMs);
  }

  /** When the last turn began. */
  get turnedAt(): number {
    return this.#awake;
  }

  /** The process is awake. Returns for how long it stood still before, 0 when it did not. */
  turn(): number {
    const elapsed = this.#now() - this.#at;
    this.#awake += Math.min(elapsed, this.#longestMs);
    this.#at += elapsed;
    return elapsed > this.#longestMs ? elapsed : 0;
  }

  /** There were no turns, because nobody wanted any: that time counts. */
  begin(): void {
    const now = this.#now();
    this.#awake += now - this.#at;
    this.#at = now;
  }
}
