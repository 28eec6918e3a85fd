import { logger, type Room } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { DriverLobby } from '../../src/driver/LobbyDriver.ts';
import { LobbyKey } from '../../src/lobby/GameListing.ts';
import { HostLobby } from '../../src/server/HostLobby.ts';
import { type LobbyOptions, resolveLobbyOptions } from '../../src/server/lobbyOptions.ts';
import type { SimulatedDriver, SimulatedSteamOptions } from '../../src/sim.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { ShownRoom } from '../helpers/ShownRoom.ts';
import { settle, World } from '../helpers/World.ts';

const GAME = 'test-studio.test-game';

let world: World;
let errors: string[];
let last: HostLobby;
let stop: () => void;
beforeEach(() => {
  muteConsole();
  errors = [];
  for (const level of ['error', 'warn'] as const) {
    jest.spyOn(logger, level).mockImplementation((text: string) => void errors.push(text));
  }
});
afterEach(() => {
  last.close();
  stop();
  world.close();
  jest.restoreAllMocks();
});

interface Host {
  readonly driver: SimulatedDriver;
  readonly endpoint: Endpoint;
  readonly room: ShownRoom;
  readonly lobby: HostLobby;
  /** Simulated time passes, and everything happens that is due in it. */
  pass(ms: number): Promise<void>;
  shown(): Readonly<Record<string, string>> | undefined;
  /** What was given to Steam, one entry for each call. */
  readonly writes: Readonly<Record<string, string>>[];
}

function hosted(
  options: Partial<LobbyOptions> = {},
  steam: SimulatedSteamOptions = {},
  shownRoom: Partial<ShownRoom> = {},
  prepare: (driver: SimulatedDriver) => void = () => undefined,
): Host {
  world = new World(steam);
  const { driver, endpoint } = world.user();
  const writes: Readonly<Record<string, string>>[] = [];
  const { create } = driver.lobbies;
  driver.lobbies.create = async (...args) => watched(await create.apply(driver.lobbies, args), writes);
  prepare(driver);
  const room = Object.assign(new ShownRoom(), shownRoom);
  const lobby = new HostLobby(endpoint, room as unknown as Room, resolveLobbyOptions({ game: GAME, ...options }));
  stop = endpoint.onTick((now) => lobby.tick(now));
  last = lobby;
  const shown = () => (lobby.id === undefined ? undefined : world.steam.lobbies.inspect(lobby.id)?.data);
  return { driver, endpoint, room, lobby, pass: passing, shown, writes };
}

async function passing(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) {
    world.run(Math.min(left, 50));
    await settle();
  }
}

async function untilState(state: HostLobby['state']): Promise<void> {
  for (let i = 0; last.state !== state; i++) {
    if (i > 2_000) throw new Error(`the lobby is ${last.state}, not ${state}`);
    await passing(50);
  }
}

function watched(handle: DriverLobby, writes: Readonly<Record<string, string>>[]): DriverLobby {
  const { setData } = handle;
  handle.setData = (changes) => {
    writes.push(changes);
    return setData.call(handle, changes);
  };
  return handle;
}

describe('what it shows', () => {
  test('is written once in a quarter of a second, and only what changed', async () => {
    const { room, writes, shown, pass } = hosted({}, {}, { maxClients: 100 });
    await pass(1_000);
    expect(writes).toHaveLength(1);
    for (let i = 1; i <= 20; i++) {
      room.clients.push({});
      await pass(50);
    }
    expect(writes.length).toBeGreaterThanOrEqual(4);
    expect(writes.length).toBeLessThanOrEqual(6);
    for (const write of writes.slice(1)) expect(Object.keys(write)).toEqual([LobbyKey.Players]);
    await pass(500);
    expect(shown()).toMatchObject({ [LobbyKey.Players]: '20', [LobbyKey.MaxPlayers]: '100', [LobbyKey.State]: 'open' });
    const before = writes.length;
    await pass(10_000);
    expect(writes).toHaveLength(before);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.itself = cyclic;
  test.each([
    ['too much', { text: 'x'.repeat(9_000) }, /metadata .* is 9011 bytes of JSON; Steam's limit is 819\d/],
    ['too much in UTF-8', { text: 'ü'.repeat(5_000) }, /is 10011 bytes of JSON; Steam's limit is 819\d/],
    ['no JSON', { id: 1n }, /metadata .* must be JSON: .*BigInt/],
    ['without end', cyclic, /metadata .* must be JSON: .*circular/],
  ])(
    'metadata that is %s is logged once, and all else is shown, with the metadata before it',
    async (_what, metadata, message) => {
      const { room, shown, pass } = hosted();
      await pass(300);
      room.metadata = metadata;
      room.clients.push({});
      await pass(2_000);
      expect(errors).toEqual([expect.stringMatching(message)]);
      expect(shown()).toMatchObject({ [LobbyKey.Players]: '1', [LobbyKey.Metadata]: '{"map":"harbour"}' });
      room.metadata = { map: 'forest' };
      await pass(300);
      expect(shown()).toMatchObject({ [LobbyKey.Metadata]: '{"map":"forest"}' });
      room.metadata = metadata;
      await pass(2_000);
      expect(errors).toHaveLength(2);
    },
  );

  test('to friends: that they may join, where they may, and the status', async () => {
    const { driver, room, lobby, pass } = hosted({ status: ({ players }) => `in the harbour, ${players} playing` });
    const presence = () => world.steam.lobbies.richPresenceOf(driver);
    await pass(100);
    expect(presence()).toEqual({ connect: `+connect_lobby ${lobby.id}`, status: 'in the harbour, 0 playing' });
    room.locked = true;
    room.clients.push({});
    await pass(300);
    expect(presence()).toEqual({ status: 'in the harbour, 1 playing' });
    lobby.close();
    expect(presence()).toEqual({});
  });

  test.each(['private', 'invisible'] as const)('to friends of a host whose lobby is %s: nothing to join', async (type) => {
    const { driver, pass } = hosted({ type });
    driver.setRichPresence('connect', 'of the game');
    await pass(300);
    expect(world.steam.lobbies.richPresenceOf(driver)).toEqual({ connect: 'of the game' });
  });

  test('a status that Steam does not take is logged once, and the lobby stands', async () => {
    const { lobby, shown, room, pass } = hosted({ status: () => 'x'.repeat(300) });
    await pass(1_000);
    room.clients.push({});
    await pass(1_000);
    expect(errors).toEqual([expect.stringMatching(/lobby\.status has 300 bytes of UTF-8; Steam's limit is 255/)]);
    expect(lobby.state).toBe('open');
    expect(shown()).toMatchObject({ [LobbyKey.Players]: '1' });
  });

  test('250 members, the host among them', async () => {
    const joined: number[] = [];
    const onMembers = (_lobby: HostLobby, came: readonly bigint[]) => void joined.push(came.length);
    const { lobby, driver, pass } = hosted({ onMembers }, {}, { maxClients: 400 });
    await pass(100);
    const id = lobby.id as bigint;
    expect(world.steam.lobbies.inspect(id)?.memberLimit).toBe(250);
    const players = Array.from({ length: 249 }, () => world.steam.user());
    await Promise.all(players.map((player) => player.lobbies.join(id)));
    await expect(world.steam.user().lobbies.join(id)).rejects.toThrow(/Full/);
    await pass(1_200);
    expect(lobby.members).toHaveLength(250);
    expect([driver, ...players].every(({ steamId }) => lobby.has(steamId))).toBe(true);
    expect(joined.reduce((sum, count) => sum + count, 0)).toBe(249);
  });
});

describe('it is made again', () => {
  test('when Steam loses the answer: after a time-out, and rid of the one that nobody knows of', async () => {
    const opened: unknown[] = [];
    const { lobby, driver, pass } = hosted({ onOpen: ({ id }) => void opened.push(id) }, {}, {}, (host) => {
      world.steam.lobbies.losePromises(host, 1);
    });
    const first = lobby.opened.catch((error: Error) => error.message);
    await pass(14_900);
    expect(lobby).toMatchObject({ state: 'opening', id: undefined });
    const [astray] = world.steam.lobbies.ids;
    expect(world.steam.lobbies.inspect(astray as bigint)?.members).toEqual([driver.steamId]);
    await pass(1_500);
    expect(await first).toMatch(/did not answer within 15000 ms, when it was asked to make a lobby/);
    expect(lobby.state).toBe('open');
    expect(opened).toEqual([lobby.id]);
    expect(world.steam.lobbies.ids).toEqual([lobby.id]);
    expect(errors).toEqual([expect.stringMatching(/lobby of room room-1: Steam did not answer .*; it is tried again/)]);
  });

  test('when Steam makes none: after 1 s, 2 s, 4 s and so on to 30 s, as long as the room lives; logged once', async () => {
    const asked: number[] = [];
    const { lobby, driver, pass } = hosted({}, {}, {}, (host) => {
      host.lobbies.create = () => {
        asked.push(world.steam.now);
        return Promise.reject(new Error('Steam is busy'));
      };
    });
    await pass(140_000);
    const pauses = asked.slice(1).map((at, i) => Math.round((at - (asked[i] as number)) / 1_000));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(errors).toEqual([expect.stringMatching(/Steam is busy; it is tried again/)]);
    delete (driver.lobbies as { create?: unknown }).create;
    await pass(31_000);
    expect(lobby.state).toBe('open');
    lobby.close();
    const count = asked.length;
    await pass(60_000);
    expect(asked).toHaveLength(count);
  });

  test('at once when it stood for long, later when Steam drops it again and again', async () => {
    const times: number[] = [];
    const { driver, pass } = hosted({ onOpen: () => void times.push(world.steam.now) });
    await pass(40_000);
    for (let i = 0; i < 4; i++) {
      world.steam.lobbies.drop(driver);
      await untilState('healing');
      const lostAt = world.steam.now;
      await untilState('open');
      times.push(lostAt);
    }
    const waits = [];
    for (let i = 1; i < times.length; i += 2) waits.push(Math.round(((times[i] as number) - (times[i + 1] as number)) / 1_000));
    expect(waits).toEqual([0, 1, 2, 4]);
  });

  test('who was in the one before counts as a member until a minute after', async () => {
    const { lobby, driver, pass } = hosted();
    await pass(100);
    const player = world.steam.user();
    await player.lobbies.join(lobby.id as bigint);
    await pass(1_100);
    world.steam.lobbies.drop(driver);
    await untilState('healing');
    expect(lobby.has(player.steamId)).toBe(true);
    await untilState('open');
    expect(lobby.members).toEqual([driver.steamId]);
    expect(lobby.has(player.steamId)).toBe(true);
    await pass(59_000);
    expect(lobby.has(player.steamId)).toBe(true);
    await pass(1_500);
    expect(lobby.has(player.steamId)).toBe(false);
  });

  test('with the metadata that was good last', async () => {
    const { driver, room, shown, pass } = hosted();
    await pass(100);
    room.metadata = { id: 1n };
    await pass(300);
    world.steam.lobbies.drop(driver);
    await untilState('healing');
    await untilState('open');
    expect(shown()).toMatchObject({ [LobbyKey.Metadata]: '{"map":"harbour"}' });
  });
});

test('what a callback of the game throws is its to see, and the lobby goes on', async () => {
  const thrown: unknown[] = [];
  jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
    try {
      task();
    } catch (error) {
      thrown.push(error);
    }
  });
  const mistake = new Error('of the game');
  const { lobby, pass } = hosted({
    onOpen: () => {
      throw mistake;
    },
  });
  await pass(100);
  expect(thrown).toEqual([mistake]);
  expect(lobby.state).toBe('open');
});
