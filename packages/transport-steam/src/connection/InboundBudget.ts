import type { ResolvedOptions } from './options.ts';

/** Bytes that count as much as a packet or a frame. */
export const WORK_BYTES = 512;

/** Units of what nobody honest sends, and what costs us far more than to read it: whoever goes on with it floods. */
export const FAULT_WORK = 2_000;

/** What a peer may do at once, as what he may do in so long; and his largest messages beside it. */
const BURST_MS = 1_000;

/**
 * The same, of a peer whom we turned to ourselves: a line that comes back after 10 s brings all that a host has said for his 250 players
 * meanwhile, and nobody but us is served later for it.
 */
const CHOSEN_BURST_MS = 5_000;

/**
 * What a peer may do at once takes so many turns of ours, at least: between two of them the others have theirs. With the defaults that are 200 units in
 * a turn, some milliseconds at the worst (numbers of one byte, which Colyseus unpacks).
 */
const TURNS_OF_A_BURST = 100;

/** What is forgiven beyond that, at most: a process that stands still again and again must not save it up. */
const MAX_FORGIVEN_MS = 10_000;

/** After a flood nothing of the peer's is heard for so long. */
const LOCKOUT_MS = 30_000;

/** A look at what has come. */
export interface Turn {
  /** No two have the same. */
  readonly number: number;
  /** Since the one before it. */
  readonly ms: number;
  /** When it began. */
  readonly now: number;
}

/**
 * What the packets of one peer may cost us, whatever is in them: a token bucket of work. Each packet is one unit, each frame in
 * it is one, and so are each {@link WORK_BYTES} bytes, as they come and as they are when they were decompressed. Far above what
 * any game needs: it is there for those who send as fast as they can.
 *
 * It is the peer's, not the session's: who begins anew has no more.
 */
export class InboundBudget {
  readonly #perMs: number;
  #burstMs = BURST_MS;
  #burst: number;
  #left: number;
  #at = 0;
  #turn = 0;
  /** Of that turn. */
  #share = 0;
  /** What he did in that turn. */
  #done = 0;
  #lockedUntil = Number.NEGATIVE_INFINITY;

  constructor({ maxWorkPerSecond, maxMessageBytes }: Pick<ResolvedOptions, 'maxWorkPerSecond' | 'maxMessageBytes'>) {
    this.#perMs = maxWorkPerSecond / 1_000;
    this.#burst = this.#perMs * BURST_MS + (2 * maxMessageBytes) / WORK_BYTES;
    this.#left = this.#burst;
  }

  /** Whether it is untouched, so that nothing is lost when it is forgotten. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left >= this.#burst && !this.isLocked(now);
  }

  /** We turned to him ourselves. */
  choose(): void {
    const more = this.#perMs * (CHOSEN_BURST_MS - this.#burstMs);
    this.#burstMs = CHOSEN_BURST_MS;
    this.#burst += more;
    this.#left += more;
  }

  /** Everything is spent, and more: he floods. */
  get isOverdrawn(): boolean {
    return this.#left < 0;
  }

  /** Takes so many units for a packet that was read. False when he floods. */
  pay(units: number, now: number): boolean {
    this.#refill(now);
    this.#left -= units;
    return this.#left >= 0;
  }

  /** A packet of so many units is about to be handled in this turn. False when he has had his share of it: the packet waits for the next one. */
  begin(units: number, turn: Turn): boolean {
    if (turn.number !== this.#turn) {
      this.#turn = turn.number;
      this.#done = 0;
      // No less than what he may send meanwhile: who polls seldom would never be through with it.
      this.#share = this.#perMs * Math.max(turn.ms, this.#burstMs / TURNS_OF_A_BURST);
    }
    if (this.#done >= this.#share) return false;
    this.#done += units;
    return true;
  }

  /** Takes so many units for what is in the packet. False when he floods. */
  spend(units: number, now: number): boolean {
    this.#done += units;
    return this.pay(units, now);
  }

  /** This process stood still for `ms`: what he sent meanwhile comes all at once. */
  forgive(ms: number): void {
    this.#left = Math.min(this.#burst + this.#perMs * MAX_FORGIVEN_MS, this.#left + ms * this.#perMs);
  }

  /** Not to be heard for a while; and with nothing to pay for, then. */
  lock(now: number): void {
    this.#lockedUntil = now + LOCKOUT_MS;
    this.#left = Math.max(this.#left, 0);
  }

  isLocked(now: number): boolean {
    return now < this.#lockedUntil;
  }

  #refill(now: number): void {
    // Packets count from the beginning of their turn, what a handler does from when it does it: a turn within a turn ends later.
    if (now <= this.#at) return;
    // What was forgiven is beyond the burst, and stays.
    if (this.#left < this.#burst) this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
