import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lobbyFromCommandLine } from '../../src/lobby/commandLine.ts';
import {
  checkGameKey,
  type GameIdentity,
  type GameListing,
  LobbyKey,
  listingData,
  mismatchOf,
  parseListing,
  readListing,
} from '../../src/lobby/GameListing.ts';
import { contractOf } from '../../src/messages/contract.ts';
import { messages } from '../helpers/gameMessages.ts';

const LOBBY = 109775240917155376n;
const HOST = 76561197960265729n;
const identity: GameIdentity = { game: 'studio.game', contract: undefined };
const listing: GameListing = {
  host: HOST,
  hostName: 'Ann',
  roomName: 'arena',
  roomId: 'x7Gh-_9',
  players: 2,
  maxPlayers: 4,
  isLocked: false,
  isForFriends: true,
  isClosed: false,
  metadata: { map: 'harbour', tags: ['a', 1, null] },
};

describe('the data of a lobby', () => {
  test('are what the room is, and are read as that', () => {
    const data = listingData(identity, listing);
    expect(data).toEqual({
      'cts.game': 'studio.game',
      'cts.protocol': '1',
      'cts.messages': '0000000000000000',
      'cts.host': '76561197960265729',
      'cts.hostname': 'Ann',
      'cts.room': 'arena',
      'cts.roomid': 'x7Gh-_9',
      'cts.players': '2',
      'cts.maxplayers': '4',
      'cts.state': 'open',
      'cts.friends': '1',
      'cts.metadata': '{"map":"harbour","tags":["a",1,null]}',
    });
    expect(readListing(LOBBY, data, identity)).toEqual(listing);
  });

  test.each([
    ['no limit', { maxPlayers: Number.POSITIVE_INFINITY }],
    ['locked', { isLocked: true }],
    ['closed', { isClosed: true }],
    ['private', { isForFriends: false }],
    ['no metadata', { metadata: undefined }],
    ['no name of the host', { hostName: '' }],
  ])('%s', (_what, change) => {
    const other = { ...listing, ...change };
    const data = Object.fromEntries(Object.entries(listingData(identity, other)).filter(([, value]) => value !== ''));
    expect(readListing(LOBBY, data, identity)).toEqual(other);
  });

  test('metadata that are no JSON, or too long, are refused where they are set', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => listingData(identity, { ...listing, metadata: circle })).toThrow(RangeError);
    expect(() => listingData(identity, { ...listing, metadata: 'é'.repeat(5_000) })).toThrow(
      "the metadata of a room with a lobby is 10002 bytes of JSON; Steam's limit is 8191",
    );
  });

  test('of another game, version, or other messages: an error that says which', () => {
    const data = listingData(identity, listing);
    const read =
      (change: Record<string, string | undefined>, by = identity) =>
      () => {
        const changed = Object.entries({ ...data, ...change }).filter(([, value]) => value !== undefined);
        return readListing(LOBBY, Object.fromEntries(changed) as Record<string, string>, by);
      };
    const failing = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) });
    const error = (act: () => unknown) => {
      try {
        return act();
      } catch (thrown) {
        return thrown;
      }
    };
    expect(error(read({ [LobbyKey.Game]: 'chess' }))).toEqual(
      failing('wrong-game', /is of the game "chess"; ours is "studio.game"/),
    );
    expect(error(read({ [LobbyKey.Game]: undefined }))).toEqual(failing('wrong-game', /is of no game of this library/));
    expect(error(read({ [LobbyKey.Game]: undefined, [LobbyKey.State]: 'closed' }))).toEqual(
      failing('gone', /has ended the game/),
    );
    expect(error(read({ [LobbyKey.Protocol]: '99' }))).toEqual(
      failing('version-mismatch', /of version 99 of the protocol, this is 1/),
    );
    expect(error(read({}, { ...identity, contract: contractOf(messages) }))).toEqual(
      failing('schema-mismatch', /other message definitions/),
    );
    expect(error(read({ [LobbyKey.Host]: undefined }))).toEqual(failing('gone', /leads to no room/));
    expect(error(read({ [LobbyKey.Host]: '109775240917155376' }))).toEqual(failing('gone', /leads to no room/));
    for (const roomId of ['', 'a/b', 'a?b', 'a#b', 'a\\b', 'a\nb', 'x'.repeat(129)]) {
      expect(error(read({ [LobbyKey.RoomId]: roomId }))).toEqual(failing('gone', /leads to no room/));
    }
  });

  test('whatever anybody writes, it is read as a listing or not at all, and has nothing that upsets a screen', () => {
    const keys = Object.values(LobbyKey).filter((key) => key !== LobbyKey.Game && key !== LobbyKey.Protocol);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('1', '-1', '1e9', '99999999999999999999', '{', '[[', 'null', 'closed'),
    );
    const hostile = fc.record(Object.fromEntries(keys.map((key) => [key, text])), { requiredKeys: [] });
    fc.assert(
      fc.property(hostile, (written) => {
        const data = { ...written, [LobbyKey.Host]: String(HOST), [LobbyKey.RoomId]: 'room' } as Record<string, string>;
        const read = parseListing(data);
        expect(read).toMatchObject({ host: HOST, roomId: 'room' });
        for (const name of [read?.hostName, read?.roomName]) expect(name).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{0,64}$/u);
        expect(read?.players).toBeGreaterThanOrEqual(0);
        expect(read?.maxPlayers).toBeGreaterThanOrEqual(0);
        expect(parseListing(written as Record<string, string>)?.host).toBeUndefined();
      }),
      { seed: 5 },
    );
  });

  test('metadata cannot change what a copy of them is', () => {
    const data = {
      ...listingData(identity, listing),
      [LobbyKey.Metadata]: '{"__proto__":{"isAdmin":true},"map":{"__proto__":[]}}',
    };
    const { metadata } = readListing(LOBBY, data, identity);
    expect(Object.assign({}, metadata)).toEqual({ map: {} });
    expect((Object.assign({}, metadata) as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('metadata that are nested as deep as they can be throw nothing', () => {
    const deep = '['.repeat(4_095) + ']'.repeat(4_095);
    const data = { ...listingData(identity, listing), [LobbyKey.Metadata]: deep };
    const { metadata, ...others } = readListing(LOBBY, data, identity);
    expect(metadata === undefined || Array.isArray(metadata)).toBe(true);
    expect(others).toMatchObject({ roomId: listing.roomId });
  });
});

test('mismatchOf finds nothing wrong with ours', () => {
  expect(mismatchOf(LOBBY, listingData(identity, listing), identity)).toBeUndefined();
});

test('a game key is 1 to 64 characters', () => {
  expect(checkGameKey('x')).toBe('x');
  expect(() => checkGameKey('x'.repeat(65))).toThrow(/must have 1 to 64 characters/);
  expect(() => checkGameKey(480)).toThrow(TypeError);
});

describe('the command line of a game that an invite started', () => {
  test.each<[string, readonly string[], bigint | undefined]>([
    ['has the lobby', ['node', 'game.js', '+connect_lobby', String(LOBBY)], LOBBY],
    ['among other arguments', ['game', '-windowed', '+connect_lobby', String(LOBBY), '-novid'], LOBBY],
    ['twice: the last one counts', ['+connect_lobby', '1', '+connect_lobby', String(LOBBY)], LOBBY],
    ['has none', ['node', 'game.js'], undefined],
    ['ends behind the name', ['game', '+connect_lobby'], undefined],
    ['has something else behind it', ['game', '+connect_lobby', 'home'], undefined],
    ['has a person behind it', ['game', '+connect_lobby', String(HOST)], undefined],
    ['has more than 64 bits behind it', ['game', '+connect_lobby', '9'.repeat(20)], undefined],
    ['has another option', ['game', `+connect_lobby=${LOBBY}`], undefined],
  ])('%s', (_what, args, lobby) => {
    expect(lobbyFromCommandLine(args)).toBe(lobby);
  });
});
