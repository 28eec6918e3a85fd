import { CloseCode as CoreCloseCode } from '@colyseus/core';
import { CloseCode } from '@colyseus/sdk';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import type { SteamArena } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { TalkRoom } from '../survival/TalkRoom.ts';

leaveNoTimers();

jest.setTimeout(30_000);

/** What `IMPATIENT` takes to notice a lost link, and patience with the machine. */
const NOTICED_MS = 1_500 + 700;

// The SDK says LEAVE_ROOM to a connection, and waits for the host to close it. A connection that was lost instead made it come back, and
// one that was not there heard nothing: `leave()` never resolved, and who had left was in the room again. No test left on a bad line.

// Long enough for the SDK's next attempt, if there were one. Core keeps the timer, whatever becomes of the seat.
beforeEach(() => {
  TalkRoom.keepsSeconds = 2;
});
afterEach(() => {
  TalkRoom.keepsSeconds = 20;
});

type Player = Awaited<ReturnType<SteamSDK['joinOrCreate']>>;

class SlowRoom extends TalkRoom {
  static taken = Promise.withResolvers<void>();
  override async onReconnect(): Promise<void> {
    await SlowRoom.taken.promise;
  }
}

async function inRoom(
  play: (player: Player, arena: SteamArena, sdk: SteamSDK) => Promise<void>,
  Room: typeof TalkRoom = TalkRoom,
): Promise<void> {
  await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
    world.define('talk', Room);
    const sdk = arena.player();
    const room = await sdk.joinOrCreate('talk');
    room.onMessage('*', () => undefined);
    room.reconnection.minUptime = 0;
    await once((cb) => room.onStateChange.once(cb as never));
    await play(room, arena, sdk);
  });
}

/** What the room tells the game of its end, and of a drop. */
function endOf(room: Player): string[] {
  const told: string[] = [];
  room.onDrop((code) => told.push(`drop ${code}`));
  room.onReconnect(() => told.push('back'));
  room.onLeave((code) => told.push(`leave ${code}`));
  return told;
}

const LEFT = [`leave ${CloseCode.CONSENTED}`];

describe('leave() resolves, the room is left once, and nobody comes back:', () => {
  test('when the link is lost before the host can answer', async () => {
    await inRoom(async (room, arena, sdk) => {
      const told = endOf(room);
      arena.steam.unplug(arena.driverOf(sdk));
      const since = performance.now();
      expect(await room.leave()).toBe(CloseCode.CONSENTED);
      expect(performance.now() - since).toBeLessThan(NOTICED_MS);
      arena.steam.plug(arena.driverOf(sdk));
      await until(() => TalkRoom.latest.dropped.length === 1, 'the host notices');
      await pause(500);
      expect(told).toEqual(LEFT);
      expect(TalkRoom.latest.back).toEqual([]);
    });
  });

  test('between two attempts to come back, at once', async () => {
    await inRoom(async (room) => {
      const told = endOf(room);
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      const since = performance.now();
      expect(await room.leave()).toBe(CloseCode.CONSENTED);
      expect(performance.now() - since).toBeLessThan(100);
      expect(room.reconnection.isReconnecting).toBe(false);
      await pause(500);
      expect(told).toEqual([`drop ${CloseCode.MAY_TRY_RECONNECT}`, ...LEFT]);
      expect(TalkRoom.latest.back).toEqual([]);
    });
  });

  test('while the room takes him back: it hears that he has gone, and holds no seat', async () => {
    await inRoom(async (room) => {
      const told = endOf(room);
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      await until(() => TalkRoom.latest.clients.length === 0, 'he is away');
      await until(() => TalkRoom.latest.clients.length === 1, 'he is being taken back');
      expect(await room.leave()).toBe(CloseCode.CONSENTED);
      await pause(50);
      SlowRoom.taken.resolve();
      await until(() => TalkRoom.latest.left.length === 1, 'the room has heard of it');
      expect(told).toEqual([`drop ${CloseCode.MAY_TRY_RECONNECT}`, ...LEFT]);
      expect(TalkRoom.latest.clients).toHaveLength(0);
      expect(TalkRoom.latest.hasReservedSeat(room.sessionId, room.reconnectionToken.split(':')[1])).toBe(false);
    }, SlowRoom);
  });

  test('when the room was over before, at once', async () => {
    await inRoom(async (room) => {
      const left = once<[number]>((cb) => room.onLeave(cb as never));
      TalkRoom.latest.clients[0]?.leave(CoreCloseCode.WITH_ERROR);
      expect((await left)[0]).toBe(CloseCode.WITH_ERROR);
      const since = performance.now();
      expect(await room.leave()).toBe(CloseCode.CONSENTED);
      expect(performance.now() - since).toBeLessThan(100);
    });
  });

  test('and a kick that was faster keeps its code and reason', async () => {
    await inRoom(async (room, arena) => {
      const left = once<[number, string]>((cb) => room.onLeave(cb as never));
      arena.transport.kick(TalkRoom.latest.clients[0] as never, 'out');
      expect(await room.leave()).toBe(4_020);
      expect(await left).toEqual([4_020, 'out']);
    });
  });
});
