import type { Endpoint } from '../connection/Endpoint.ts';
import type { HostLobby } from './HostLobby.ts';

/** How long a joiner may take to appear in the lobby as the host sees it. Unit: ms. */
export const GRACE_MS = 3_000;

/** Strangers who wait to appear, at most: what each costs is here and in a promise. */
const MAX_WAITING = 1_000;

/** Between two looks at who has appeared, and at whose time is over. Unit: ms. */
const LOOK_MS = 50;

/** A player whose link was lost may come back so long, though Steam may not show him in the lobby any more. Unit: ms. */
const RETURN_MS = 60_000;
const MAX_RETURNING = 1_000;

/**
 * What a user is to the lobby: `stranger` when he did not appear in it in time, or there is none; `unknown` when too many others
 * waited, so that nothing can be said of him.
 */
export type Standing = 'member' | 'stranger' | 'unknown';

interface Waiting {
  readonly steamId: bigint;
  readonly until: number;
  settle(standing: Standing): void;
}

/**
 * Who is in the lobby of this host, and who may be in a moment: a session request can arrive before the lobby shows the joiner.
 * All who wait are in one table, and one look at the lobby serves all of them.
 */
export class Membership {
  readonly #endpoint: Endpoint;
  readonly #lobby: () => HostLobby | undefined;
  /** Who waits longest first. */
  readonly #waiting = new Set<Waiting>();
  /** Players whose link was lost, and until when they may come back. Who was lost longest ago first. */
  readonly #returning = new Map<bigint, number>();
  #lookAt = 0;

  constructor(endpoint: Endpoint, lobby: () => HostLobby | undefined) {
    this.#endpoint = endpoint;
    this.#lobby = lobby;
  }

  /** At once when that can be said, else after `graceMs` at most. */
  of(steamId: bigint, graceMs: number): Standing | Promise<Standing> {
    if (this.#isIn(steamId)) return 'member';
    if (graceMs <= 0 || this.#lobby() === undefined) return 'stranger';
    return new Promise((resolve) => {
      const waiting = { steamId, until: this.#endpoint.now() + graceMs, settle: resolve };
      this.#waiting.add(waiting);
      // The oldest gives way: in a flood of strangers everybody still has been there for a look, the one who belongs to us among
      // them.
      if (this.#waiting.size > MAX_WAITING) this.#settle(this.#waiting.values().next().value as Waiting, 'unknown');
    });
  }

  /** His link to a room was lost, and nobody ended it. */
  noteLost(steamId: bigint): void {
    this.#returning.delete(steamId);
    this.#returning.set(steamId, this.#endpoint.now() + RETURN_MS);
    if (this.#returning.size > MAX_RETURNING) this.#returning.delete(this.#returning.keys().next().value as bigint);
  }

  /** To be called often. */
  tick(now: number): void {
    if (this.#waiting.size === 0 || now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    this.#lobby()?.hurry(4 * LOOK_MS);
    for (const waiting of this.#waiting) {
      if (this.#isIn(waiting.steamId)) this.#settle(waiting, 'member');
      else if (now >= waiting.until) this.#settle(waiting, 'stranger');
    }
  }

  /** The host stops: nobody is kept waiting. */
  stop(): void {
    for (const waiting of this.#waiting) this.#settle(waiting, 'unknown');
    this.#returning.clear();
  }

  #isIn(steamId: bigint): boolean {
    if (this.#lobby()?.has(steamId)) return true;
    const until = this.#returning.get(steamId);
    if (until === undefined || until > this.#endpoint.now()) return until !== undefined;
    this.#returning.delete(steamId);
    return false;
  }

  #settle(waiting: Waiting, standing: Standing): void {
    if (this.#waiting.delete(waiting)) waiting.settle(standing);
  }
}
