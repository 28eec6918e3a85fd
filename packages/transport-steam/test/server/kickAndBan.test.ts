import { type Client, ClientState, CloseCode, ErrorCode, matchMaker, Room } from '@colyseus/core';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type SteamSDK, steamErrorCode } from '../../src/client.ts';
import { RemovalCode, steamIdOf } from '../../src/index.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME, withLobbyWorld } from '../helpers/lobbyWorld.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

class HallRoom extends Room {
  static latest: HallRoom;
  override autoDispose = false;
  readonly ended: string[] = [];

  override onCreate(): void {
    HallRoom.latest = this;
    this.onMessage('*', () => undefined);
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.ended.push(`drop ${code}`);
    await this.allowReconnection(client, 1);
  }

  override onLeave(_client: Client, code?: number): void {
    this.ended.push(`leave ${code}`);
  }
}

/** Holds the seat of whoever leaves, why ever he does. */
class StubbornRoom extends HallRoom {
  override async onLeave(client: Client, code?: number): Promise<void> {
    super.onLeave(client, code);
    await this.allowReconnection(client, 1).catch(() => undefined);
  }
}

beforeEach(() => {
  HallRoom.latest = undefined as never;
});

async function joined(player: SteamSDK, name = 'hall') {
  const room = await player.joinOrCreate(name);
  room.reconnection.minUptime = 0;
  const left = once<[number, string]>((cb) => room.onLeave(cb as never));
  const find = () => HallRoom.latest.clients.find(({ sessionId }) => sessionId === room.sessionId);
  await until(() => find()?.state === ClientState.JOINED, 'joined');
  const client = find() as Client;
  return { room, left, client };
}

describe('kick', () => {
  test('the player hears code and reason, after what was sent before; no seat is held; he may join anew', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('hall', HallRoom);
      const player = arena.player();
      const { room, left, client } = await joined(player);
      const words: unknown[] = [];
      room.onMessage('word', (word: unknown) => words.push(word));
      const drops: unknown[] = [];
      room.onDrop(() => drops.push('drop'));
      const { reconnectionToken } = room;
      for (let i = 0; i < 3; i++) client.send('word', i);
      arena.transport.kick(client, 'no shouting');
      expect(await left).toEqual([RemovalCode.Kicked, 'no shouting']);
      expect(words).toEqual([0, 1, 2]);
      expect(drops).toEqual([]);
      await until(() => HallRoom.latest.clients.length === 0, 'out of the room');
      expect(HallRoom.latest.ended).toEqual([`leave ${CloseCode.CONSENTED}`]);
      expect((await rejection(player.reconnect(reconnectionToken))).code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
      const again = await joined(player);
      expect(again.room.roomId).toBe(room.roomId);
      await again.room.leave();
    });
  });

  test('only out of that room', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('hall', HallRoom);
      const player = arena.player();
      const first = await joined(player);
      const second = await player.create('hall');
      arena.transport.kick(first.client);
      expect(await first.left).toEqual([RemovalCode.Kicked, 'the host sent you away']);
      expect(second.connection.isOpen).toBe(true);
      await second.leave();
    });
  });

  test('a seat that the game holds for him all the same is not his to take, by whatever way', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('stubborn', StubbornRoom);
      const player = arena.player();
      const { room, left, client } = await joined(player, 'stubborn');
      const { reconnectionToken, sessionId, roomId } = room;
      arena.transport.kick(client);
      await left;
      expect((await rejection(player.reconnect(reconnectionToken))).code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
      const token = reconnectionToken.split(':')[1];
      const target = `/${matchMaker.processId}/${roomId}?sessionId=${sessionId}&reconnectionToken=${token}`;
      const { endpoint } = player;
      const [code] = await once<[number]>((cb) => {
        endpoint.connect(arena.host.steamId, target, { onMessage: () => undefined, onClose: (end) => cb(end) });
      });
      expect(code).toBe(CloseCode.FAILED_TO_RECONNECT);
      expect(HallRoom.latest.clients).toHaveLength(0);
      // The game's own time for it is over.
      await until(() => HallRoom.latest.hasReservedSeat(sessionId, token) === false, 'no seat is held', 3_000);
    });
  });

  test('a player who is away, with a seat held for him, does not come back', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('hall', HallRoom);
      const player = arena.player();
      const { room, client } = await joined(player);
      room.reconnection.enabled = false;
      const { reconnectionToken } = room;
      room.connection.close();
      await until(() => HallRoom.latest.ended.length === 1, 'dropped');
      expect(HallRoom.latest.hasReservedSeat(room.sessionId, reconnectionToken.split(':')[1])).toBe(true);
      arena.transport.kick(client);
      expect((await rejection(player.reconnect(reconnectionToken))).code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
      await pause(1_100);
    });
  });

  test('in onJoin: he is out before he is in', async () => {
    await withSteamWorld({}, async (world, arena) => {
      class Unfriendly extends HallRoom {
        override async onJoin(client: Client): Promise<void> {
          arena.transport.kick(client, 'not you');
          await pause(20);
        }
      }
      world.define('hall', Unfriendly);
      await rejection(arena.player().joinOrCreate('hall'));
      await until(() => HallRoom.latest.clients.length === 0, 'nobody there');
      const isFree = async () => (await matchMaker.query({ name: 'hall' }))[0]?.clients === 0;
      while (!(await isFree())) await pause(5);
    });
  });

  test('says what is wrong', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('hall', HallRoom);
      const { transport } = arena;
      const { client, room } = await joined(arena.player());
      expect(() => transport.kick(undefined as never)).toThrow(/kick\(\) needs a client of this transport, not undefined/);
      expect(() => transport.kick({ ref: {} } as Client)).toThrow(TypeError);
      expect(() => transport.kick(client, 7 as never)).toThrow(/reason .* must be a string, not 7/);
      expect(room.connection.isOpen).toBe(true);
      await room.leave();
    });
  });
});

describe('ban', () => {
  test('out of all rooms with the reason, and refused with it from then on, until the host lifts it', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('hall', HallRoom);
      const player = arena.player();
      const { left, client } = await joined(player);
      const second = await player.create('hall');
      const secondLeft = once<[number, string]>((cb) => second.onLeave(cb as never));
      const bystander = await arena.player().create('hall');
      const steamId = steamIdOf(client) as bigint;
      arena.transport.ban(client, 'cheating');
      expect(await left).toEqual([RemovalCode.Banned, 'cheating']);
      expect(await secondLeft).toEqual([RemovalCode.Banned, 'cheating']);
      expect([...arena.transport.bans]).toEqual([[steamId, 'cheating']]);
      await until(() => player.endpoint.stats().length === 0, 'his session is over');
      const refused = await rejection(player.joinOrCreate('hall'));
      expect(steamErrorCode(refused)).toBe('denied');
      expect(refused.message).toContain('cheating');
      expect(bystander.connection.isOpen).toBe(true);

      expect(arena.transport.unban(steamId)).toBe(true);
      expect(arena.transport.unban(steamId)).toBe(false);
      const back = await player.joinOrCreate('hall');
      await back.leave();
      await bystander.leave();
    });
  });

  test('no game holds a seat for him', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('hall', HallRoom);
      const { room, left, client } = await joined(arena.player());
      arena.transport.ban(client);
      expect(await left).toEqual([RemovalCode.Banned, 'you are banned']);
      await until(() => HallRoom.latest.ended.length === 1, 'out');
      expect(HallRoom.latest.ended).toEqual([`leave ${CloseCode.CONSENTED}`]);
      expect(HallRoom.latest.hasReservedSeat(room.sessionId, room.reconnectionToken.split(':')[1])).toBe(false);
    });
  });

  test('from the beginning, by the option; whatever the rule says, and before it is asked', async () => {
    const asked: bigint[] = [];
    const bans = new Map<bigint, string>();
    const onSessionRequest = (steamId: bigint) => {
      asked.push(steamId);
      return true;
    };
    // SteamIDs are given in order: the host has the first.
    bans.set(76561197960265730n, 'last season');
    await withSteamWorld({ host: { bans, onSessionRequest } }, async (world, arena) => {
      world.define('hall', HallRoom);
      const banned = arena.player();
      const refused = await rejection(banned.joinOrCreate('hall'));
      expect(refused.message).toContain('last season');
      expect(asked).toEqual([]);
      const other = arena.player();
      const room = await other.joinOrCreate('hall');
      expect(asked).toEqual([other.endpoint.steamId]);
      bans.clear();
      expect(arena.transport.bans.size).toBe(1);
      (arena.transport.bans as Map<bigint, string>).clear();
      expect(arena.transport.bans.size).toBe(1);
      await room.leave();
    });
  });

  test('one who is in no room, and what he asks at that moment', async () => {
    let answer = (): void => undefined;
    class SlowRoom extends HallRoom {
      static override async onAuth(): Promise<boolean> {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return true;
      }
    }
    await withSteamWorld({}, async (world, { transport, player }) => {
      world.define('slow', SlowRoom as never);
      const { endpoint } = player();
      endpoint.acquire();
      const headers = [['content-type', 'application/json']] as const;
      const request = { method: 'POST', path: '/matchmake/create/slow', headers, body: new TextEncoder().encode('{}') };
      const refused = rejection(endpoint.request(transport.endpoint.steamId, request));
      const nobody = answer;
      await until(() => answer !== nobody, 'he is asked about');
      transport.ban(endpoint.steamId, 'cheating');
      expect(await refused).toMatchObject({ code: 'denied', message: expect.stringContaining('cheating') });
      await until(() => transport.endpoint.stats().length === 0, 'his session is over', 4_000);
      answer();
      endpoint.release();
    });
  });

  test('a member of the lobby, too', async () => {
    await withLobbyWorld({ host: { lobby: { game: GAME } } }, async ({ world, transport, open, ownPlayer, player, enter }) => {
      world.define('hall', HallRoom);
      const own = await ownPlayer().joinOrCreate('hall');
      const { id } = await open();
      const member = player();
      await enter(member, id as bigint);
      transport.ban(member.endpoint.steamId, 'cheating');
      expect((await rejection(member.joinOrCreate('hall'))).message).toContain('cheating');
      await own.leave();
      await HallRoom.latest.disconnect();
    });
  });

  test('ends with the host: who hosts next has bans of his own', async () => {
    await withSteamWorld({}, async (_world, arena) => {
      const { transport } = arena;
      transport.ban(76561197960265799n, 'cheating');
      expect(transport.endpoint.bans.has(76561197960265799n)).toBe(true);
      transport.shutdown();
      expect(transport.endpoint.bans.size).toBe(0);
      transport.ban(76561197960265798n);
      expect(transport.endpoint.bans.size).toBe(0);
      expect(transport.bans.size).toBe(2);
    });
  });

  test('says what is wrong', async () => {
    await withSteamWorld({}, async (_world, arena) => {
      const { transport, host } = arena;
      expect(() => transport.ban('76561197960265799' as never)).toThrow(TypeError);
      expect(() => transport.ban(5n)).toThrow(/steamId 5n is not that of a person/);
      expect(() => transport.unban('76561198000000009' as never)).toThrow(
        /steamId is 76561198000000009 \(string\), but must be a bigint/,
      );
      expect(() => transport.ban(host.steamId)).toThrow(/the host cannot ban himself/);
      expect(() => transport.ban(76561197960265799n, {} as never)).toThrow(/reason .* must be a string/);
      expect(transport.bans.size).toBe(0);
    });
  });
});
