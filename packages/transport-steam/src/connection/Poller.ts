/** Pause between polls while there is traffic: what Steam's queue adds to the latency, at most. */
const ACTIVE_MS = 1;

/** Traffic that comes more often than this is one stream: also an answer from the other side of the world, which who joins waits for three times. */
const ACTIVE_FOR_MS = 300;

/** Pause between polls when there is none: a frame of a game. */
const QUIET_MS = 16;

/** Silence is no traffic for longer than this: chat, turns and clicks come with shorter gaps. */
const QUIET_FOR_MS = 1_000;

/**
 * Pause between polls in silence: that of Colyseus between two patches. Heartbeats apart, an idle process costs what it costs to wake
 * it up (`npm run bench idle`), and so it wakes up a third as often. The first message after a silence waits for this pause, at most,
 * at the end that does not expect it; whoever sends looks for the answer every millisecond.
 */
const SILENT_MS = 50;

/**
 * The only timer of the library. Polls every turn of the event loop while packets come, every millisecond while there is traffic,
 * heartbeats aside, 60 times a second when there is none, and 20 times a second after a second of that; flushes at the end of a turn
 * in which something was sent.
 */
export class Poller {
  readonly #poll: () => number;
  readonly #flush: () => void;
  readonly #now: () => number;
  #activeUntil = Number.NEGATIVE_INFINITY;
  /** There was traffic since the last poll. */
  #isHurried = false;
  #running = false;
  /** Armed again and again: a new one each time costs more than a poll that finds nothing. */
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #isArmed = false;
  #turn: NodeJS.Immediate | undefined;
  #endOfTurn: NodeJS.Immediate | undefined;

  /** `poll` returns the number of packets it found. */
  constructor(poll: () => number, flush: () => void, now: () => number) {
    this.#poll = poll;
    this.#flush = flush;
    this.#now = now;
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
    this.#isArmed = false;
  }

  /** There is traffic. */
  hurry(): void {
    // Every message comes by: the time is asked for once a poll.
    if (this.#isHurried) return;
    this.#isHurried = true;
    if (this.#isArmed && this.#timerMs > ACTIVE_MS) this.#schedule(0);
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
    this.#turn = undefined;
    this.#isArmed = false;
    let packets = 0;
    try {
      packets = this.#poll();
    } finally {
      // What a driver throws is an uncaught exception, but not the end of all connections.
      if (this.#running) this.#schedule(packets);
    }
  };

  #schedule(packets: number): void {
    if (packets > 0) {
      this.#turn = setImmediate(this.#run);
      return;
    }
    const pauseMs = this.#pauseMs();
    if (this.#timer !== undefined && this.#timerMs === pauseMs) {
      this.#timer.refresh();
    } else {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#run, pauseMs);
      this.#timerMs = pauseMs;
    }
    this.#isArmed = true;
  }

  #pauseMs(): number {
    const now = this.#now();
    if (this.#isHurried) this.#activeUntil = now + ACTIVE_FOR_MS;
    this.#isHurried = false;
    const quietMs = now - this.#activeUntil;
    if (quietMs < 0) return ACTIVE_MS;
    return quietMs < QUIET_FOR_MS ? QUIET_MS : SILENT_MS;
  }
}
