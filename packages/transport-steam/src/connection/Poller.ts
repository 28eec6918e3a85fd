/** Pause between polls while there are sessions: what Steam's queue adds to the latency, at most. */
const ACTIVE_MS = 1;

/** Pause between polls while nobody is there. */
const IDLE_MS = 20;

/**
 * The only timer of the library. Polls every turn of the event loop while packets come, every millisecond while there are sessions,
 * and slowly when nobody is there; flushes at the end of a turn in which something was sent.
 */
export class Poller {
  readonly #poll: () => number;
  readonly #flush: () => void;
  readonly #isActive: () => boolean;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #endOfTurn: NodeJS.Immediate | undefined;

  /** `poll` returns the number of packets it found. */
  constructor(poll: () => number, flush: () => void, isActive: () => boolean) {
    this.#poll = poll;
    this.#flush = flush;
    this.#isActive = isActive;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule(0);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    clearImmediate(this.#endOfTurn);
    this.#timer = this.#turn = this.#endOfTurn = undefined;
  }

  /** Something was sent: it goes at the end of this turn, together with what else is sent until then. */
  wake(): void {
    if (!this.#running || this.#endOfTurn !== undefined) return;
    this.#endOfTurn = setImmediate(() => {
      this.#endOfTurn = undefined;
      this.#flush();
    });
  }

  readonly #run = (): void => {
    this.#timer = this.#turn = undefined;
    const packets = this.#poll();
    if (this.#running) this.#schedule(packets);
  };

  #schedule(packets: number): void {
    if (packets > 0) this.#turn = setImmediate(this.#run);
    else this.#timer = setTimeout(this.#run, this.#isActive() ? ACTIVE_MS : IDLE_MS);
  }
}
