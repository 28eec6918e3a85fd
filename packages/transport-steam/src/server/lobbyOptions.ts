import type { Room } from '@colyseus/core';
import { describe } from '../driver/describe.ts';
import { LobbyLimits, LobbyType } from '../driver/LobbyDriver.ts';
import { RichPresenceLimits } from '../driver/SteamDriver.ts';
import { checkGameKey, type GameListing } from '../lobby/GameListing.ts';
import { utf8 } from '../wire/bytes.ts';
import type { HostLobby } from './HostLobby.ts';

/** Who finds a lobby in Steam, by the names that options have. */
export const lobbyTypes = {
  public: LobbyType.Public,
  friendsOnly: LobbyType.FriendsOnly,
  private: LobbyType.Private,
  invisible: LobbyType.Invisible,
} as const satisfies Record<string, LobbyType>;

/** What happens to the lobby of a room. What a callback throws is an uncaught exception, as from any event handler. */
export interface HostLobbyEvents {
  /** Steam has made it: the first time, and each time that it was made anew. `lobby.id` is another one then. */
  onOpen?(lobby: HostLobby): void;
  /** Players came into it, or left it; which says nothing of their seats in the room. */
  onMembers?(lobby: HostLobby, joined: readonly bigint[], left: readonly bigint[]): void;
  /** Steam dropped us from it, or made another member its owner. Nobody is kicked, and it is being made anew. */
  onLost?(lobby: HostLobby, why: 'dropped' | 'owner'): void;
  /** It is over: with its room, by `close()`, or because the host stopped. Exactly once. */
  onClose?(lobby: HostLobby): void;
}

/** How a room is shown in Steam. */
export interface LobbyOptions extends HostLobbyEvents {
  /**
   * The game's key in lobbies, 1 to 64 characters, the same in every build and for all players: app 480 is full of strangers'
   * lobbies.
   */
  game: string;
  /**
   * Rooms of this name only.
   * @default any room
   */
  room?: string;
  /**
   * Who finds it. `public`: everybody, in the lobby list. `friendsOnly`: friends of members, and who is invited. `private`: who
   * is invited. `invisible`: the lobby list, but friends do not see it. Not a lock: who has the id of a lobby can join it.
   * @default 'public'
   */
  type?: keyof typeof lobbyTypes;
  /**
   * Members, at most, the host among them whether he plays or not: 1 to 250. A lobby that stands keeps its own.
   * @default one more than the room's `maxClients`, 250 at most
   */
  maxMembers?: number;
  /**
   * What friends read of the host while the lobby stands: the rich presence `status`, at most 255 bytes. A function is asked
   * whenever the listing is looked at, four times a second.
   * @default left alone
   */
  status?: string | ((listing: GameListing) => string);
}

/** Checked, and with the defaults that do not depend on the room. */
export type ResolvedLobbyOptions = Required<Pick<LobbyOptions, 'game' | 'type'>> & Omit<LobbyOptions, 'game' | 'type'>;

const CALLBACKS = ['onOpen', 'onMembers', 'onLost', 'onClose'] as const satisfies readonly (keyof HostLobbyEvents)[];
const NAMES: readonly string[] = ['game', 'room', 'type', 'maxMembers', 'status', ...CALLBACKS];

/** @throws TypeError | RangeError naming the option, the value and what is allowed */
export function resolveLobbyOptions(options: unknown): ResolvedLobbyOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`option lobby must be an object such as { game: 'my-studio.my-game' }, not ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name))
      throw new TypeError(`unknown option lobby.${name}; the options of a lobby are ${NAMES.join(', ')}`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<LobbyOptions>;
  const { room, type = 'public', maxMembers, status } = given;
  if (room !== undefined && (typeof room !== 'string' || room === '')) {
    throw new TypeError(`option lobby.room must be the name of a room, not ${describe(room)}`);
  }
  if (!Object.hasOwn(lobbyTypes, type)) {
    throw new RangeError(`option lobby.type must be one of ${Object.keys(lobbyTypes).join(', ')}, not ${describe(type)}`);
  }
  if (maxMembers !== undefined) checkMaxMembers(maxMembers);
  if (typeof status !== 'function' && status !== undefined) checkStatus(status);
  for (const name of CALLBACKS) {
    const callback: unknown = given[name];
    if (callback !== undefined && typeof callback !== 'function') {
      throw new TypeError(`option lobby.${name} must be a function, not ${describe(callback)}`);
    }
  }
  return { ...given, game: checkGameKey(given.game, 'lobby.game'), type };
}

/** How many may be in the lobby of a room. */
export function membersOf(room: Room, { maxMembers }: ResolvedLobbyOptions): number {
  return maxMembers ?? Math.max(1, Math.min(LobbyLimits.members, room.maxClients + 1));
}

/** @throws TypeError | RangeError: Steam does not take it */
export function checkStatus(status: unknown): string {
  if (typeof status !== 'string')
    throw new TypeError(`option lobby.status must be a string or return one, not ${describe(status)}`);
  const { valueBytes } = RichPresenceLimits;
  const bytes = utf8(status).length;
  if (status.includes('\0')) throw new RangeError('option lobby.status has a NUL character, which Steam does not take');
  if (bytes > valueBytes) throw new RangeError(`option lobby.status has ${bytes} bytes of UTF-8; Steam's limit is ${valueBytes}`);
  return status;
}

function checkMaxMembers(maxMembers: unknown): void {
  if (typeof maxMembers !== 'number' || Number.isNaN(maxMembers)) {
    throw new TypeError(`option lobby.maxMembers must be a number from 1 to ${LobbyLimits.members}, not ${describe(maxMembers)}`);
  }
  if (!Number.isInteger(maxMembers) || maxMembers < 1 || maxMembers > LobbyLimits.members) {
    throw new RangeError(`option lobby.maxMembers must be a whole number from 1 to ${LobbyLimits.members}, not ${maxMembers}`);
  }
}
