import { Room } from '@colyseus/core';
import { describe, expect, test } from '@jest/globals';
import { SteamTransport } from '../../src/index.ts';
import { resolveLobbyOptions } from '../../src/server/lobbyOptions.ts';
import { SimulatedSteam } from '../../src/sim.ts';

const game = 'test-studio.test-game';

test('defaults', () => {
  expect(resolveLobbyOptions({ game })).toEqual({ game, type: 'public' });
  expect(resolveLobbyOptions({ game, type: undefined, room: undefined, status: undefined })).toEqual({ game, type: 'public' });
  const status = () => 'in the harbour';
  const onOpen = () => undefined;
  expect(resolveLobbyOptions({ game, room: 'arena', type: 'private', maxMembers: 250, status, onOpen })).toEqual({
    game,
    room: 'arena',
    type: 'private',
    maxMembers: 250,
    status,
    onOpen,
  });
});

describe('bad options name the option, the value and what is allowed', () => {
  const steam = new SimulatedSteam();
  const driver = steam.user();

  test.each([
    ['no object', { lobby: 'my-game' }, TypeError, /option lobby must be an object such as \{ game: .*\}, not "my-game"/],
    ['no game', { lobby: {} }, TypeError, /option lobby\.game must be a string such as .*, not undefined/],
    ['a game without a name', { lobby: { game: '' } }, RangeError, /game is "", but must have 1 to 64 characters/],
    ['a game with a NUL', { lobby: { game: 'a\0b' } }, RangeError, /no NUL/],
    [
      'an unknown name',
      { lobby: { game, visibility: 1 } },
      TypeError,
      /unknown option lobby\.visibility; the options of a lobby are game, room, type/,
    ],
    ['a room that is no name', { lobby: { game, room: 7 } }, TypeError, /lobby\.room must be the name of a room, not 7/],
    [
      'a room that is its class',
      { lobby: { game, room: Room } },
      TypeError,
      /lobby\.room must be the name of a room, not class .{1,120}…$/s,
    ],
    [
      'a type that is none',
      { lobby: { game, type: 'toString' } },
      RangeError,
      /lobby\.type must be one of public, friendsOnly, private, invisible, not "toString"/,
    ],
    [
      'members that are no number',
      { lobby: { game, maxMembers: '8' } },
      TypeError,
      /lobby\.maxMembers must be a number from 1 to 250, not "8"/,
    ],
    [
      'too many members',
      { lobby: { game, maxMembers: 251 } },
      RangeError,
      /lobby\.maxMembers must be a whole number from 1 to 250, not 251/,
    ],
    ['half a member', { lobby: { game, maxMembers: 1.5 } }, RangeError, /not 1\.5/],
    ['a status that is none', { lobby: { game, status: 7 } }, TypeError, /lobby\.status must be a string or return one, not 7/],
    [
      'too much of a status',
      { lobby: { game, status: 'ü'.repeat(128) } },
      RangeError,
      /lobby\.status has 256 bytes of UTF-8; Steam's limit is 255/,
    ],
    ['a status with a NUL', { lobby: { game, status: '\0' } }, RangeError, /lobby\.status has a NUL character/],
    ['a callback that is none', { lobby: { game, onOpen: true } }, TypeError, /lobby\.onOpen must be a function, not true/],
    [
      'bans that are none',
      { bans: 7n },
      TypeError,
      /option bans must be SteamIDs \(bigint\), or a Map from SteamID to reason, not 7/,
    ],
    ['a ban of a number', { bans: [7] }, TypeError, /option bans: steamId is 7 \(number\), but must be a bigint/],
    ['a ban of nobody', { bans: [7n] }, RangeError, /steamId 7n is not that of a person/],
    ['a ban for no reason', { bans: new Map([[76561197960265729n, 7]]) }, TypeError, /reason .* must be a string, not 7/],
  ])('%s', (_what, options, type, message) => {
    const make = () => new SteamTransport({ driver, ...options } as never);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });
});
