import { checkPacket } from '../driver/checkPacket.ts';
import {
  type DriverEvents,
  type DriverLimits,
  RELIABLE_BYTES,
  type SendType,
  type SteamDriver,
  UNRELIABLE_BYTES,
} from '../driver/SteamDriver.ts';
import type { SteamProcess } from './SteamProcess.ts';

/**
 * One process of a simulated user. `SimulatedSteam.user()` makes it.
 *
 * {@link close} only stops the receiving, as a game does that goes on with Steam: the process runs on, its sessions stay, and what
 * arrives meanwhile is read after the next {@link start}. `SimulatedSteam.kill()` ends the process.
 */
export class SimulatedDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  readonly #process: SteamProcess;
  #events: DriverEvents | undefined;
  #closed = false;

  constructor(process: SteamProcess) {
    this.#process = process;
    this.steamId = process.user.steamId;
    this.limits = {
      unreliableBytes: UNRELIABLE_BYTES,
      reliableBytes: RELIABLE_BYTES,
      channels: process.simulation.options.channels,
    };
  }

  /** Self-reported, as on Steam. */
  get personaName(): string {
    return this.#process.user.personaName;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  start(events: DriverEvents): void {
    if (this.#events !== undefined) throw new Error(`the driver of ${this.steamId} is started already; close() it first`);
    if (this.#process.user.process !== this.#process) {
      throw new Error(`the process of ${this.steamId} has ended; take a new driver from SimulatedSteam.user()`);
    }
    this.#events = events;
    this.#closed = false;
  }

  poll(maxPackets: number): number {
    const events = this.#events;
    if (events === undefined) return 0;
    this.#process.simulation.runDue();
    return this.#process.inbox.deliver(events, maxPackets, () => this.#events === events);
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    checkPacket(this.limits, packet, sendType, channel);
    if (this.#closed) return false;
    this.#process.simulation.runDue();
    return this.#process.send(peer, { bytes: new Uint8Array(packet), sendType, channel });
  }

  acceptSession(peer: bigint): void {
    if (this.#closed) return;
    this.#process.simulation.runDue();
    this.#process.acceptSession(peer);
  }

  closeSession(peer: bigint): void {
    if (this.#closed) return;
    this.#process.simulation.runDue();
    this.#process.closeSession(peer);
  }

  close(): void {
    this.#events = undefined;
    this.#closed = true;
  }
}
