import type { SendType } from '../driver/SteamDriver.ts';
import { resolveConditions } from './conditions.ts';
import { EventQueue, type ScheduledEvent } from './EventQueue.ts';
import { Link } from './Link.ts';
import { LobbyDirectory } from './LobbyDirectory.ts';
import type { SimulatedSteamOptions, SimulationClock } from './options.ts';
import { Random } from './Random.ts';
import type { SteamProcess } from './SteamProcess.ts';
import { Tickets } from './Tickets.ts';

/** A packet inside Steam: a copy that nobody writes to. */
export interface SteamPacket {
  readonly bytes: Uint8Array;
  readonly sendType: SendType;
  readonly channel: number;
}

/** What became of a packet. `sent` and `refused` are the answers of `send`; the rest may follow, also more than once. */
export type TraceWhat =
  | 'sent'
  | 'refused'
  /** It is in the receiver's inbox. */
  | 'delivered'
  /** The network lost it; a reliable one is sent again. */
  | 'lost'
  /** The network made a second one of it. */
  | 'duplicated'
  /** Steam threw it away: NoDelay without a session, a session that failed or was closed, a former session's. */
  | 'dropped';

export interface TraceEvent {
  /** Simulated time. Unit: ms. */
  readonly at: number;
  readonly what: TraceWhat;
  readonly from: bigint;
  readonly to: bigint;
  readonly sendType: SendType;
  readonly channel: number;
  /** Length of the packet. */
  readonly bytes: number;
}

/** One SteamID: what stays when its process ends. */
export interface SteamUser {
  readonly steamId: bigint;
  personaName: string;
  ownsApp: boolean;
  /** Cut off from the network, but logged in to the Steam client on his own machine. */
  unplugged: boolean;
  /** His router lets no P2P traffic through. */
  firewalled: boolean;
  /** His Steam client runs. */
  steamUp: boolean;
  /** The process that runs now. */
  process: SteamProcess | undefined;
  /** Packets that `send` took, by all processes of this user. */
  packetsSent: number;
  readonly links: Map<bigint, Link>;
}

/** What the parts of a simulation share: time, chance, users, links, and what Steam's servers know. */
export class Simulation {
  readonly options: Required<SimulatedSteamOptions>;
  readonly random: Random;
  readonly users = new Map<bigint, SteamUser>();
  readonly lobbies: LobbyDirectory;
  readonly tickets = new Tickets();
  /** Packets between two users now. */
  packetsInFlight = 0;
  onTrace: ((event: TraceEvent) => void) | undefined;
  /** The time of the event that runs, or of the last {@link runDue}. Unit: ms. */
  now: number;
  conditions: ReturnType<typeof resolveConditions>;

  readonly #events = new EventQueue();
  readonly #clock: (() => number) | undefined;

  constructor(options: Required<SimulatedSteamOptions>) {
    this.options = options;
    this.random = new Random(options.seed);
    this.lobbies = new LobbyDirectory(this);
    this.conditions = resolveConditions(options.conditions);
    this.#clock = clockFunction(options.clock);
    this.now = this.#clock?.() ?? 0;
  }

  get isVirtual(): boolean {
    return this.#clock === undefined;
  }

  /** The time by the clock. Unit: ms. */
  get clockNow(): number {
    return this.#clock?.() ?? this.now;
  }

  get nextEventAt(): number | undefined {
    return this.#events.nextAt;
  }

  /** Carries out what is due: up to `until`, or up to now by the clock. */
  runDue(until: number = this.clockNow): void {
    for (let due = this.#events.takeDue(until); due !== undefined; due = this.#events.takeDue(until)) {
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }

  after(delayMs: number, run: () => void): ScheduledEvent {
    return this.#events.schedule(this.now + delayMs, run);
  }

  cancel(event: ScheduledEvent | undefined): void {
    if (event !== undefined) this.#events.cancel(event);
  }

  /** Runs `arrive` when a packet has been under way for so long; at once when that is no time. */
  carry(delayMs: number, arrive: () => void): void {
    if (delayMs <= 0) {
      arrive();
      return;
    }
    this.packetsInFlight++;
    this.after(delayMs, () => {
      this.packetsInFlight--;
      arrive();
    });
  }

  /** The user with this id, made when there is none yet: Steam takes packets for anybody. */
  user(steamId: bigint): SteamUser {
    let user = this.users.get(steamId);
    if (user === undefined) {
      user = {
        steamId,
        personaName: '',
        ownsApp: true,
        unplugged: false,
        firewalled: false,
        steamUp: true,
        process: undefined,
        packetsSent: 0,
        links: new Map(),
      };
      this.users.set(steamId, user);
    }
    return user;
  }

  /** The one direction of the network between two users. */
  link(from: SteamUser, to: SteamUser): Link {
    let link = from.links.get(to.steamId);
    if (link === undefined) {
      link = new Link(this, from, to);
      from.links.set(to.steamId, link);
    }
    return link;
  }

  trace(what: TraceWhat, from: SteamUser, to: SteamUser, packet: SteamPacket): void {
    this.onTrace?.({
      at: this.now,
      what,
      from: from.steamId,
      to: to.steamId,
      sendType: packet.sendType,
      channel: packet.channel,
      bytes: packet.bytes.length,
    });
  }

  /** Forgets everything that is due. */
  clear(): void {
    this.#events.clear();
    this.packetsInFlight = 0;
  }
}

function clockFunction(clock: SimulationClock): (() => number) | undefined {
  if (clock === 'virtual') return undefined;
  return clock === 'real' ? () => performance.now() : clock;
}
