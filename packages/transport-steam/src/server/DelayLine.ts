interface Delayed {
  readonly due: number;
  readonly run: () => void;
}

/**
 * The outgoing half of `server.simulateLatency()`: what goes in comes out in the same order, later.
 *
 * One for the whole transport, so that frames and the close behind them keep their order, also when the delay changes between them.
 */
export class DelayLine {
  #delayMs = 0;
  #queue: Delayed[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Whether what is pushed now has to wait, so that its bytes must be copied. */
  get isDelaying(): boolean {
    return this.#delayMs > 0 || this.#queue.length > 0;
  }

  /** From now on; the last call wins, 0 ends it. What waits already keeps its time. */
  setDelay(ms: number): void {
    this.#delayMs = Math.max(0, ms);
  }

  push(run: () => void): void {
    if (!this.isDelaying) {
      run();
      return;
    }
    const due = Math.max(performance.now() + this.#delayMs, this.#queue.at(-1)?.due ?? 0);
    this.#queue.push({ due, run });
    if (this.#queue.length === 1) this.#arm();
  }

  /** Everything now: after a shutdown nobody waits for timers. */
  flush(): void {
    this.#runUntil(Number.POSITIVE_INFINITY);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const [first] = this.#queue;
    if (first === undefined) return;
    this.#timer = setTimeout(() => this.#runUntil(performance.now()), Math.max(1, first.due - performance.now()));
  }

  /** What runs may push more, which then waits behind the rest, or throw, which ends neither the rest nor the line. */
  #runUntil(time: number): void {
    try {
      for (let first = this.#queue[0]; first !== undefined && first.due <= time; first = this.#queue[0]) {
        this.#queue.shift();
        first.run();
      }
    } finally {
      this.#arm();
    }
  }
}
