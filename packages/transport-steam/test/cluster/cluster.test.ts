import { CloseCode } from '@colyseus/core';
import { ErrorCode, Protocol, type Room } from '@colyseus/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { steamErrorCode } from '../../src/client.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { ClusterHost } from './ClusterHost.ts';
import { Player, whereabouts } from './players.ts';
import { describeRedis, RedisServer } from './RedisServer.ts';

// Real processes around a real Redis, on the simulated Steam that all processes of this machine share.

jest.setTimeout(60_000);

const hub = `cluster-${process.pid}`;
const STEAM_IDS = ['76561197960270001', '76561197960270002', '76561197960270003'] as const;

describeRedis('three hosts around one Redis', () => {
  let redis: RedisServer;
  let ann: ClusterHost;
  let ben: ClusterHost;
  let cat: ClusterHost;
  let all: readonly ClusterHost[];
  let players: Player[] = [];

  const start = (steamId: string) => ClusterHost.start({ hub, steamId, redis: redis.address });
  const newPlayer = async () => {
    const player = await Player.logIn(hub);
    players.push(player);
    return player;
  };
  /** A room of one host, with a player in it. */
  const arenaAt = async (host: ClusterHost, asked = host, name = 'arena'): Promise<{ player: Player; room: Room }> => {
    const player = await newPlayer();
    const room = await player.at(asked).create(name, { at: host.processId });
    Object.assign(room.reconnection, { minUptime: 0, maxRetries: 1 });
    expect(await whereabouts(room)).toEqual({ host: String(host.steamId), you: String(player.steamId) });
    return { player, room };
  };
  /** The rooms that there are, as a host tells a player who asks him. */
  const roomsOf = async (host: ClusterHost, name = 'arena'): Promise<readonly string[]> => {
    const player = await newPlayer();
    return (await player.at(host).http.get(`/rooms/${name}`)).data as string[];
  };

  beforeAll(async () => {
    redis = await RedisServer.start();
    all = await Promise.all(STEAM_IDS.map(start));
    [ann, ben, cat] = all as [ClusterHost, ClusterHost, ClusterHost];
  });
  afterAll(async () => {
    await ClusterHost.endAll();
    await redis?.stop();
  });
  beforeEach(muteConsole);
  afterEach(() => {
    for (const player of players) player.logOut();
    players = [];
    jest.restoreAllMocks();
  });

  describe('a player is sent to the host who has the room, whomever he asks', () => {
    test.each(['joinById', 'join', 'joinOrCreate'] as const)('%s', async (method) => {
      const { room } = await arenaAt(ben);
      for (const host of all) {
        const player = await newPlayer();
        const joined = await player.at(host)[method](method === 'joinById' ? room.roomId : 'arena');
        expect(joined.roomId).toBe(room.roomId);
        expect(await whereabouts(joined)).toEqual({ host: String(ben.steamId), you: String(player.steamId) });
      }
    });

    test('to have one made', async () => {
      const { room } = await arenaAt(cat, ann);
      expect(room.roomId).toBeTruthy();
    });

    test('also when he hosts himself', async () => {
      const { room } = await arenaAt(cat);
      expect(await ann.tell('play', room.roomId)).toEqual({ host: String(cat.steamId), you: String(ann.steamId) });
    });

    test('and back to it, when his link is cut', async () => {
      const { room } = await arenaAt(ben, ann);
      const back = once<[]>((cb) => room.onReconnect(cb));
      await ben.tell('cut', room.sessionId);
      await back;
      expect(await ben.seat(room.sessionId)).toEqual(['joined', 'dropped', 'back']);
      expect((await whereabouts(room)).host).toBe(String(ben.steamId));
    });

    test('and back to it with the token, by way of a third', async () => {
      const { player, room } = await arenaAt(ben, ann);
      room.reconnection.enabled = false;
      await ben.tell('cut', room.sessionId);
      await untilSeat(ben, room, 'dropped');
      const back = await player.at(cat).reconnect(room.reconnectionToken);
      expect(back.sessionId).toBe(room.sessionId);
      expect((await whereabouts(back)).host).toBe(String(ben.steamId));
    });
  });

  test('every host lists the rooms of all, and a LobbyRoom hears of those of others', async () => {
    const watcher = await newPlayer();
    const hall = await watcher.at(ann).joinOrCreate('hall', { filter: { name: 'arena' } });
    const added: string[] = [];
    const removed: string[] = [];
    hall.onMessage('rooms', () => undefined);
    hall.onMessage('+', ([roomId]: [string]) => added.push(roomId));
    hall.onMessage('-', (roomId: string) => removed.push(roomId));
    const { room } = await arenaAt(cat, ben);
    await until(() => added.includes(room.roomId), 'the new room in the hall');
    for (const host of all) expect(await roomsOf(host)).toContain(room.roomId);
    await room.leave();
    await until(() => removed.includes(room.roomId), 'the room out of the hall');
    for (const host of all) expect(await roomsOf(host)).not.toContain(room.roomId);
  });

  describe('a seat is for who reserved it', () => {
    test('and of no use to anybody else, at whatever host', async () => {
      const { room } = await arenaAt(ben);
      const owner = await newPlayer();
      const thief = await newPlayer();
      const { status, fields } = await owner.ask(ann, `/matchmake/joinById/${room.roomId}`, {});
      expect({ status, publicAddress: fields.publicAddress }).toEqual({ status: 200, publicAddress: `${ben.steamId}.steam` });
      const target = `/${fields.processId}/${fields.roomId}?sessionId=${fields.sessionId}`;
      for (const host of all) {
        expect(await thief.dial(host, target)).toMatchObject({ codes: [Protocol.ERROR], code: CloseCode.WITH_ERROR });
      }
      expect((await owner.dial(ben, target)).codes).toEqual([Protocol.JOIN_ROOM]);
    });

    test('nor is the token of one that is taken, and whoever has it ends nobody by it', async () => {
      const { room } = await arenaAt(ben, ann);
      const thief = await newPlayer();
      const token = room.reconnectionToken.split(':')[1];
      for (const host of all) {
        const failure = await rejection(thief.at(host).reconnect(room.reconnectionToken));
        expect(failure.code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
        const target = `/${ben.processId}/${room.roomId}?sessionId=${room.sessionId}&reconnectionToken=${token}`;
        expect(await thief.dial(host, target)).toMatchObject({ codes: [Protocol.ERROR], code: CloseCode.FAILED_TO_RECONNECT });
      }
      expect((await whereabouts(room)).host).toBe(String(ben.steamId));
      expect(await ben.seat(room.sessionId)).toEqual(['joined']);
    });

    test('nor the token of one that waits for its player', async () => {
      const { player, room } = await arenaAt(ben, ann);
      const thief = await newPlayer();
      room.reconnection.enabled = false;
      await ben.tell('cut', room.sessionId);
      await untilSeat(ben, room, 'dropped');
      for (const host of all) {
        const failure = await rejection(thief.at(host).reconnect(room.reconnectionToken));
        expect(failure.code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
      }
      const back = await player.at(cat).reconnect(room.reconnectionToken);
      expect(back.sessionId).toBe(room.sessionId);
    });
  });

  describe('who may come in is for each host to say', () => {
    test('whom he banned is told so, wherever he asked, and plays on with the others', async () => {
      const { player, room } = await arenaAt(ben, ann);
      const elsewhere = await arenaAt(cat);
      await cat.tell('ban', String(player.steamId), 'no cheats');
      const failure = await rejection(player.at(ann).joinById(elsewhere.room.roomId));
      expect(steamErrorCode(failure)).toBe('denied');
      expect(failure.message).toContain('no cheats');
      expect((await whereabouts(room)).host).toBe(String(ben.steamId));
      await cat.tell('unban', String(player.steamId));
      const joined = await player.at(ann).joinById(elsewhere.room.roomId);
      expect((await whereabouts(joined)).host).toBe(String(cat.steamId));
    });

    test('his onSessionRequest is asked about a player whom another host sends', async () => {
      const { room } = await arenaAt(ben);
      const player = await newPlayer();
      await ben.tell('refuse', String(player.steamId), 'members only');
      const failure = await rejection(player.at(ann).joinById(room.roomId));
      expect(steamErrorCode(failure)).toBe('denied');
      expect(failure.message).toContain('members only');
      await ben.tell('refuse', String(player.steamId), undefined);
    });
  });

  test('seats that a QueueRoom gives away are found, in a room of another host', async () => {
    await ann.tell('place', 'arena', cat.processId);
    const seats = await Promise.all(
      [1, 2].map(async () => {
        const player = await newPlayer();
        const client = player.at(ann);
        const queue = await client.joinOrCreate('queue', { rank: 1 });
        queue.onMessage('clients', () => undefined);
        const [seat] = await once<[never]>((cb) => queue.onMessage('seat', cb));
        queue.send('confirm');
        return { player, room: await client.consumeSeatReservation(seat) };
      }),
    );
    for (const { player, room } of seats) {
      expect(await whereabouts(room)).toEqual({ host: String(cat.steamId), you: String(player.steamId) });
    }
    await ann.tell('place', 'arena', ann.processId);
  });

  // The last, as it costs a host.
  test('a host who dies takes his own players and rooms with him, and nobody else', async () => {
    const doomed = await arenaAt(cat, ann, 'pit');
    const spared = await arenaAt(ben, cat);
    expect(await roomsOf(ann, 'pit')).toEqual([doomed.room.roomId]);
    const dropped = once<[number, string?]>((cb) => doomed.room.onDrop(cb));
    const left = once<[number, string?]>((cb) => doomed.room.onLeave(cb));
    await cat.kill();
    const stranger = (await newPlayer()).at(cat);
    const gone = rejection(stranger.joinOrCreate('arena'));

    // Whoever has a token of a seat there is told that nobody answers for it: he may try again.
    expect((await rejection(doomed.player.at(ann).reconnect(doomed.room.reconnectionToken))).code).toBe(503);

    // Players of other hosts do not notice, nor need they the dead one to come back, though it was him whom they had asked first.
    expect((await whereabouts(spared.room)).host).toBe(String(ben.steamId));
    const back = once<[]>((cb) => spared.room.onReconnect(cb));
    await ben.tell('cut', spared.room.sessionId);
    await back;
    expect(await ben.seat(spared.room.sessionId)).toEqual(['joined', 'dropped', 'back']);

    // The list still has his room. Whoever gets a seat there finds out, and is given one of a host who is there, in the same join.
    expect(await roomsOf(ann, 'pit')).toEqual([doomed.room.roomId]);
    const joined = await doomed.player.at(ann).joinOrCreate('pit');
    expect((await whereabouts(joined)).host).toBe(String(ann.steamId));
    for (const host of [ann, ben]) expect(await roomsOf(host, 'pit')).toEqual([joined.roomId]);
    const lost = await rejection(doomed.player.at(ben).joinById(doomed.room.roomId));
    expect(lost.code).toBe(ErrorCode.MATCHMAKE_INVALID_ROOM_ID);

    // His players are told, and why; and so is who asks him.
    expect(await dropped).toEqual([CloseCode.ABNORMAL_CLOSURE, expect.stringContaining('deadAfterMs')]);
    expect((await left)[0]).toBe(CloseCode.FAILED_TO_RECONNECT);
    expect(steamErrorCode(await gone)).toBe('timed-out');

    // He starts anew, and is one of them again.
    cat = await start(STEAM_IDS[2]);
    const again = await arenaAt(cat, ben);
    expect((await whereabouts(again.room)).host).toBe(String(cat.steamId));
  });
});

function untilSeat(host: ClusterHost, room: Room, what: string): Promise<void> {
  return eventually(async () => (await host.seat(room.sessionId)).at(-1) === what, `seat ${room.sessionId} ${what}`);
}

async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await pause(10);
  }
}
