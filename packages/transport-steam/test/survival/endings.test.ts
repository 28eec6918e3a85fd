import { CloseCode } from '@colyseus/core';
import type { Room as SdkRoom } from '@colyseus/sdk';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import type { LinkConditions } from '../../src/sim.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { TalkRoom, TalkState } from './TalkRoom.ts';
import { within } from './within.ts';

leaveNoTimers();

jest.setTimeout(30_000);

/** What a player at the far end of a bad line has. */
const POOR: LinkConditions = { latencyMs: 60, jitterMs: 20, loss: 0.1, lossBurst: 4 };

/** Said in the turn in which everything ends: what waits in our queue, and in Steam's. */
const LAST_WORDS = 50;

/** From the end to when the last player knows it: some round trips, with packets that are lost again, and patience with the machine. */
const BOUND_MS = 2_500;

// Core keeps the seat of whoever is kicked with another code than 4000, too, and the timer for it.
beforeEach(() => {
  TalkRoom.keepsSeconds = 0.1;
});
afterEach(() => {
  TalkRoom.keepsSeconds = 20;
});

async function enter(player: SteamSDK) {
  const room = await player.joinOrCreate('talk', {}, TalkState);
  await once((cb) => room.onStateChange.once(cb as never));
  return room;
}

/** Resolves to what he heard, and how it ended for him. */
async function endOf(room: SdkRoom): Promise<{ heard: unknown[]; code: number; reason: string | undefined }> {
  const heard: unknown[] = [];
  room.onMessage('said', (number) => heard.push(number));
  room.onMessage('last words', (words) => heard.push(words));
  const [code, reason] = await once<[number, string | undefined]>((cb) => room.onLeave(cb));
  return { heard, code, reason };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('every player gets code and reason, and what was said before, in time:', () => {
  test.each([
    ['server.gracefullyShutdown()', CloseCode.SERVER_SHUTDOWN, (shutdown: () => void) => shutdown()],
    ['room.disconnect()', CloseCode.CONSENTED, () => void TalkRoom.latest.disconnect()],
    ['room.disconnect(4321)', 4_321, () => void TalkRoom.latest.disconnect(4_321)],
  ])('%s', async (how, expected, finish) => {
    await withSteamWorld({ conditions: POOR, seed: 5 }, async (world, arena) => {
      world.define('talk', TalkRoom);
      const rooms = await Promise.all(numbers(4).map(() => enter(arena.player())));
      const ends = Promise.all(rooms.map((room) => endOf(room)));
      const since = performance.now();
      for (let i = 0; i < LAST_WORDS; i++) TalkRoom.latest.say();
      finish(() => void world.server.gracefullyShutdown(false));
      for (const end of await ends) expect(end).toEqual({ heard: numbers(LAST_WORDS), code: expected, reason: '' });
      within(BOUND_MS, performance.now() - since, `${how}: to when all four players know`);
      await until(() => TalkRoom.latest.clients.length === 0, 'an empty room');
    });
  });

  test('client.leave(code, reason): he alone', async () => {
    await withSteamWorld({ conditions: POOR, seed: 6 }, async (world, arena) => {
      world.define('talk', TalkRoom);
      const [kicked, other] = (await Promise.all([enter(arena.player()), enter(arena.player())])) as [SdkRoom, SdkRoom];
      const end = endOf(kicked);
      const since = performance.now();
      kicked.send('leave me', [4_444, 'you cheated, and it is known']);
      expect(await end).toEqual({ heard: ['so be it'], code: 4_444, reason: 'you cheated, and it is known' });
      within(BOUND_MS, performance.now() - since, 'client.leave(code, reason): to when he knows');
      const heard = once((cb) => other.onMessage('said', cb));
      await until(() => TalkRoom.latest.clients.length === 1, 'one is left');
      TalkRoom.latest.say();
      await heard;
      await until(() => TalkRoom.latest.left.length === 1, 'onLeave');
      expect([TalkRoom.latest.dropped, TalkRoom.latest.left]).toEqual([[4_444], [4_444]]);
    });
  });
});

describe('a player who cannot be told holds nobody up:', () => {
  test('a kick frees his seat at once', async () => {
    await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
      world.define('talk', TalkRoom);
      const player = arena.player();
      await enter(player);
      const other = await enter(arena.player());
      arena.steam.unplug(arena.driverOf(player));
      TalkRoom.latest.clients.at(0)?.leave(4_444, 'nobody hears this');
      await until(() => TalkRoom.latest.left.length === 1, 'the seat is free', 300);
      expect(TalkRoom.latest.clients).toHaveLength(1);
      await other.leave();
    });
  });

  test('a shutdown is over at once, and the others are told', async () => {
    await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
      world.define('talk', TalkRoom);
      const [cutOff, ...players] = [arena.player(), arena.player(), arena.player()] as [SteamSDK, ...SteamSDK[]];
      const lost = await enter(cutOff);
      const rooms = await Promise.all(players.map((player) => enter(player)));
      lost.reconnection.enabled = false;
      const lostEnd = endOf(lost);
      const ends = Promise.all(rooms.map((room) => endOf(room)));
      arena.steam.unplug(arena.driverOf(cutOff));
      await pause(50);
      const since = performance.now();
      await world.server.gracefullyShutdown(false);
      within(500, performance.now() - since, 'a shutdown with a player who cannot be told');
      expect((await ends).map(({ code }) => code)).toEqual([CloseCode.SERVER_SHUTDOWN, CloseCode.SERVER_SHUTDOWN]);
      // He finds out by himself: 1.5 s of silence.
      expect((await lostEnd).code).toBe(CloseCode.ABNORMAL_CLOSURE);
      expect(performance.now() - since).toBeLessThan(BOUND_MS);
    });
  });
});
