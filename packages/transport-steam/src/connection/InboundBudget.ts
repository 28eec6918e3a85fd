import type { ResolvedOptions } from './options.ts';

/** Bytes that count as much as a packet or a frame. */
export const WORK_BYTES = 512;

/** Units of what nobody honest sends, and what costs us far more than to read it: whoever goes on with it floods. */
const FAULT_WORK = 2_000;

/** What a peer may do at once, as what he may do in so long; and his largest messages beside it. */
const BURST_MS = 1_000;

/**
 * The same, of a peer whom we turned to ourselves: a line that comes back after 10 s brings all that a host has said for his 250 players
 * meanwhile, and nobody but us is served later for it.
 */
const CHOSEN_BURST_MS = 5_000;

/**
 * What a peer may do at once is done in so long, which is more than twice as fast as he may go on: the others have their turns between. With the
 * defaults it is 48 units a millisecond, two fifths of it at the worst (numbers of one byte, which Colyseus unpacks). Of a host whom we dialled it is
 * 208, and that may be all of the time: nobody else waits there.
 */
const WORK_OFF_MS = 500;

/** Of that, what is done without a pause. */
const AT_ONCE_MS = 5;

/** What is forgiven beyond that, at most: a process that stands still again and again must not save it up. */
const MAX_FORGIVEN_MS = 10_000;

/** After a flood nothing of the peer's is heard for so long. */
const LOCKOUT_MS = 30_000;

/** A look at what has come. */
export interface Turn {
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
  /** What may be done of his before he waits. Less than 0: what he did is to be made up for. */
  #credit = Number.POSITIVE_INFINITY;
  #creditAt = 0;
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

  /** A packet of so many units is about to be handled in this turn. False when too much of his was: the packet waits. */
  begin(units: number, { ms, now }: Turn): boolean {
    const perMs = this.#burst / WORK_OFF_MS;
    // No less than what may come meanwhile: who polls seldom would never be through with it. And no more, as long turns would make longer ones.
    const most = Math.max(perMs * AT_ONCE_MS, this.#perMs * ms);
    this.#credit = Math.min(most, this.#credit + perMs * (now - this.#creditAt));
    this.#creditAt = now;
    if (this.#credit <= 0) return false;
    this.#credit -= units;
    return true;
  }

  /** Takes so many units for what came out of a packet. False when he floods. */
  spend(units: number, now: number): boolean {
    this.#credit -= units;
    return this.pay(units, now);
  }

  /** Takes {@link FAULT_WORK} units for what nobody honest sends. It was not as much work, and nothing has to wait for it. */
  fine(now: number): void {
    this.pay(FAULT_WORK, now);
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
