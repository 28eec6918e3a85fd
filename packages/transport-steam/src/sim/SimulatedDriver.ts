import { checkRichPresence, checkTicketIdentity } from '../driver/checkLobby.ts';
import { checkPacket } from '../driver/checkPacket.ts';
import type { LobbyDriver } from '../driver/LobbyDriver.ts';
import {
  type DriverEvents,
  type DriverLimits,
  type DriverTicket,
  RELIABLE_BYTES,
  type SendType,
  type SteamDriver,
  UNRELIABLE_BYTES,
} from '../driver/SteamDriver.ts';
import type { LobbyDesk } from './LobbyDesk.ts';
import { LocalLobbies } from './LocalLobbies.ts';
import type { SteamProcess } from './SteamProcess.ts';

/** Steam's side of the driver's lobbies, for the hub, which has them used from another process. */
export let lobbyDeskOf: (driver: SimulatedDriver) => LobbyDesk;

/**
 * One process of a simulated user. `SimulatedSteam.user()` makes it.
 *
 * {@link close} only stops the receiving, as a game does that goes on with Steam: the process runs on, its sessions stay, and what
 * arrives meanwhile is read after the next {@link start}. Lobbies go on, too. `SimulatedSteam.kill()` ends the process.
 */
export class SimulatedDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  readonly lobbies: LobbyDriver;
  readonly #process: SteamProcess;
  #events: DriverEvents | undefined;
  #closed = false;

  static {
    lobbyDeskOf = (driver) => driver.#process.lobbies;
  }

  constructor(process: SteamProcess) {
    this.#process = process;
    this.steamId = process.user.steamId;
    this.limits = {
      unreliableBytes: UNRELIABLE_BYTES,
      reliableBytes: RELIABLE_BYTES,
      channels: process.simulation.options.channels,
    };
    const lobbies = new LocalLobbies(this.steamId, process.lobbies);
    process.lobbies.news = lobbies;
    this.lobbies = lobbies;
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

  setRichPresence(key: string, value: string | undefined): void {
    checkRichPresence(key, value);
    if (this.#process.isReachable) this.#process.richPresence.set(key, value);
  }

  createTicket(identity: string): Promise<DriverTicket> {
    checkTicketIdentity(identity);
    if (!this.#process.isReachable)
      return Promise.reject(new Error(`no ticket for ${this.steamId}: there is no connection to Steam`));
    return Promise.resolve(this.#process.simulation.tickets.create(this.steamId, identity));
  }

  close(): void {
    this.#events = undefined;
    this.#closed = true;
  }
}
