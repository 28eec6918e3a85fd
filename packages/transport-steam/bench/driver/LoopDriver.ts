import type { DriverEvents, DriverLimits, SendType, SteamDriver } from '../../src/driver/SteamDriver.ts';

/**
 * Many users on a driver that has one: what is sent to any of them goes to ourselves, and what comes from ourselves is from those whom
 * {@link expect} names. Until {@link begin} it is another driver, on which everybody says hello.
 */
export class LoopDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  readonly isClosed = false;
  readonly #greeter: SteamDriver;
  readonly #driver: SteamDriver;
  readonly #senders: bigint[] = [];
  #read = 0;
  #hasBegun = false;

  constructor(greeter: SteamDriver, driver: SteamDriver) {
    this.steamId = greeter.steamId;
    this.limits = greeter.limits;
    this.#greeter = greeter;
    this.#driver = driver;
  }

  begin(): void {
    this.#hasBegun = true;
  }

  /** The next packet is from this user. */
  expect(sender: bigint): void {
    if (this.#read === this.#senders.length) this.#read = this.#senders.length = 0;
    this.#senders.push(sender);
  }

  start(events: DriverEvents): void {
    this.#greeter.start(events);
    this.#driver.start({
      ...events,
      onPacket: (_self, packet, channel) => events.onPacket(this.#senders[this.#read++] as bigint, packet, channel),
    });
  }

  poll(maxPackets: number): number {
    return this.#hasBegun ? this.#driver.poll(maxPackets) : this.#greeter.poll(maxPackets);
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    if (this.#hasBegun) return this.#driver.send(this.#driver.steamId, packet, sendType, channel);
    return this.#greeter.send(peer, packet, sendType, channel);
  }

  acceptSession(peer: bigint): void {
    this.#greeter.acceptSession(peer);
  }

  close(): void {
    this.#greeter.close();
    this.#driver.close();
  }
}
