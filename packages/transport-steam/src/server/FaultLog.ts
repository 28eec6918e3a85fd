import { debugError, logger, ServerError } from '@colyseus/core';

/** From one line about a player to the next. */
const INTERVAL_MS = 1_000;

/** Players of whom it is remembered that they were complained of. The one who was so longest ago is forgotten. */
const MAX_PLAYERS = 1_024;

interface Record {
  readonly at: number;
  /** Faults since then that were not logged, and the last of them. */
  held: number;
  last: string;
}

/**
 * What players did wrong, for the log of the host: at most one line a second about each, so that nobody can fill it. What comes before
 * the second is over waits for its end: then the last of it is a line, which says how many were before it.
 */
export class FaultLog {
  readonly #records = new Map<bigint, Record>();
  readonly #now: () => number;
  /** Of whom something waits. */
  readonly #waiting = new Set<bigint>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * `what` is an error or a sentence. What a game throws to refuse a player (`ServerError`) is no fault, and for the debug
   * channel only, as in core.
   */
  add(steamId: bigint, what: unknown): void {
    debugError('Steam user %s: %s', steamId, textOf(what));
    if (what instanceof ServerError) return;
    const now = this.#now();
    const record = this.#records.get(steamId);
    if (record === undefined || now - record.at >= INTERVAL_MS) {
      this.#print(steamId, textOf(what), record?.held ?? 0, now);
      return;
    }
    record.held++;
    record.last = textOf(what);
    this.#waiting.add(steamId);
  }

  /** Logs what has waited long enough. To be called often. */
  tick(): void {
    const now = this.#now();
    for (const steamId of this.#waiting) {
      const { at, held, last } = this.#records.get(steamId) as Record;
      if (now - at >= INTERVAL_MS) this.#print(steamId, last, held - 1, now);
    }
  }

  #print(steamId: bigint, text: string, before: number, now: number): void {
    this.#forget(steamId);
    this.#records.set(steamId, { at: now, held: 0, last: '' });
    if (this.#records.size > MAX_PLAYERS) this.#forget(this.#records.keys().next().value as bigint);
    const more = before > 0 ? ` (and ${before} more of him before)` : '';
    logger.error(`colyseus-transport-steam: Steam user ${steamId}${more}: ${text}`);
  }

  #forget(steamId: bigint): void {
    this.#records.delete(steamId);
    this.#waiting.delete(steamId);
  }
}

function textOf(what: unknown): string {
  return what instanceof Error ? (what.stack ?? what.message) : String(what);
}
