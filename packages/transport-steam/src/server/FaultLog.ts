import { debugError, logger, ServerError } from '@colyseus/core';

/** From one line about a player to the next. */
const INTERVAL_MS = 1_000;

/** Players of whom it is remembered that they were complained of. The one who was so longest ago is forgotten. */
const MAX_PLAYERS = 1_024;

interface Record {
  at: number;
  /** FaultLog since then that were not logged. */
  held: number;
}

/**
 * What players did wrong, for the log of the host: at most one line a second about each, so that nobody can fill it. The next
 * line says how many were left out.
 */
export class FaultLog {
  readonly #records = new Map<bigint, Record>();
  readonly #now: () => number;

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
    if (record !== undefined && now - record.at < INTERVAL_MS) {
      record.held++;
      return;
    }
    this.#records.delete(steamId);
    this.#records.set(steamId, { at: now, held: 0 });
    if (this.#records.size > MAX_PLAYERS) this.#records.delete(this.#records.keys().next().value as bigint);
    const held = record?.held ? ` (and ${record.held} more of him before)` : '';
    logger.error(`colyseus-transport-steam: Steam user ${steamId}${held}: ${textOf(what)}`);
  }
}

function textOf(what: unknown): string {
  return what instanceof Error ? (what.stack ?? what.message) : String(what);
}
