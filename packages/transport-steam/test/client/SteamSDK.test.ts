import { CloseCode, type Client as CoreClient, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Client, SteamError, SteamSDK } from '../../src/client.ts';
import { Endpoint } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

const HOST = 76561197960265729n;
const State = schema({ n: t.uint8().default(7) }, 'State');

class PlainRoom extends Room<{ state: InstanceType<typeof State> }> {
  override state = new State();
}

describe('bad input', () => {
  let steam: SimulatedSteam;
  beforeEach(() => {
    muteConsole();
    steam = new SimulatedSteam({ clock: 'real' });
  });
  afterEach(() => {
    steam.close();
    jest.restoreAllMocks();
  });

  test.each([
    ['nothing', undefined],
    ['a WebSocket endpoint', 'ws://127.0.0.1:2567'],
    ['no id', 'steam://'],
    ['a name', 'steam://gaben'],
    ['a path', `steam://${HOST}/room`],
    ['a port', `steam://${HOST}:2567`],
    ['account 0', 'steam://76561197960265728'],
    ['a group', 'steam://103582791429521412'],
    ['a lobby', 'steam://109775240987654321'],
    ['a 32-bit account number', 'steam://22202'],
    ['more than 64 bits', 'steam://99999999999999999999'],
  ])('an endpoint with %s', (_what, endpoint) => {
    const make = () => new SteamSDK(endpoint as string, { driver: steam.user() });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(endpoint === undefined ? 'undefined' : JSON.stringify(endpoint));
    expect(make).toThrow(/expected steam:\/\/ and the SteamID64 of the user who hosts, as in steam:\/\/76561197960265729/);
  });

  test('options that do not exist, or not here', () => {
    const make = (options: object) => () => new SteamSDK(`steam://${HOST}`, { driver: steam.user(), ...options } as never);
    expect(make({ urlBuilder: String })).toThrow(
      /unknown option urlBuilder; the options of SteamSDK are driver, messages, headers, tickets, poll/,
    );
    expect(make({ driver: {} })).toThrow(/driver must be a SteamDriver/);
    expect(make({ deadAfterMs: 1 })).toThrow(/deadAfterMs must be from 100/);
    expect(() => new SteamSDK(`steam://${HOST}`, undefined as never)).toThrow(/needs options, at least \{ driver \}/);
  });

  test('a host who is not there: an error that says so, within the connect time-out', async () => {
    const driver = steam.user();
    const client = new SteamSDK('steam://76561197960270000', { driver, connectTimeoutMs: 500 });
    const since = performance.now();
    const error = await rejection(client.joinOrCreate('room'));
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(error).toMatchObject({ code: 'timed-out' });
    expect(error.message).toMatch(/no answer from Steam user 76561197960270000 within 500 ms .*UDP 3478/);
    expect((await rejection(client.getLatency({ timeout: 5_000 }))).message).toContain('no answer from Steam user');
    const seat = { name: 'room', roomId: 'r', sessionId: 's', processId: 'p' };
    for (const publicAddress of [undefined, '76561197960270000.steam']) {
      const failure = await rejection(client.consumeSeatReservation({ ...seat, ...(publicAddress && { publicAddress }) }));
      expect(failure.code).toBe('timed-out');
      expect(failure.message).toContain('no answer');
    }
    client.close();
  });

  test('a user who hosts nothing', async () => {
    const other = steam.user();
    const idle = Endpoint.of(other);
    idle.acquire();
    const client = new SteamSDK(`steam://${other.steamId}`, { driver: steam.user(), connectTimeoutMs: 2_000 });
    const error = await rejection(client.joinOrCreate('room'));
    // Steam announces a stranger; who does not host does not let him in, and so does not answer either.
    expect(['not-hosting', 'timed-out']).toContain(error.code);
    client.close();
    idle.release();
  });

  test('client.http says what happened, as fetch does', async () => {
    const client = new SteamSDK('steam://76561197960270000', { driver: steam.user(), connectTimeoutMs: 300 });
    expect(await rejection(client.http.get('/x'))).toMatchObject({ code: 'timed-out' });
    const fetched = (client.http as unknown as { fetchFn: typeof fetch }).fetchFn('http://76561197960270000.steam/x');
    const error = await rejection(fetched);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.cause).toBeInstanceOf(SteamError);
    client.close();
  });

  test('a request can be aborted', async () => {
    const client = new SteamSDK('steam://76561197960270000', { driver: steam.user() });
    const abort = new AbortController();
    const asked = rejection(client.http.get('/x', { signal: abort.signal }));
    await pause(20);
    abort.abort();
    expect(await asked).toMatchObject({ name: 'AbortError' });
    client.close();
  });
});

test('Client is SteamSDK', () => {
  expect(Client).toBe(SteamSDK);
});

describe('the endpoint', () => {
  test('is held while there is a room, and let go shortly after', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('plain', PlainRoom);
      const player = arena.player();
      const endpoint = Endpoint.of(arena.driverOf(player));
      expect(endpoint.stats()).toEqual([]);
      const room = await player.joinOrCreate('plain');
      await pause(400);
      expect(endpoint.stats()).toMatchObject([{ state: 'established', connections: 1 }]);
      await room.leave();
      await until(() => endpoint.stats().length === 0, 'let go', 1_000);
    });
  });

  test('close() leaves rooms with consent, ends requests, and the client works on', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('plain', PlainRoom);
      const player = arena.player();
      const room = await player.joinOrCreate('plain');
      const left = once<[number]>((cb) => room.onLeave(cb));
      const asked = rejection(player.http.get('/text'));
      player.close();
      expect((await left)[0]).toBe(4000);
      expect(await asked).toMatchObject({ name: 'AbortError' });
      expect(Endpoint.of(arena.driverOf(player)).stats()).toEqual([]);
      const again = await player.joinOrCreate('plain');
      await again.leave();
    });
  });

  // Between two attempts to reconnect a room has no connection that could be closed: the SDK's timer dialled, and the room came back to
  // a player who had left. Every room that a test closed was open.
  test('close() ends a room that is reconnecting, too', async () => {
    class PatientRoom extends PlainRoom {
      override async onDrop(client: CoreClient): Promise<void> {
        await this.allowReconnection(client, 1);
      }
    }
    await withSteamWorld({}, async (world, arena) => {
      world.define('patient', PatientRoom);
      const player = arena.player();
      const room = await player.joinOrCreate('patient', {}, State);
      await until(() => room.state.n === 7, 'joined');
      room.reconnection.minUptime = 0;
      const ends: number[] = [];
      let isBack = false;
      room.onReconnect(() => {
        isBack = true;
      });
      room.onLeave((code) => ends.push(code));
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      expect(room.reconnection.isReconnecting).toBe(true);
      player.close();
      await until(() => ends.length > 0, 'the end');
      await pause(100);
      expect(ends).toEqual([CloseCode.CONSENTED]);
      expect(isBack).toBe(false);
      expect(Endpoint.of(arena.driverOf(player)).stats()).toEqual([]);

      const other = await player.create('patient', {}, State);
      await until(() => other.state.n === 7, 'joined anew');
      other.reconnection.minUptime = 0;
      const back = once((cb) => other.onReconnect(cb));
      other.connection.close(CloseCode.MAY_TRY_RECONNECT);
      await back;
      await other.leave();
    });
  });

  test('a host plays in his own game, without Steam', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('plain', PlainRoom);
      const own = new SteamSDK(`steam://${arena.host.steamId}`, { driver: arena.host });
      const room = await own.joinOrCreate('plain', {}, State);
      await until(() => room.state.n === 7, 'the state');
      expect(arena.steam.packetsSent(arena.host)).toBe(0);
      await room.leave();
      own.close();
    });
  });
});

test('a cold join has its state after 3 round trips, one with a session after 2', async () => {
  // Long ones, so that what this machine takes does not count for another.
  const oneWayMs = 400;
  await withSteamWorld({ conditions: { latencyMs: oneWayMs } }, async (world, arena) => {
    world.define('plain', PlainRoom);
    const player = arena.player();
    const roundTripsOfJoin = async () => {
      const since = performance.now();
      const room = await player.create('plain');
      await once((cb) => room.onStateChange.once(cb));
      return (performance.now() - since) / (2 * oneWayMs);
    };
    expect(Math.round(await roundTripsOfJoin())).toBe(3);
    expect(Math.round(await roundTripsOfJoin())).toBe(2);
  });
});

test('selectByLatency takes the nearest that answers', async () => {
  await withSteamWorld({}, async (_world, arena) => {
    const driver = arena.steam.user();
    const options = { driver, connectTimeoutMs: 500 };
    const nobody = 'steam://76561197960270000';
    const nearest = await SteamSDK.selectByLatency([nobody, `steam://${arena.host.steamId}`], options, { timeout: 400 });
    expect(nearest.host).toBe(arena.host.steamId);
    await expect(SteamSDK.selectByLatency([nobody], options, { timeout: 200 })).rejects.toThrow('None of 1 endpoints answered');
    nearest.close();
    await until(() => Endpoint.of(driver).stats().length === 0, 'let go');
  });
});
