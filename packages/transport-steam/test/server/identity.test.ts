import { type Client, ClientState, ErrorCode, matchMaker, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { describe, expect, jest, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import type { RequestResult, SteamRequest } from '../../src/index.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

const Empty = schema({ n: t.uint8().default(0) }, 'Empty');

class VaultRoom extends Room<{ state: InstanceType<typeof Empty> }> {
  static latest: VaultRoom;
  override state = new Empty();
  override seatReservationTimeout = 1;
  readonly ended: (number | undefined)[] = [];

  override onCreate(): void {
    VaultRoom.latest = this;
    this.onMessage('ping', (client: Client) => client.send('pong'));
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.ended.push(code);
    await this.allowReconnection(client, 2);
  }
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const JSON_HEADERS: SteamRequest['headers'] = [['content-type', 'application/json']];

async function ask(player: SteamSDK, host: bigint, request: Partial<SteamRequest>): Promise<RequestResult & { text: string }> {
  const { endpoint } = player;
  endpoint.acquire();
  try {
    const whole = { method: 'POST', path: '/', headers: JSON_HEADERS, body: new Uint8Array(), ...request };
    const result = await endpoint.request(host, whole);
    return { ...result, text: new TextDecoder().decode(result.body) };
  } finally {
    endpoint.release();
  }
}

async function seated(player: SteamSDK) {
  const room = await player.joinOrCreate('vault', {}, Empty);
  await until(() => VaultRoom.latest.clients[0]?.state === ClientState.JOINED, 'joined');
  const [roomId, token] = room.reconnectionToken.split(':') as [string, string];
  return { room, roomId, token };
}

describe('a stolen session id', () => {
  test('of a seat that its owner has not taken yet: it stays his', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('vault', VaultRoom);
      const owner = arena.player();
      const { data: seat } = await owner.http.post('/matchmake/create/vault', { body: {} });
      const { endpoint } = arena.player();
      endpoint.acquire();
      const target = `/${seat.processId}/${seat.roomId}?sessionId=${seat.sessionId}`;
      const codes: (number | undefined)[] = [];
      await once<[number]>((cb) => {
        endpoint.connect(arena.host.steamId, target, { onMessage: (frame) => codes.push(frame[0]), onClose: (end) => cb(end) });
      });
      endpoint.release();
      expect(VaultRoom.latest.clients).toHaveLength(0);
      const room = await owner.consumeSeatReservation(seat, Empty);
      expect(room.sessionId).toBe(seat.sessionId);
      await room.leave();
    });
  });

  test('of a player who plays: nothing happens to him', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('vault', VaultRoom);
      const { room, roomId } = await seated(arena.player());
      const { endpoint } = arena.player();
      endpoint.acquire();
      const target = `/${matchMaker.processId}/${roomId}?sessionId=${room.sessionId}`;
      await once<[number]>((cb) => {
        endpoint.connect(arena.host.steamId, target, { onMessage: () => undefined, onClose: (end) => cb(end) });
      });
      endpoint.release();
      expect(room.connection.isOpen).toBe(true);
      expect(VaultRoom.latest.ended).toEqual([]);
      await room.leave();
    });
  });
});

describe('a stolen reconnection token', () => {
  // Core ends the link of the player who has the seat before it answers, whoever asks: the answer was no, and the player was out all
  // the same. The test of a stolen token had a player who had lost his link already.
  const paths: [string, (roomId: string, token: string) => Partial<SteamRequest>][] = [
    [
      'as the SDK asks',
      (roomId, token) => ({ path: `/matchmake/reconnect/${roomId}`, body: json({ reconnectionToken: token }) }),
    ],
    [
      'by another way to the same route',
      (roomId, token) => ({ path: `/x/../matchmake/./reconnect/${roomId}?a=b`, body: json({ reconnectionToken: token }) }),
    ],
    [
      'with letters escaped',
      (roomId, token) => ({ path: `/%6datchmake/reconn%65ct/${roomId}`, body: json({ reconnectionToken: token }) }),
    ],
    [
      'with a slash more',
      (roomId, token) => ({ path: `/matchmake/reconnect/${roomId}/`, body: json({ reconnectionToken: token }) }),
    ],
    [
      'with slashes more',
      (roomId, token) => ({ path: `//matchmake//reconnect//${roomId}`, body: json({ reconnectionToken: token }) }),
    ],
    [
      'as a form',
      (roomId, token) => ({
        path: `/matchmake/reconnect/${roomId}`,
        headers: [['content-type', 'application/x-www-form-urlencoded']],
        body: new TextEncoder().encode(`reconnectionToken=${token}`),
      }),
    ],
    [
      'as a form that reads as JSON, too',
      (roomId, token) => ({
        path: `/matchmake/reconnect/${roomId}`,
        headers: [['Content-Type', 'application/x-www-form-urlencoded']],
        body: json({ reconnectionToken: `x&reconnectionToken=${token}&` }),
      }),
    ],
    [
      'with two types',
      (roomId, token) => ({
        path: `/matchmake/reconnect/${roomId}`,
        headers: [...JSON_HEADERS, ['content-type', 'application/x-www-form-urlencoded']],
        body: new TextEncoder().encode(`reconnectionToken=${token}`),
      }),
    ],
  ];

  test.each(paths)('%s: the one who has the seat stays in it', async (_how, request) => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('vault', VaultRoom);
      const { room, roomId, token } = await seated(arena.player());
      const { status } = await ask(arena.player(), arena.host.steamId, request(roomId, token));
      expect(status).toBeGreaterThanOrEqual(400);
      await pause(30);
      expect(room.connection.isOpen).toBe(true);
      expect(VaultRoom.latest.ended).toEqual([]);
      const pong = once((cb) => room.onMessage('pong', cb));
      room.send('ping');
      await pong;
      await room.leave();
    });
  });

  test('is refused in the words for one that does not exist', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('vault', VaultRoom);
      const { room, roomId, token } = await seated(arena.player());
      const thief = arena.player();
      const path = `/matchmake/reconnect/${roomId}`;
      const stolen = await ask(thief, arena.host.steamId, { path, body: json({ reconnectionToken: token }) });
      const invented = await ask(thief, arena.host.steamId, { path, body: json({ reconnectionToken: 'invented' }) });
      expect(stolen.status).toBe(ErrorCode.MATCHMAKE_EXPIRED);
      expect(invented.status).toBe(stolen.status);
      expect(JSON.parse(stolen.text).error).toBe(JSON.parse(invented.text).error);
      await room.leave();
    });
  });

  test('its owner comes back with it, also while the host takes his former link for alive', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('vault', VaultRoom);
      const owner = arena.player();
      const { room } = await seated(owner);
      room.reconnection.enabled = false;
      const back = await owner.reconnect(room.reconnectionToken, Empty);
      expect(back.sessionId).toBe(room.sessionId);
      await back.leave();
    });
  });
});

describe('a forged x-steam-id', () => {
  test('does not make another one of who asks, however it is written', async () => {
    await withSteamWorld({}, async (world, arena) => {
      const seen: unknown[] = [];
      class Guarded extends VaultRoom {
        static override async onAuth(
          _token: string,
          _options: unknown,
          context: { headers: Headers; ip: unknown },
        ): Promise<boolean> {
          seen.push([context.headers.get('x-steam-id'), context.ip]);
          return true;
        }
      }
      world.define('vault', Guarded as never);
      const player = arena.player();
      const { steamId } = player.endpoint;
      const claims = ['x-steam-id', 'X-Steam-Id', 'X-STEAM-ID', 'x-steam-id'].map(
        (name) => [name, String(arena.host.steamId)] as const,
      );
      const { status } = await ask(player, arena.host.steamId, {
        path: '/matchmake/create/vault',
        headers: [...JSON_HEADERS, ...claims],
        body: json({}),
      });
      expect(status).toBe(200);
      expect(seen).toEqual([[String(steamId), String(steamId)]]);
    });
  });
});
