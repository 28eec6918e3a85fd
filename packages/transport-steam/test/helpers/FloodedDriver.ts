import type { DriverEvents, SendType, SteamDriver } from '../../src/driver/SteamDriver.ts';

/** Of no user of a simulated Steam. */
const FIRST_STRANGER = 76_561_199_000_000_000n;

/** What comes from strangers. A packet is made for each of them: `index` counts them. */
export type Flood = 'announcements' | ((index: number) => Uint8Array);

/**
 * A driver to which strangers come, beside what comes to the one in it: each with a SteamID that nobody had before, as many in a second as a test
 * says. They cost the test next to nothing, so that what they cost is what they cost the host.
 */
export class FloodedDriver implements SteamDriver {
  readonly #driver: SteamDriver;
  readonly #now: () => number;
  #events: DriverEvents | undefined;
  #flood: Flood | undefined;
  #perSecond = 0;
  #since = 0;
  #here = 0;
  #strangers = 0;
  /** What was sent to strangers, and how many were let in by Steam. */
  sent = 0;
  accepted = 0;

  constructor(driver: SteamDriver, now: () => number) {
    this.#driver = driver;
    this.#now = now;
  }

  /** All strangers so far. */
  get strangers(): number {
    return this.#strangers;
  }

  get steamId(): bigint {
    return this.#driver.steamId;
  }
  get limits(): SteamDriver['limits'] {
    return this.#driver.limits;
  }
  get isClosed(): boolean {
    return this.#driver.isClosed;
  }
  get personaName(): string {
    return this.#driver.personaName ?? '';
  }

  /** From now on so many come in a second. */
  begin(flood: Flood, perSecond: number): void {
    this.#flood = flood;
    this.#perSecond = perSecond;
    this.#since = this.#now();
    this.#here = 0;
  }

  end(): void {
    this.#flood = undefined;
  }

  start(events: DriverEvents): void {
    this.#events = events;
    this.#driver.start(events);
  }

  poll(maxPackets: number): number {
    const strangers = this.#pour(maxPackets);
    return strangers + this.#driver.poll(Math.max(1, maxPackets - strangers));
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    if (peer < FIRST_STRANGER) return this.#driver.send(peer, packet, sendType, channel);
    this.sent++;
    return true;
  }

  acceptSession(peer: bigint): void {
    if (peer < FIRST_STRANGER) this.#driver.acceptSession(peer);
    else this.accepted++;
  }

  close(): void {
    this.#driver.close();
  }

  /** Packets count, announcements do not: a driver tells all of these that there are. */
  #pour(maxPackets: number): number {
    const flood = this.#flood;
    if (flood === undefined) return 0;
    const due = Math.floor(((this.#now() - this.#since) * this.#perSecond) / 1_000) - this.#here;
    const count = flood === 'announcements' ? due : Math.min(due, maxPackets);
    this.#here += count;
    for (let i = 0; i < count; i++) {
      const index = this.#strangers++;
      const stranger = FIRST_STRANGER + BigInt(index);
      if (flood === 'announcements') this.#events?.onSessionRequest(stranger);
      else this.#events?.onPacket(stranger, flood(index), 0);
    }
    return flood === 'announcements' ? 0 : count;
  }
}
