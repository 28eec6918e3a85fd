import type { DriverEvents, SteamDriver } from '../../src/driver/SteamDriver.ts';

export interface ReceivedPacket {
  readonly peer: bigint;
  readonly bytes: Uint8Array;
  readonly channel: number;
}

/** The owner of a driver that does nothing but write down what it is told, and accept sessions when asked to. */
export class DriverRecorder implements DriverEvents {
  readonly requests: bigint[] = [];
  readonly failures: { peer: bigint; error: number }[] = [];
  readonly packets: ReceivedPacket[] = [];
  readonly steam: string[] = [];
  readonly driver: SteamDriver;
  accepts: boolean;

  constructor(driver: SteamDriver, { accepts = true } = {}) {
    this.driver = driver;
    this.accepts = accepts;
    driver.start(this);
  }

  get id(): bigint {
    return this.driver.steamId;
  }

  /** All that has been told so far. */
  get calls(): number {
    return this.requests.length + this.failures.length + this.packets.length + this.steam.length;
  }

  /** The first byte of each packet. */
  get firstBytes(): number[] {
    return this.packets.map(({ bytes }) => bytes[0] ?? -1);
  }

  onSessionRequest(peer: bigint): void {
    this.requests.push(peer);
    if (this.accepts) this.driver.acceptSession(peer);
  }

  onSessionFailed(peer: bigint, error: number): void {
    this.failures.push({ peer, error });
  }

  onPacket(peer: bigint, bytes: Uint8Array, channel: number): void {
    this.packets.push({ peer, bytes, channel });
  }

  onSteamLost(): void {
    this.steam.push('lost');
  }

  onSteamRestored(): void {
    this.steam.push('restored');
  }
}
