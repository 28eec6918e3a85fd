import { SendType } from '../driver/SteamDriver.ts';
import { checkSteamId, STEAM_ID_BASE } from '../driver/steamId.ts';
import { checkFields, checkNumber } from './checks.ts';
import { type LinkConditions, resolveConditions } from './conditions.ts';
import type { Link } from './Link.ts';
import { LobbyControls } from './LobbyControls.ts';
import { resolveOptions, type SimulatedSteamOptions } from './options.ts';
import { SimulatedDriver } from './SimulatedDriver.ts';
import { Simulation, type SteamUser, type TraceEvent } from './Simulation.ts';
import { SteamProcess } from './SteamProcess.ts';
import { idOf, type UserRef } from './userRef.ts';

export interface SimulatedUserOptions {
  /**
   * A person's SteamID.
   * @default the next that was not given to anybody yet, from 76561197960265729n on
   */
  steamId?: bigint;
  /** @default 'User ' and the account number */
  personaName?: string;
  /**
   * Without it, every session that he begins fails with error 2, NoRightsToApp.
   * @default true
   */
  ownsApp?: boolean;
}

/**
 * A Steam of its own: users, sessions, lobbies, the network between them and what goes wrong. No socket, no timer, no clock of
 * its own, no chance that is not seeded. Rules that Valve does not document are {@link SimulatedSteamOptions}.
 *
 * What is due is carried out in time order by {@link advance}, and whenever a driver polls, sends, or is asked about lobbies.
 */
export class SimulatedSteam {
  /** What people and Steam do to lobbies. */
  readonly lobbies: LobbyControls;
  readonly #simulation: Simulation;
  readonly #drivers = new Map<bigint, SimulatedDriver>();
  #nextSteamId = STEAM_ID_BASE + 1n;

  /** @throws RangeError, TypeError naming the field, the value and the bound */
  constructor(options: SimulatedSteamOptions = {}) {
    this.#simulation = new Simulation(resolveOptions(options));
    this.lobbies = new LobbyControls(this.#simulation);
  }

  /** Simulated time. Unit: ms. A virtual clock begins at 0. */
  get now(): number {
    return this.#simulation.clockNow;
  }

  /** When the next thing happens by itself: a packet arrives, a timer ends. Undefined when nothing will. Unit: ms. */
  get nextEventAt(): number | undefined {
    return this.#simulation.nextEventAt;
  }

  /** Packets between two users: sent, and neither arrived nor lost. */
  get packetsInFlight(): number {
    return this.#simulation.packetsInFlight;
  }

  /** See `SimulatedSteamOptions`. */
  get queueLimitBytes(): number {
    return this.#simulation.options.queueLimitBytes;
  }

  /** Called for what happens to each packet. Must not call back into the simulation. */
  set onTrace(onTrace: ((event: TraceEvent) => void) | undefined) {
    this.#simulation.onTrace = onTrace;
  }

  /**
   * Logs a user in, in a process of his own. A SteamID whose former driver is closed or whose process was killed restarts: the new
   * process has no sessions, and hears nothing of what was sent to the former one (see `stalePackets`).
   *
   * @throws Error when a process of that SteamID runs with an open driver
   */
  user(options: SimulatedUserOptions = {}): SimulatedDriver {
    checkFields('SimulatedUserOptions', options, { steamId: 0, personaName: 0, ownsApp: 0 });
    const steamId = options.steamId === undefined ? this.#freeSteamId() : checkSteamId(options.steamId);
    const user = this.#simulation.user(steamId);
    if (user.process !== undefined && this.#drivers.get(steamId)?.isClosed === false) {
      throw new Error(`${steamId} is logged in already; close() his driver or kill() him first`);
    }
    user.process?.kill();
    user.personaName = options.personaName ?? (user.personaName || `User ${steamId - STEAM_ID_BASE}`);
    user.ownsApp = options.ownsApp ?? true;
    const driver = new SimulatedDriver(new SteamProcess(this.#simulation, user));
    this.#drivers.set(steamId, driver);
    return driver;
  }

  /** Lets time pass on the virtual clock, and does what is due in it. Drivers are not polled. @throws Error with another clock */
  advance(ms: number): void {
    if (!this.#simulation.isVirtual) throw new Error("advance() needs clock: 'virtual'; another clock moves by itself");
    checkNumber('ms', ms, 0, Number.MAX_SAFE_INTEGER);
    this.#simulation.runDue(this.#simulation.now + ms);
  }

  /** Does what is due by now. A driver's `poll` and `send` do it too. */
  runDue(): void {
    this.#simulation.runDue();
  }

  /** The conditions of every link, also those that had their own; what is left out is perfect. */
  setConditions(conditions: LinkConditions): void;
  /** The conditions of one direction between two users. */
  setConditions(from: UserRef, to: UserRef, conditions: LinkConditions): void;
  setConditions(first: LinkConditions | UserRef, to?: UserRef, own?: LinkConditions): void {
    if (to !== undefined && own !== undefined) {
      this.#link(first as UserRef, to).setConditions(resolveConditions(own));
      return;
    }
    const conditions = resolveConditions(first as LinkConditions);
    this.#simulation.conditions = conditions;
    for (const user of this.#simulation.users.values()) {
      for (const link of user.links.values()) link.setConditions(conditions);
    }
  }

  /** The user's process is gone at once: nothing of his is sent any more, his sessions are gone, and nobody is told. */
  kill(user: UserRef): void {
    this.#endProcess(user, (process) => process.kill());
  }

  /** The user's process ends in good order: nobody is told, but what he sent to open sessions is still carried, and sent again when lost. */
  exit(user: UserRef): void {
    this.#endProcess(user, (process) => process.exit());
  }

  /** All his links lose everything, both ways. His Steam client tells him nothing; reliable packets wait, and sessions time out. */
  unplug(user: UserRef): void {
    this.#user(user).unplugged = true;
  }

  plug(user: UserRef): void {
    this.#user(user).unplugged = false;
  }

  /** Never gets through to anybody, nor anybody to him. */
  setFirewalled(user: UserRef, on: boolean): void {
    this.#user(user).firewalled = on;
  }

  /** Loses everything in one direction. */
  blockDirection(from: UserRef, to: UserRef, on = true): void {
    this.#link(from, to).blocked = on;
  }

  /** His Steam client is gone: `onSteamLost`, every session dead, what he had not read lost, `send` false, and no lobby. */
  loseSteam(user: UserRef, reason = 'the connection to Steam was lost'): void {
    const lost = this.#user(user);
    if (!lost.steamUp) return;
    this.#simulation.runDue();
    lost.process?.steamLost(reason);
    lost.steamUp = false;
  }

  /** It is back: `onSteamRestored`. Sessions are made anew. */
  restoreSteam(user: UserRef): void {
    const restored = this.#user(user);
    if (restored.steamUp) return;
    restored.steamUp = true;
    restored.process?.steamRestored();
  }

  /** The next `count` reliable packets in this direction are taken with true and never arrive, though the session lives. */
  trueButLost(from: UserRef, to: UserRef, count: number): void {
    this.#link(from, to).trueButLost = checkNumber('count', count, 0, Number.MAX_SAFE_INTEGER);
  }

  /**
   * No reliable packet arrives in this direction, as if Steam's stream stood still, until it is switched off: then all of them do, in order.
   * Unreliable ones get through, and the session lives.
   */
  stallReliable(from: UserRef, to: UserRef, on = true): void {
    this.#link(from, to).stalled = on;
  }

  /** `send` in this direction returns false, as with a full queue, until it is switched off. */
  refuseSends(from: UserRef, to: UserRef, on: boolean): void {
    this.#link(from, to).refusing = on;
  }

  /**
   * Puts a packet into a user's inbox as if `from` had sent it: past sessions, conditions and limits. It may be empty, as one that
   * another program sends through the same app.
   */
  inject(from: UserRef, to: UserRef, bytes: Uint8Array, channel = 0): void {
    const sender = this.#user(from);
    const receiver = this.#user(to);
    const packet = { bytes: new Uint8Array(bytes), sendType: SendType.Unreliable, channel };
    receiver.process?.inbox.put(sender.steamId, packet.bytes, channel);
    this.#simulation.trace('delivered', sender, receiver, packet);
  }

  /** The session with `peer` as `user`'s process has it. */
  sessionState(user: UserRef, peer: UserRef): 'none' | 'requested' | 'connecting' | 'open' {
    return this.#user(user).process?.sessionState(idOf(peer)) ?? 'none';
  }

  /** What `user` has queued for `peer`: see `queueLimitBytes`. */
  queuedBytes(user: UserRef, peer: UserRef): number {
    return this.#user(user).process?.sessions.get(idOf(peer))?.queuedBytes ?? 0;
  }

  /** Packets that arrived and that the user's process has not read. */
  unreadPackets(user: UserRef): number {
    return this.#user(user).process?.inbox.packets ?? 0;
  }

  /** Packets that this user's `send` took so far, over all his processes. Steam's own, and repetitions, are not counted. */
  packetsSent(user: UserRef): number {
    return this.#user(user).packetsSent;
  }

  /**
   * Whose ticket this is, as Steam's web API tells the service that calls itself `identity`. Undefined: it is not good, or not
   * for this service.
   */
  verifyTicket(bytes: Uint8Array, identity: string): bigint | undefined {
    return this.#simulation.tickets.verify(bytes, identity);
  }

  /** Closes every driver, ends every process and forgets what is due. */
  close(): void {
    for (const driver of this.#drivers.values()) driver.close();
    for (const user of this.#simulation.users.values()) user.process?.kill();
    this.#simulation.clear();
  }

  #endProcess(ref: UserRef, end: (process: SteamProcess) => void): void {
    const user = this.#user(ref);
    this.#simulation.runDue();
    this.#drivers.get(user.steamId)?.close();
    if (user.process !== undefined) end(user.process);
  }

  #freeSteamId(): bigint {
    while (this.#simulation.users.has(this.#nextSteamId)) this.#nextSteamId++;
    return this.#nextSteamId;
  }

  #user(ref: UserRef): SteamUser {
    return this.#simulation.user(idOf(ref));
  }

  #link(from: UserRef, to: UserRef): Link {
    return this.#simulation.link(this.#user(from), this.#user(to));
  }
}
