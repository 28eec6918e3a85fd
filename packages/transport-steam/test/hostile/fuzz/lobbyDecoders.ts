import { lobbiesIn } from '../../../src/client/findLobbies.ts';
import type { Endpoint } from '../../../src/connection/Endpoint.ts';
import type { DriverLobby } from '../../../src/driver/LobbyDriver.ts';
import { SteamError } from '../../../src/driver/SteamError.ts';
import { isIndividualSteamId, isLobbyId } from '../../../src/driver/steamId.ts';
import { lobbyFromCommandLine } from '../../../src/lobby/commandLine.ts';
import { type GameListing, LobbyKey, listingData, parseListing, readListing } from '../../../src/lobby/GameListing.ts';
import { askForLobby, lobbyAnswer } from '../../../src/lobby/lobbyRequest.ts';
import { decodeMessage, encodeMessage, WELCOME } from '../../../src/lobby/meshFrame.ts';
import { contractOf } from '../../../src/messages/contract.ts';
import type { Messages } from '../../../src/messages/Messages.ts';
import { allowed, check, checkNothingPolluted, type Decoder, sizeOf, text, utf8 } from './Decoder.ts';
import { messages, samples } from './wideMessages.ts';

const HOST = 76561197960265729n;
const LOBBY = 109775240917155376n;

const identity = { game: 'test-studio.test-game', contract: contractOf(messages) };

const listing: GameListing = {
  host: HOST,
  hostName: 'Ann',
  roomName: 'hall',
  roomId: 'r',
  players: 2,
  maxPlayers: 4,
  isLocked: false,
  isForFriends: true,
  isClosed: false,
  metadata: { mode: 'duel', map: { name: 'mill', tags: ['small', 'dark'] } },
};

/** What upsets a screen, or a line of a log. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

export const lobbyDecoders: readonly Decoder[] = [
  {
    name: 'mesh',
    seeds: [
      WELCOME,
      ...[...messages].map(({ name }) => encodeMessage(name, samples[name], messages)),
      encodeMessage('hello', undefined, undefined),
      encodeMessage('turn', { x: 1.5, cells: [1, [2, null]], by: { name: 'Ann', at: new Date(5) } }, undefined),
      encodeMessage('all', [true, -70_000, 2n ** 60n, new Uint8Array(40), 'x'.repeat(40), undefined], undefined),
    ],
    decode: (frame) => [messages, undefined].map((own) => readMeshFrame(frame, own)).includes(true),
  },
  {
    name: 'listing',
    seeds: [
      dataBytes(listingData(identity, listing)),
      dataBytes(listingData(identity, { ...listing, maxPlayers: Number.POSITIVE_INFINITY, isLocked: true })),
      dataBytes(listingData({ ...identity, contract: undefined }, { ...listing, isClosed: true, metadata: undefined })),
      dataBytes({ [LobbyKey.State]: 'closed', 'the game\u2019s own': 'x' }),
    ],
    decode: (bytes) => readLobbyData(dataOf(bytes)),
  },
  {
    name: 'lobbyAnswer',
    seeds: [lobbyAnswer(LOBBY).body, lobbyAnswer(undefined).body],
    async decode(body) {
      const endpoint = answering(body);
      const lobby = await askForLobby(endpoint, HOST);
      check(lobby === undefined || isLobbyId(lobby), `${lobby} is no lobby`);
      checkNothingPolluted();
      return lobby !== undefined;
    },
  },
  {
    name: 'commandLine',
    seeds: [text.encode(`game\0--fast\0+connect_lobby\0${LOBBY}`), text.encode('+connect_lobby'), text.encode('game')],
    decode(bytes) {
      const lobby = lobbyFromCommandLine(utf8(bytes).split('\0'));
      check(lobby === undefined || isLobbyId(lobby), `${lobby} is no lobby`);
      return lobby !== undefined;
    },
  },
];

function readMeshFrame(frame: Uint8Array, own: Messages | undefined): boolean {
  const read = decodeMessage(frame, own);
  if (read === undefined) return false;
  const { type, payload } = read;
  check(type.length >= 1 && type.length <= 128, `a type of ${type.length} characters`);
  const size = sizeOf(payload);
  check(size <= 64 * frame.length, `${size} values of ${frame.length} bytes`);
  checkNothingPolluted();
  // Whoever passes it on sends what comes out as the same.
  const sent = encodeMessage(type, payload, own);
  const again = decodeMessage(sent, own);
  check(again?.type === type, 'its type is another when it is passed on');
  check(Buffer.from(encodeMessage(type, again?.payload, own)).equals(sent), 'it is not what would have been sent');
  return true;
}

/** Keys and values, in turn: Steam has no NUL in either. */
function dataBytes(data: Readonly<Record<string, string>>): Uint8Array {
  return text.encode(Object.entries(data).flat().join('\0'));
}

function dataOf(bytes: Uint8Array): Record<string, string> {
  const texts = utf8(bytes).split('\0');
  return Object.fromEntries(texts.flatMap((key, at) => (at % 2 === 0 ? [[key, texts[at + 1] ?? '']] : [])));
}

function readLobbyData(data: Record<string, string>): boolean {
  const read = parseListing(data);
  const isOurs = isOfOurGame(data);
  check(!isOurs || read !== undefined, 'it leads to a room, and then to none');
  const lobby = { id: LOBBY, memberCount: 1, memberLimit: 4, data: () => data } as DriverLobby;
  const filter = { room: 'hall', metadata: { map: { name: 'mill' } } };
  const listed = lobbiesIn([lobby], identity, { includeIncompatible: true });
  check(lobbiesIn([lobby], identity, { filter }).length <= listed.length, 'a filter finds more than there is');
  checkNothingPolluted();
  if (read === undefined) return false;
  const { host, hostName, roomName, roomId, players, maxPlayers, metadata } = read;
  check(isIndividualSteamId(host), `host ${host}`);
  for (const name of [hostName, roomName]) check(name.length <= 64 && !UNFIT.test(name), `name ${JSON.stringify(name)}`);
  check(roomId.length >= 1 && roomId.length <= 128 && !/[\p{Cc}/?#\\]/u.test(roomId), `room ${JSON.stringify(roomId)}`);
  check(players >= 0 && players <= 1_000_000 && maxPlayers >= 0, `${players} of ${maxPlayers} players`);
  check(!hasPrototypeKey(metadata), 'metadata with the key __proto__');
  return true;
}

/** The error of another game's lobby goes to a log, and to a player. */
function isOfOurGame(data: Record<string, string>): boolean {
  try {
    readListing(LOBBY, data, identity);
    return true;
  } catch (error) {
    const { message } = error as Error;
    check(message.length < 300 && !UNFIT.test(message), `message ${JSON.stringify(message)}`);
    return allowed(error, SteamError);
  }
}

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeKey);
}

/** A host who answers so. */
function answering(body: Uint8Array): Endpoint {
  return {
    now: () => 0,
    acquire: () => undefined,
    release: () => undefined,
    onTick: () => () => undefined,
    request: async () => ({ status: 200, headers: [], body }),
  } as unknown as Endpoint;
}
