import { type LinkConditions, perfectConditions } from './conditions.ts';
import type { Simulation, SteamUser } from './Simulation.ts';

/** Returned by {@link Link.transit} for a packet that does not arrive. */
export const LOST = -1;

/** What Steam cuts packets into for the wire. Unit: bytes. */
export const FRAGMENT_BYTES = 1200;

/** One direction of the network between two users. */
export class Link {
  /** Loses everything, in this direction only. */
  blocked = false;
  /** `send` answers false. */
  refusing = false;
  /** Loses every try of a reliable packet, while unreliable ones and Steam's own get through. */
  stalled = false;
  /** So many reliable packets are still to be taken with true, and lost for good. */
  trueButLost = 0;

  readonly from: SteamUser;
  readonly to: SteamUser;
  readonly #simulation: Simulation;
  #conditions: Required<LinkConditions>;
  #perfect = false;
  /** In the bad state of the Gilbert-Elliott model: a burst of losses goes on. */
  #bursting = false;
  /** When the line has carried what was given to it. */
  #busyUntil = 0;
  /** When the last packet that kept its place arrives. */
  #lastArrival = 0;

  constructor(simulation: Simulation, from: SteamUser, to: SteamUser) {
    this.#simulation = simulation;
    this.from = from;
    this.to = to;
    this.#conditions = perfectConditions;
    this.setConditions(simulation.conditions);
  }

  setConditions(conditions: Required<LinkConditions>): void {
    this.#conditions = conditions;
    this.#bursting = false;
    this.#perfect =
      conditions.latencyMs === 0 &&
      conditions.jitterMs === 0 &&
      conditions.loss === 0 &&
      conditions.reorder === 0 &&
      conditions.duplicate === 0 &&
      conditions.bandwidthBitsPerSecond === Number.POSITIVE_INFINITY;
  }

  /** Whether there is a way at all. */
  get isUp(): boolean {
    const { from, to } = this;
    return !(this.blocked || from.unplugged || to.unplugged || from.firewalled || to.firewalled);
  }

  /** Whether something gets through sooner or later. */
  get isUsable(): boolean {
    return this.isUp && this.#conditions.loss < 1;
  }

  /** Whether the line still carries what was given to it before. */
  get isBusy(): boolean {
    return this.#busyUntil > this.#simulation.now;
  }

  /** The longest that a packet is usually under way, without waiting for the line. Unit: ms. */
  get slowestMs(): number {
    return this.#conditions.latencyMs + this.#conditions.jitterMs;
  }

  /** Sends an unreliable packet on its way. Returns the ms until it arrives, or {@link LOST}. */
  transit(bytes: number): number {
    if (!this.isUp) return LOST;
    if (this.#perfect && this.#lastArrival <= this.#simulation.now) return 0;
    if (this.#queuedBytes > this.#conditions.bandwidthQueueBytes) return LOST;
    const wait = this.#occupy(bytes);
    return this.#loses() ? LOST : this.#delay(wait, this.#simulation.random.chance(this.#conditions.reorder));
  }

  /** Sends fragments of a reliable packet on their way; returns how many are lost. */
  transitFragments(fragments: number): number {
    if (!this.isUp || this.stalled) return fragments;
    if (this.#conditions.loss === 0) return 0;
    let lost = 0;
    for (let i = 0; i < fragments; i++) if (this.#loses()) lost++;
    return lost;
  }

  /** The ms until `bytes` that are not lost arrive, in their place. */
  delay(bytes: number): number {
    if (this.#perfect && this.#lastArrival <= this.#simulation.now) return 0;
    return this.#delay(this.#occupy(bytes), false);
  }

  /** Whether the network makes a second one of an unreliable packet. */
  duplicates(): boolean {
    return this.#simulation.random.chance(this.#conditions.duplicate);
  }

  get #queuedBytes(): number {
    const rate = this.#conditions.bandwidthBitsPerSecond;
    if (rate === Number.POSITIVE_INFINITY) return 0;
    return (Math.max(0, this.#busyUntil - this.#simulation.now) * rate) / 8000;
  }

  /** Takes the line for `bytes`; returns the ms until it has carried them. */
  #occupy(bytes: number): number {
    const now = this.#simulation.now;
    this.#busyUntil = Math.max(now, this.#busyUntil) + (bytes * 8000) / this.#conditions.bandwidthBitsPerSecond;
    return this.#busyUntil - now;
  }

  #delay(wait: number, heldBack: boolean): number {
    const { latencyMs, jitterMs, reorderMs } = this.#conditions;
    const jitter = jitterMs === 0 ? 0 : (this.#simulation.random.next() * 2 - 1) * jitterMs;
    const now = this.#simulation.now;
    const arrival = now + wait + Math.max(0, latencyMs + jitter);
    if (heldBack) return arrival + reorderMs - now;
    this.#lastArrival = Math.max(arrival, this.#lastArrival);
    return this.#lastArrival - now;
  }

  #loses(): boolean {
    const { loss, lossBurst } = this.#conditions;
    const random = this.#simulation.random;
    if (lossBurst === 1 || loss === 0 || loss === 1) return random.chance(loss);
    // Entered so often that the share of time in the bad state is `loss`, left so that its mean length is `lossBurst`.
    this.#bursting = this.#bursting ? !random.chance(1 / lossBurst) : random.chance(loss / (lossBurst * (1 - loss)));
    return this.#bursting;
  }
}
