import { type Client, matchMaker, Room, Server } from '@colyseus/core';
import type { Room as SdkRoom } from '@colyseus/sdk';
import { describe, expect, jest, test } from '@jest/globals';
import { SteamSDK, steamErrorCode } from '../../src/client.ts';
import { SteamTransport, steamIdOf } from '../../src/index.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withLobbyWorld } from '../helpers/lobbyWorld.ts';
import { IMPATIENT } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { TalkRoom, TalkState } from './TalkRoom.ts';

// Those failures of other transports that take a room to show: failures.test.ts has the others.

leaveNoTimers();

jest.setTimeout(30_000);

const enter = (player: SteamSDK) => player.joinOrCreate('talk', {}, TalkState);
const clientOf = (room: SdkRoom) => TalkRoom.latest.clients.getById(room.sessionId) as Client;

test('server full looks like a 25 s time-out', async () => {
  await withSteamWorld({ conditions: { latencyMs: 30 }, options: { maxPeers: 1 } }, async (world, arena) => {
    world.define('talk', TalkRoom);
    await enter(arena.player());
    const since = performance.now();
    const error = await rejection(enter(arena.player()));
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(steamErrorCode(error)).toBe('full');
    expect(error.message).toContain('1 peers are here (maxPeers)');
  });
});

test('a player who rejoins fast on the still-open session is "already known" and waits for ever', async () => {
  await withSteamWorld({ conditions: { latencyMs: 30 } }, async (world, arena) => {
    world.define('talk', TalkRoom);
    const keeper = await enter(arena.player());
    const player = arena.player();
    for (let i = 0; i < 5; i++) {
      const since = performance.now();
      const room = await enter(player);
      // Three round trips, and patience with the machine.
      expect(performance.now() - since).toBeLessThan(1_000);
      player.close();
      expect(room.roomId).toBe(keeper.roomId);
    }
    await until(() => TalkRoom.latest.clients.length === 1, 'he is gone again');
  });
});

describe('sending to a player who has just left takes the whole server down:', () => {
  test.each([
    ['he leaves', (room: SdkRoom, _player: SteamSDK) => void room.leave()],
    ['he goes without a word', (_room: SdkRoom, player: SteamSDK) => player.close()],
    ['his link is cut', (room: SdkRoom) => room.connection.close(4_010)],
  ])('%s', async (_how, go) => {
    await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
      const told: string[] = [];
      class Careless extends TalkRoom {
        override async onDrop(client: Client): Promise<void> {
          this.#talkTo(client, 'dropped');
        }
        override onLeave(client: Client, code?: number): void {
          super.onLeave(client, code);
          this.#talkTo(client, 'left');
          // Who keeps a client object, as games do, talks to it later, too.
          setImmediate(() => this.#talkTo(client, 'left long ago'));
        }
        #talkTo(client: Client, what: string): void {
          client.send('said', what);
          client.sendBytes('said', new Uint8Array(2_000));
          (client as unknown as { rawUnreliable(bytes: Uint8Array): void }).rawUnreliable(Uint8Array.of(1));
          this.broadcast('said', what);
          client.leave(4_000);
          told.push(what);
        }
      }
      world.define('talk', Careless);
      const keeper = await enter(arena.player());
      const player = arena.player();
      const room = await enter(player);
      await until(() => TalkRoom.latest.clients.length === 2, 'both');
      const heard: unknown[] = [];
      keeper.onMessage('said', (what) => heard.push(what));
      room.reconnection.enabled = false;
      const stop = setInterval(() => TalkRoom.latest.say(), 1);
      await pause(30);
      go(room, player);
      await until(() => told.includes('left long ago'), 'all that was said to him');
      clearInterval(stop);
      const last = TalkRoom.latest.said;
      TalkRoom.latest.say();
      await until(() => heard.includes(last), 'what is said to the other one');
      keeper.send('say', 7);
      await until(() => TalkRoom.latest.accepted.get(keeper.sessionId)?.at(-1) === 7, 'the server plays on');
    });
  });

  test('his process was killed, and nobody knows yet', async () => {
    const options = { heartbeatMs: 100, deadAfterMs: 600 };
    await withSteamWorld({ conditions: { latencyMs: 10 }, options }, async (world, arena) => {
      world.define('talk', TalkRoom);
      TalkRoom.keepsSeconds = 0.2;
      try {
        const keeper = await enter(arena.player());
        const player = arena.player();
        const room = await enter(player);
        await until(() => TalkRoom.latest.clients.length === 2, 'both');
        const steamId = steamIdOf(clientOf(room));
        expect(steamId).toBe(arena.driverOf(player).steamId);
        arena.steam.kill(arena.driverOf(player));
        const timer = setInterval(() => TalkRoom.latest.say(), 1);
        await until(() => TalkRoom.latest.left.length === 1, 'he is gone');
        clearInterval(timer);
        expect(TalkRoom.latest.clients.at(0)?.sessionId).toBe(keeper.sessionId);
        expect(TalkRoom.latest.clients).toHaveLength(1);
        const heard = once<[number]>((cb) => keeper.onMessage('said', cb));
        TalkRoom.latest.say();
        await heard;
      } finally {
        TalkRoom.keepsSeconds = 20;
      }
    });
  });
});

test('Steam drops the lobby, P2P works, and code kicks everybody', async () => {
  await withLobbyWorld({}, async ({ world, arena, steam, open, player, enter: enterLobby }) => {
    world.define('talk', TalkRoom);
    const { roomId } = await matchMaker.createRoom('talk', {});
    const lobby = await open();
    const before = lobby.id as bigint;
    const players = [player(), player()];
    const rooms = await Promise.all(
      players.map(async (one) => {
        await enterLobby(one, before);
        return await one.joinById(roomId, {}, TalkState);
      }),
    );
    const ends: number[] = [];
    const heard = rooms.map((room) => {
      room.onDrop((code) => ends.push(code));
      room.onLeave((code) => ends.push(code));
      const numbers: number[] = [];
      room.onMessage('said', (number) => numbers.push(number));
      return numbers;
    });
    const playsOn = async () => {
      expect([TalkRoom.latest.dropped, TalkRoom.latest.left, ends]).toEqual([[], [], []]);
      const number = TalkRoom.latest.said;
      TalkRoom.latest.say();
      for (const room of rooms) room.send('say', number);
      const accepted = () => rooms.map(({ sessionId }) => TalkRoom.latest.accepted.get(sessionId) ?? []);
      await until(() => [...accepted(), ...heard].every((numbers) => numbers.at(-1) === number), 'what all of them say');
    };
    await playsOn();

    for (const driver of [arena.host, ...players.map((one) => arena.driverOf(one))]) steam.lobbies.drop(driver);
    expect(steam.lobbies.ids).toEqual([]);
    await playsOn();
    await until(() => lobby.state === 'healing', 'the host notices');
    await playsOn();
    await until(() => lobby.state === 'open', 'it is made anew', 8_000);
    expect(lobby.id).not.toBe(before);
    expect(steam.lobbies.inspect(lobby.id as bigint)).toMatchObject({ owner: arena.host.steamId, members: [arena.host.steamId] });
    // Whoever was given up meanwhile would be gone by now.
    await pause(IMPATIENT.deadAfterMs + 500);
    await playsOn();
    for (const one of players) await enterLobby(one, lobby.id as bigint);
    await playsOn();
    await Promise.all(rooms.map((room) => room.leave()));
  });
});

test('handlers left behind give ghost players when a client later hosts', async () => {
  await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
    world.define('talk', TalkRoom);
    const player = arena.player();
    const room = await enter(player);
    await room.leave();
    await world.server.gracefullyShutdown(false);
    arena.steam.exit(arena.host);

    // Who played hosts now, over the same driver. The former host, and one more, play at his.
    const driver = arena.driverOf(player);
    const server = new Server({
      transport: new SteamTransport({ driver, ...IMPATIENT }),
      greet: false,
      gracefullyShutdown: false,
    });
    let joins = 0;
    class Counting extends TalkRoom {
      override onJoin(): void {
        joins++;
      }
    }
    server.define('talk', Counting);
    await server.listen(0);
    const guests = [arena.steam.user({ steamId: arena.host.steamId }), arena.steam.user()].map(
      (guest) => new SteamSDK(`steam://${driver.steamId}`, { driver: guest, ...IMPATIENT }),
    );
    const rooms = await Promise.all(guests.map((guest) => enter(guest)));
    await pause(200);
    expect(joins).toBe(2);
    expect(TalkRoom.latest.clients).toHaveLength(2);
    await Promise.all(rooms.map((one) => one.leave()));
    for (const guest of guests) guest.close();
    await server.gracefullyShutdown(false);
  });
});

test('shutdown mutates the map it iterates', async () => {
  await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
    let ends = 0;
    class Meddling extends Room {
      override onLeave(): void {
        ends++;
        for (const client of this.clients) client.leave(4_100);
        arena.transport.shutdown();
      }
    }
    world.define('meddling', Meddling);
    const rooms = await Promise.all(Array.from({ length: 8 }, () => arena.player().joinOrCreate('meddling')));
    const left = Promise.all(rooms.map((room) => once<[number]>((cb) => room.onLeave(cb))));
    await world.server.gracefullyShutdown(false);
    expect(await left).toHaveLength(8);
    expect(ends).toBe(8);
    expect(arena.transport.endpoint.stats()).toEqual([]);
  });
});
