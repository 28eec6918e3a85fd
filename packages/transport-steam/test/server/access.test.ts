import { matchMaker, Room } from '@colyseus/core';
import { describe, expect, jest, test } from '@jest/globals';
import { type SteamSDK, steamErrorCode } from '../../src/client.ts';
import { type Access, type AccessContext, access } from '../../src/index.ts';
import { rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME, withLobbyWorld } from '../helpers/lobbyWorld.ts';
import type { HostOptions } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(40_000);

class OpenRoom extends Room {
  override autoDispose = false;
}

async function makeRoom(): Promise<string> {
  return (await matchMaker.createRoom('open', {})).roomId;
}

/** How a join ends: `joined`, or the code and the reason that the player sees. */
async function outcome(player: SteamSDK): Promise<string> {
  try {
    const room = await player.joinOrCreate('open');
    await room.leave();
    return 'joined';
  } catch (error) {
    return `${steamErrorCode(error)}: ${(error as Error).message}`;
  }
}

describe('presets', () => {
  const context = (standing: AccessContext['standing'], lobby?: object) => ({ standing, lobby }) as AccessContext;
  const stranger = context(() => 'stranger');

  test('anyone, nobody', () => {
    expect(access.anyone(1n, stranger)).toBe(true);
    expect(access.nobody()(1n, stranger)).toBe(false);
    expect(access.nobody('back at noon')(1n, stranger)).toBe('back at noon');
    expect(() => access.nobody(1 as never)).toThrow(/access\.nobody\(reason\) takes a string, not 1/);
  });

  test('a list: a set and a function as they are when asked, others as they were', () => {
    const reason = 'you are not on the list of this host';
    const [ann, bob] = [76561198000000001n, 76561198000000002n];
    const set = new Set([ann]);
    const array = [ann];
    let ids: Iterable<bigint> = [ann];
    const rules = [access.list(set), access.list(array), access.list(() => ids), access.list(set.values())];
    expect(rules.map((rule) => rule(ann, stranger))).toEqual([true, true, true, true]);
    expect(rules.map((rule) => rule(bob, stranger))).toEqual([reason, reason, reason, reason]);
    set.add(bob);
    array.push(bob);
    ids = new Set([bob]);
    expect(rules.map((rule) => rule(bob, stranger))).toEqual([true, reason, true, reason]);
    expect(() => access.list(['1'] as never)).toThrow(/access\.list\(ids\): steamId is 1 \(string\), but must be a bigint/);
    expect(() => access.list([109775240917155841n])).toThrow(/access\.list\(ids\): steamId .* is not that of a person/);
    expect(() => access.list(1n as never)).toThrow(/access\.list\(ids\) takes SteamIDs/);
  });

  test('the lobby: with the grace that is asked for, at once when it can be told', async () => {
    const graces: unknown[] = [];
    const later = context(async (graceMs) => {
      graces.push(graceMs);
      return 'member' as const;
    });
    expect(await access.lobby()(1n, later)).toBe(true);
    expect(await access.lobby({ graceMs: 10 })(1n, later)).toBe(true);
    expect(() => access.lobby(3_000 as never)).toThrow(/access\.lobby\(options\) takes \{ graceMs \}, not 3000/);
    expect(() => access.lobby({ grace: 3_000 } as never)).toThrow(/unknown option grace; access\.lobby\(\) has graceMs only/);
    expect(graces).toEqual([3_000, 10]);
    expect(
      access.lobby()(
        1n,
        context(() => 'member'),
      ),
    ).toBe(true);
    expect(
      access.lobby()(
        1n,
        context(() => 'unknown', {}),
      ),
    ).toBe(false);
    expect(
      access.lobby()(
        1n,
        context(() => 'stranger', {}),
      ),
    ).toBe('join the lobby of this game first');
    expect(access.lobby()(1n, stranger)).toBe('this host has no open lobby');
    expect(() => access.lobby({ graceMs: -1 })).toThrow(/graceMs.* must be from 0 to 60000, not -1/);
    expect(() => access.lobby({ graceMs: 'long' as never })).toThrow(RangeError);
  });
});

describe('who comes in', () => {
  const withHost = (host: HostOptions, play: Parameters<typeof withSteamWorld>[1]) =>
    withSteamWorld({ host }, async (world, arena) => {
      world.define('open', OpenRoom);
      await play(world, arena);
    });

  test('everybody, where there is no lobby', async () => {
    await withHost({}, async (_world, arena) => expect(await outcome(arena.player())).toBe('joined'));
  });

  test('nobody, and he is told why', async () => {
    const host = { onSessionRequest: access.nobody('back at noon') };
    await withHost(host, async (_world, arena) => expect(await outcome(arena.player())).toMatch(/^denied: .*back at noon/));
  });

  test('who is on the list; and presets in a function of the game', async () => {
    const listed = new Set<bigint>();
    const friends = access.list(listed);
    const onSessionRequest: Access = async (steamId, context) => {
      expect(context.lobby).toBeUndefined();
      expect(await context.isMember()).toBe(false);
      return (await friends(steamId, context)) === true || 'friends of the house only';
    };
    await withHost({ onSessionRequest }, async (_world, arena) => {
      expect(await outcome(arena.player())).toMatch(/^denied: .*friends of the house only/);
      const friend = arena.player();
      listed.add(friend.endpoint.steamId);
      expect(await outcome(friend)).toBe('joined');
    });
  });

  test('who joins before the host sees him in the lobby: he waits for that, and gets in', async () => {
    // The host hears of a member this much later.
    await withLobbyWorld({ steam: { lobbyUpdateMs: 700 } }, async ({ world, open, player, enter }) => {
      world.define('open', OpenRoom);
      await makeRoom();
      const lobby = await open();
      const early = player();
      await enter(early, lobby.id as bigint);
      expect(lobby.has(early.endpoint.steamId)).toBe(false);
      expect(await outcome(early)).toBe('joined');
      expect(lobby.has(early.endpoint.steamId)).toBe(true);
    });
  });

  test('a stranger who joins the lobby after he was refused', async () => {
    const host = { lobby: { game: GAME }, onSessionRequest: access.lobby({ graceMs: 200 }) };
    await withLobbyWorld({ host }, async ({ world, open, player, enter }) => {
      world.define('open', OpenRoom);
      await makeRoom();
      const { id } = await open();
      const late = player();
      expect(await outcome(late)).toMatch(/^denied: .*join the lobby of this game first/);
      await enter(late, id as bigint);
      expect(await outcome(late)).toBe('joined');
    });
  });

  test('while the lobby is made anew: who was in the one before, and no stranger', async () => {
    const host = { lobby: { game: GAME }, onSessionRequest: access.lobby({ graceMs: 300 }) };
    await withLobbyWorld({ host, steam: { lobbyCallMs: 500 } }, async ({ world, arena, steam, open, player, enter }) => {
      world.define('open', OpenRoom);
      await makeRoom();
      const lobby = await open();
      const member = player();
      const entered = await enter(member, lobby.id as bigint);
      await until(() => lobby.has(member.endpoint.steamId), 'seen');
      steam.lobbies.drop(arena.host);
      await until(() => lobby.state === 'healing', 'noticed');
      expect(await outcome(member)).toBe('joined');
      expect(await outcome(player())).toMatch(/^denied: .*join the lobby of this game first/);
      entered.leave();
    });
  });

  test('a player whose link was lost, though Steam shows him in no lobby any more', async () => {
    class HeldRoom extends OpenRoom {
      override async onDrop(client: Parameters<Room['allowReconnection']>[0]): Promise<void> {
        await this.allowReconnection(client, 10);
      }
    }
    const host = { lobby: { game: GAME }, onSessionRequest: access.lobby({ graceMs: 200 }) };
    await withLobbyWorld({ host }, async ({ world, arena, steam, open, player, enter }) => {
      world.define('open', HeldRoom);
      const roomId = await makeRoom();
      const { id } = await open();
      const unlucky = player();
      await enter(unlucky, id as bigint);
      const room = await unlucky.joinById(roomId);
      room.reconnection.minUptime = 0;
      const held = matchMaker.getLocalRoomById(roomId);
      await until(() => held.clients.length === 1, 'joined');
      steam.lobbies.drop(arena.driverOf(unlucky));
      await until(() => arena.transport.lobby?.has(unlucky.endpoint.steamId) === false, 'out of the lobby');
      arena.cut(room, held.clients[0] as never);
      await until(() => held.clients.length === 0, 'dropped');
      await until(() => held.clients.length === 1, 'back');
      await room.leave();
    });
  });

  // Whoever had been in the lobby stayed a member without it: any connection that he ended counted for a player's that was lost.
  test('not one who has left it, and had a link that was in no room', async () => {
    const host = { lobby: { game: GAME }, onSessionRequest: access.lobby({ graceMs: 200 }) };
    await withLobbyWorld({ host }, async ({ world, arena, open, player, enter }) => {
      world.define('open', OpenRoom);
      await makeRoom();
      const { id } = await open();
      const former = player();
      const { endpoint } = former;
      const entered = await enter(former, id as bigint);
      endpoint.acquire();
      for (const target of ['/', '/process/room?sessionId=none', '/process?sessionId=none']) {
        let isOver = false;
        const events = { onMessage: () => connection.close(1005), onClose: () => (isOver = true) };
        const connection = endpoint.connect(arena.host.steamId, target, { ...events, onOpen: () => connection.close(1005) });
        await until(() => isOver, 'it is over');
      }
      entered.leave();
      endpoint.release();
      await until(() => arena.transport.lobby?.has(endpoint.steamId) === false, 'out of the lobby');
      expect(await outcome(former)).toMatch(/^denied: .*join the lobby of this game first/);
    });
  });
});

test('a rule that fails is a no, and the host goes on', async () => {
  const onSessionRequest: Access = async () => {
    throw new Error('the database is down');
  };
  await withSteamWorld({ host: { onSessionRequest }, options: { connectTimeoutMs: 1_000 } }, async (world, arena) => {
    world.define('open', OpenRoom);
    const error = await rejection(arena.player().joinOrCreate('open'));
    expect(steamErrorCode(error)).toBe('timed-out');
  });
});
