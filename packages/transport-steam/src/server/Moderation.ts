import type { Client } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import { describe } from '../driver/describe.ts';
import { checkSteamId } from '../driver/steamId.ts';
import { RemovalCode } from '../lobby/removal.ts';
import type { SeatOwners } from './SeatOwners.ts';
import { SteamSocket } from './SteamSocket.ts';

const KICKED = 'the host sent you away';
const BANNED = 'you are banned';

/** Whom a host bans from the beginning: SteamIDs, or a map from SteamID to the reason that he is told. */
export type Bans = Iterable<bigint> | ReadonlyMap<bigint, string>;

/** Who is sent away, and who is not let in again. */
export class Moderation {
  readonly #endpoint: Endpoint;
  readonly #sockets: ReadonlySet<SteamSocket>;
  readonly #seats: SeatOwners;
  readonly #bans: Map<bigint, string>;
  /** The endpoint keeps them while we host: it may serve another host after us. */
  #isEnforced = false;

  constructor(endpoint: Endpoint, sockets: ReadonlySet<SteamSocket>, seats: SeatOwners, bans: ReadonlyMap<bigint, string>) {
    this.#endpoint = endpoint;
    this.#sockets = sockets;
    this.#seats = seats;
    this.#bans = new Map(bans);
  }

  get bans(): ReadonlyMap<bigint, string> {
    return new Map(this.#bans);
  }

  /** Hosting begins. What it returns ends it. */
  enforce(): () => void {
    this.#isEnforced = true;
    for (const [steamId, reason] of this.#bans) this.#endpoint.bans.add(steamId, reason);
    return () => {
      this.#isEnforced = false;
      for (const steamId of this.#bans.keys()) this.#endpoint.bans.delete(steamId);
    };
  }

  kick(client: Client, reason: string = KICKED): void {
    const socket: unknown = client?.ref;
    if (!(socket instanceof SteamSocket)) throw new TypeError(`kick() needs a client of this transport, not ${describe(client)}`);
    checkReason(reason);
    // Also of a player who is not there: the game may hold his seat.
    if (client.reconnectionToken !== '') this.#seats.revoke(client.reconnectionToken);
    socket.sendAway(RemovalCode.Kicked, reason);
  }

  ban(who: Client | bigint, reason: string = BANNED): void {
    const steamId = typeof who === 'bigint' ? who : idOf(who);
    checkSteamId(steamId);
    checkReason(reason);
    if (steamId === this.#endpoint.steamId) throw new RangeError('the host cannot ban himself');
    this.#bans.set(steamId, reason);
    if (!this.#isEnforced) return;
    this.#endpoint.bans.add(steamId, reason);
    for (const socket of [...this.#sockets]) if (socket.steamId === steamId) socket.sendAway(RemovalCode.Banned, reason);
    this.#endpoint.expel(steamId, RemovalCode.Banned, reason);
  }

  /** False when he was not banned. */
  unban(steamId: bigint): boolean {
    checkSteamId(steamId);
    if (this.#isEnforced) this.#endpoint.bans.delete(steamId);
    return this.#bans.delete(steamId);
  }
}

/** Option `bans`. @throws TypeError | RangeError naming the value and what is allowed */
export function bansOf(bans: Bans | undefined): ReadonlyMap<bigint, string> {
  if (bans === undefined) return new Map();
  if (typeof bans !== 'object' || bans === null || !(Symbol.iterator in bans)) {
    throw new TypeError(`option bans must be SteamIDs (bigint), or a Map from SteamID to reason, not ${describe(bans)}`);
  }
  const all: Iterable<readonly [bigint, string]> = isMap(bans) ? bans : [...bans].map((steamId) => [steamId, BANNED] as const);
  for (const [steamId, reason] of all) {
    checkSteamId(steamId, 'option bans: steamId');
    checkReason(reason);
  }
  return new Map(all);
}

function isMap(bans: Bans): bans is ReadonlyMap<bigint, string> {
  return bans instanceof Map;
}

function idOf(client: Client): bigint {
  const socket: unknown = client?.ref;
  if (!(socket instanceof SteamSocket))
    throw new TypeError(`ban() needs a client of this transport or a SteamID, not ${describe(client)}`);
  return socket.steamId;
}

function checkReason(reason: unknown): void {
  if (typeof reason !== 'string')
    throw new TypeError(`the reason for sending a player away must be a string, not ${describe(reason)}`);
}
