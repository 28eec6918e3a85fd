import { fingerprintOf } from '../connection/contract.ts';
import type { MessageContract } from '../connection/types.ts';
import { describe } from '../driver/describe.ts';
import { LobbyLimits } from '../driver/LobbyDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { isIndividualSteamId } from '../driver/steamId.ts';
import { utf8 } from '../wire/bytes.ts';
import { PROTOCOL_VERSION } from '../wire/hello.ts';

/** Keys of a lobby's data, in lower case, as Steam is said not to tell cases apart. What else is in it is the game's own. */
export const LobbyKey = {
  /** Whose lobby it is: app 480 is everybody's. */
  Game: 'cts.game',
  Protocol: 'cts.protocol',
  /** Fingerprint of the message definitions, 16 hexadecimal digits. */
  Messages: 'cts.messages',
  /** SteamID of the host: the owner may be another, when Steam dropped the host from the lobby. */
  Host: 'cts.host',
  HostName: 'cts.hostname',
  Room: 'cts.room',
  RoomId: 'cts.roomid',
  Players: 'cts.players',
  /** Absent: no limit. */
  MaxPlayers: 'cts.maxplayers',
  /** `open`, `locked` or `closed`. */
  State: 'cts.state',
  /** `1`: friends of whoever is in it may come, too. */
  Friends: 'cts.friends',
  /** JSON. */
  Metadata: 'cts.metadata',
} as const;

/** A Colyseus room, as its lobby shows it to whoever looks for a game. Said by its host: nothing of it is proof. */
export interface GameListing {
  readonly host: bigint;
  /** What the host calls himself. */
  readonly hostName: string;
  readonly roomName: string;
  readonly roomId: string;
  readonly players: number;
  /** `maxClients` of the room; Infinity without one. */
  readonly maxPlayers: number;
  readonly isLocked: boolean;
  /** Friends of whoever is in it are shown the way: it is no private or invisible one. */
  readonly isForFriends: boolean;
  /** The host has ended the game: its lobby is about to go. */
  readonly isClosed: boolean;
  /** `metadata` of the room; undefined without. */
  readonly metadata: unknown;
}

/** What both sides must have alike to play together. */
export interface GameIdentity {
  /** The game's key in lobbies: 1 to 64 characters, the same in every build. */
  readonly game: string;
  readonly contract: MessageContract | undefined;
}

/** A game may name its rooms itself. Nothing that would mean something in a path. */
const ROOM_ID = /^[^\p{Cc}/?#\\]{1,128}$/u;

/** Cut to what a lobby list can show. Unit: characters. */
const MAX_NAME = 64;
const MAX_PLAYERS = 1_000_000;

/** @throws TypeError | RangeError naming the value and what is expected */
export function checkGameKey(game: unknown, option = 'game'): string {
  if (typeof game !== 'string')
    throw new TypeError(`option ${option} must be a string such as 'my-studio.my-game', not ${describe(game)}`);
  if (game.length < 1 || game.length > 64 || game.includes('\0')) {
    throw new RangeError(`option ${option} is ${describe(game)}, but must have 1 to 64 characters, and no NUL`);
  }
  return game;
}

/**
 * The data of a lobby for a listing; what is empty deletes.
 *
 * @throws RangeError when the metadata is no JSON, or over what Steam takes (`LobbyLimits`)
 */
export function listingData(identity: GameIdentity, listing: GameListing): Record<string, string> {
  const { metadata } = listing;
  const json = metadata === undefined || metadata === null ? '' : jsonOf(metadata);
  return {
    [LobbyKey.Game]: identity.game,
    [LobbyKey.Protocol]: String(PROTOCOL_VERSION),
    [LobbyKey.Messages]: fingerprintText(identity.contract),
    [LobbyKey.Host]: String(listing.host),
    [LobbyKey.HostName]: plain(listing.hostName),
    [LobbyKey.Room]: plain(listing.roomName),
    [LobbyKey.RoomId]: listing.roomId,
    [LobbyKey.Players]: String(listing.players),
    [LobbyKey.MaxPlayers]: Number.isFinite(listing.maxPlayers) ? String(listing.maxPlayers) : '',
    [LobbyKey.State]: listing.isClosed ? 'closed' : listing.isLocked ? 'locked' : 'open',
    [LobbyKey.Friends]: listing.isForFriends ? '1' : '',
    [LobbyKey.Metadata]: json,
  };
}

/**
 * The listing in a lobby's data, which anybody may have written.
 *
 * @throws SteamError `wrong-game`, `version-mismatch` or `schema-mismatch` when it is not of our game and build, `gone` when it says nothing
 *   that leads to a room
 */
export function readListing(lobby: bigint, data: Readonly<Record<string, string>>, identity: GameIdentity): GameListing {
  const mismatch = mismatchOf(lobby, data, identity);
  if (mismatch !== undefined) throw mismatch;
  const listing = parseListing(data);
  if (listing !== undefined) return listing;
  throw new SteamError('gone', `lobby ${lobby} leads to no room: its host has not opened it, or has left`);
}

/** Why those in a lobby cannot play with us, if so: `wrong-game`, `version-mismatch` or `schema-mismatch`; `gone` when its game is over. */
export function mismatchOf(
  lobby: bigint,
  data: Readonly<Record<string, string>>,
  identity: GameIdentity,
): SteamError | undefined {
  const game = data[LobbyKey.Game];
  // A host takes the key away, so that nobody finds it any more.
  if (game === undefined && data[LobbyKey.State] === 'closed') {
    return new SteamError('gone', `the host of lobby ${lobby} has ended the game`);
  }
  if (game !== identity.game) {
    const whose = game === undefined ? 'of no game of this library' : `of the game ${JSON.stringify(plain(game))}`;
    return new SteamError('wrong-game', `lobby ${lobby} is ${whose}; ours is ${JSON.stringify(identity.game)}`);
  }
  const protocol = data[LobbyKey.Protocol];
  if (protocol !== String(PROTOCOL_VERSION)) {
    return new SteamError(
      'version-mismatch',
      `lobby ${lobby} is of version ${plain(protocol ?? '')} of the protocol, this is ${PROTOCOL_VERSION}: update the older game`,
    );
  }
  if (data[LobbyKey.Messages] !== fingerprintText(identity.contract)) {
    return new SteamError('schema-mismatch', `lobby ${lobby} is of a game with other message definitions: update the older game`);
  }
  return undefined;
}

/** What a lobby's data says, of whatever game and version; undefined when it leads to no room. */
export function parseListing(data: Readonly<Record<string, string>>): GameListing | undefined {
  const host = idOf(data[LobbyKey.Host]);
  const roomId = data[LobbyKey.RoomId];
  if (host === undefined || roomId === undefined || !ROOM_ID.test(roomId)) return undefined;
  return {
    host,
    hostName: plain(data[LobbyKey.HostName] ?? ''),
    roomName: plain(data[LobbyKey.Room] ?? ''),
    roomId,
    players: countOf(data[LobbyKey.Players]) ?? 0,
    maxPlayers: countOf(data[LobbyKey.MaxPlayers]) ?? Number.POSITIVE_INFINITY,
    isLocked: data[LobbyKey.State] === 'locked',
    isForFriends: data[LobbyKey.Friends] === '1',
    isClosed: data[LobbyKey.State] === 'closed',
    metadata: parsed(data[LobbyKey.Metadata]),
  };
}

function fingerprintText(contract: MessageContract | undefined): string {
  return fingerprintOf(contract).toString(16).padStart(16, '0');
}

function jsonOf(metadata: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(metadata);
  } catch (error) {
    throw new RangeError(`the metadata of a room with a lobby must be JSON: ${(error as Error).message}`);
  }
  const bytes = utf8(json ?? '').length;
  if (bytes > LobbyLimits.valueBytes) {
    throw new RangeError(
      `the metadata of a room with a lobby is ${bytes} bytes of JSON; Steam's limit is ${LobbyLimits.valueBytes}`,
    );
  }
  // JSON writes NUL as an escape.
  return json ?? '';
}

function idOf(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined;
  const id = BigInt(text);
  return isIndividualSteamId(id) ? id : undefined;
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,7}$/.test(text)) return undefined;
  return Math.min(Number(text), MAX_PLAYERS);
}

function parsed(json: string | undefined): unknown {
  if (json === undefined || json === '') return undefined;
  try {
    // A game may copy it key by key: this one would change what the copy is.
    return JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  } catch {
    return undefined;
  }
}

/** Without what could upset a screen: control characters, line ends, direction marks. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, MAX_NAME);
}
