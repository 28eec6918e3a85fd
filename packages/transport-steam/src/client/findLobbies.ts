import { isDeepStrictEqual } from 'node:util';
import type { DriverLobby } from '../driver/LobbyDriver.ts';
import { type GameIdentity, type GameListing, mismatchOf, parseListing } from '../lobby/GameListing.ts';

/** A game that can be joined, as its lobby shows it. Said by its host: nothing of it is proof. */
export interface LobbyInfo extends GameListing {
  readonly id: bigint;
  /** Users in the lobby, who need not be in the room: see `players`. */
  readonly members: number;
  readonly memberLimit: number;
  /** Why it cannot be joined. Only with `includeIncompatible`, and then what else is said may be wrong: another version may say it otherwise. */
  readonly problem?: 'version-mismatch' | 'schema-mismatch';
}

/** All of what is given must be so. */
export interface LobbyFilter {
  /** Name of the room, as given to `server.define()`. */
  readonly room?: string;
  /** Whether one more player can come: neither full nor locked. */
  readonly hasRoom?: boolean;
  /** What must be in the room's metadata, and equal; what else is there does not count. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface FindLobbiesOptions {
  /** Only these. */
  readonly filter?: LobbyFilter | ((lobby: LobbyInfo) => boolean);
  /**
   * Also those of this game in another version or with other messages, with what is wrong as `problem`: to tell a player that there are games, and
   * what to update.
   * @default false
   */
  readonly includeIncompatible?: boolean;
}

const optionNames = ['filter', 'includeIncompatible'];
const filterNames = ['room', 'hasRoom', 'metadata'];

/** @throws TypeError naming the option and what is allowed */
export function checkFindOptions(options: FindLobbiesOptions): FindLobbiesOptions {
  checkNames('option', options, optionNames);
  const { filter } = options;
  if (filter === undefined || typeof filter === 'function') return options;
  checkNames('filter', filter, filterNames);
  const { room, hasRoom, metadata } = filter;
  if (room !== undefined && typeof room !== 'string')
    throw new TypeError(`filter room must be the name of a room, not ${String(room)}`);
  if (hasRoom !== undefined && typeof hasRoom !== 'boolean') {
    throw new TypeError(`filter hasRoom must be true or false, not ${String(hasRoom)}`);
  }
  if (metadata !== undefined && (typeof metadata !== 'object' || metadata === null)) {
    throw new TypeError(`filter metadata must be an object, not ${String(metadata)}`);
  }
  return options;
}

/** What can be joined of what Steam listed. Anybody may have written it: what makes no sense is left out. */
export function lobbiesIn(
  listed: readonly DriverLobby[],
  identity: GameIdentity,
  { filter, includeIncompatible = false }: FindLobbiesOptions,
): LobbyInfo[] {
  const wanted = predicateOf(filter);
  return listed.flatMap((lobby) => infoOf(lobby, identity, includeIncompatible) ?? []).filter((info) => wanted(info));
}

function infoOf(lobby: DriverLobby, identity: GameIdentity, includeIncompatible: boolean): LobbyInfo | undefined {
  const data = lobby.data();
  const problem = mismatchOf(lobby.id, data, identity)?.code;
  const isOtherBuild = problem === 'version-mismatch' || problem === 'schema-mismatch';
  if (problem !== undefined && !(isOtherBuild && includeIncompatible)) return undefined;
  const listing = parseListing(data);
  if (listing === undefined || listing.isClosed) return undefined;
  const { id, memberCount: members, memberLimit } = lobby;
  return { id, members, memberLimit, ...listing, ...(isOtherBuild && { problem }) };
}

function predicateOf(filter: FindLobbiesOptions['filter']): (lobby: LobbyInfo) => boolean {
  if (typeof filter === 'function') return filter;
  const { room, hasRoom, metadata } = filter ?? {};
  return (lobby) =>
    (room === undefined || lobby.roomName === room) &&
    (hasRoom === undefined || roomFor(lobby) === hasRoom) &&
    (metadata === undefined || isWithin(metadata, lobby.metadata));
}

function roomFor({ isLocked, players, maxPlayers, members, memberLimit }: LobbyInfo): boolean {
  return !isLocked && players < maxPlayers && members < memberLimit;
}

/** Whether all of `part` is in `whole`, and equal: objects by their own keys, everything else as a whole. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (!isRecord(part) || !isRecord(whole)) return isDeepStrictEqual(part, whole);
  return Object.entries(part).every(([key, value]) => Object.hasOwn(whole, key) && isWithin(value, whole[key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkNames(what: string, given: unknown, allowed: readonly string[]): void {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${what}s must be an object, not ${String(given)}`);
  for (const name of Object.keys(given)) {
    if (!allowed.includes(name)) throw new TypeError(`unknown ${what} ${name}; there are ${allowed.join(', ')}`);
  }
}
