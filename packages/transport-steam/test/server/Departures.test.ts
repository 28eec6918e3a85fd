import { type Client, ClientState, CloseCode, Room } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { IMPATIENT, type SteamArena } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

// A room that did anything before it allowed the reconnection, asked a database say, had its players refused for good (4003): they were
// back, in a new session, before it had. Core waits for a room that has not heard of the lost link, and here it always has; the rooms of the
// tests allowed the reconnection at once.

let held: PromiseWithResolvers<void>;
beforeEach(() => {
  held = Promise.withResolvers();
});
afterEach(() => held.resolve());

/** Asks a database before it allows the reconnection. */
class Hall extends Room {
  static latest: Hall;
  static keepsSeats = true;
  override autoDispose = false;
  readonly log: string[] = [];

  override onCreate(): void {
    Hall.latest = this;
    this.onMessage('*', () => undefined);
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.log.push(`drop ${code}`);
    await held.promise;
    if (Hall.keepsSeats) await this.allowReconnection(client, 20);
  }

  override onReconnect(): void {
    this.log.push('back');
  }

  override onLeave(_client: Client, code?: number): void {
    this.log.push(`leave ${code}`);
  }
}

type Player = { sdk: SteamSDK; room: Awaited<ReturnType<SteamSDK['joinOrCreate']>> };

async function inHall(play: (arena: SteamArena, player: Player) => Promise<void>): Promise<void> {
  await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
    Hall.keepsSeats = true;
    world.define('hall', Hall);
    const sdk = arena.player();
    const room = await sdk.joinOrCreate('hall');
    room.reconnection.minUptime = 0;
    await until(() => Hall.latest.clients.getById(room.sessionId)?.state === ClientState.JOINED, 'joined');
    await play(arena, { sdk, room });
  });
}

const dropped = () => until(() => Hall.latest.log.length > 0, 'dropped');

const losses: Record<string, (arena: SteamArena, player: Player) => Promise<void>> = {
  'Steam restarts on him': async ({ steam, driverOf }, { sdk }) => {
    steam.loseSteam(driverOf(sdk));
    await pause(50);
    steam.restoreSteam(driverOf(sdk));
  },
  'his network changes, and his SDK dials anew': async (_arena, { room }) => {
    room.connection.close(CloseCode.MAY_TRY_RECONNECT);
  },
};

describe('who comes back while onDrop still runs', () => {
  test.each(Object.entries(losses))('waits, and is back: %s', async (_, lose) => {
    await inHall(async (arena, player) => {
      const told: string[] = [];
      player.room.onReconnect(() => told.push('back'));
      player.room.onLeave((code) => told.push(`left ${code}`));
      await lose(arena, player);
      await dropped();
      await pause(700); // his SDK has tried meanwhile: it waits for 0.2 and 0.4 s
      expect(told).toEqual([]);
      held.resolve();
      await until(() => told.length > 0, 'told');
      expect(told).toEqual(['back']);
      await until(() => Hall.latest.log.length > 1, 'the room has him back');
      expect(Hall.latest.log).toEqual([expect.stringMatching(/^drop/), 'back']);
    });
  });

  test('on a link that is lost meanwhile, does not lose his seat to that: the next link has it', async () => {
    await inHall(async (_, { room }) => {
      const told: string[] = [];
      room.onReconnect(() => told.push('back'));
      room.onLeave((code) => told.push(`left ${code}`));
      for (let link = 0; link < 2; link++) {
        room.connection.close(CloseCode.MAY_TRY_RECONNECT);
        await pause(2 ** link * 200 + 200); // his next link waits
      }
      held.resolve();
      await until(() => told.length > 0, 'told');
      expect(told).toEqual(['back']);
      await until(() => Hall.latest.log.length > 1, 'the room has him back');
      expect(Hall.latest.log).toEqual([`drop ${CloseCode.MAY_TRY_RECONNECT}`, 'back']);
    });
  });

  test('in another process, with his token', async () => {
    await inHall(async ({ steam, host, driverOf }, { sdk, room }) => {
      const { reconnectionToken } = room;
      const { steamId } = driverOf(sdk);
      steam.kill(steamId);
      const next = new SteamSDK(`steam://${host.steamId}`, { driver: steam.user({ steamId }), ...IMPATIENT });
      const coming = next.reconnect(reconnectionToken);
      await dropped();
      await pause(100);
      held.resolve();
      expect((await coming).sessionId).toBe(room.sessionId);
      next.close();
    });
  });

  test('with his token, though his link still lives: it gives way', async () => {
    await inHall(async (_, { sdk, room }) => {
      const left = once<[number]>((cb) => room.onLeave(cb as never));
      const coming = sdk.reconnect(room.reconnectionToken);
      await dropped();
      held.resolve();
      expect((await coming).sessionId).toBe(room.sessionId);
      expect((await left)[0]).toBe(CloseCode.WITH_ERROR);
      expect(Hall.latest.log).toEqual([`drop ${CloseCode.ABNORMAL_CLOSURE}`, 'back']);
    });
  });

  test('and holds no seat in the end, is refused then, and not before', async () => {
    await inHall(async (_, { sdk, room }) => {
      Hall.keepsSeats = false;
      room.reconnection.enabled = false;
      const { reconnectionToken } = room;
      room.connection.close();
      await dropped();
      const refused = rejection(sdk.reconnect(reconnectionToken));
      await pause(100);
      held.resolve();
      expect((await refused).message).toBe('reconnection token invalid or expired.');
      expect(Hall.latest.log.slice(1)).toEqual([`leave ${CloseCode.NO_STATUS_RECEIVED}`]);
    });
  });

  test('with the token of another one, is refused at once', async () => {
    await inHall(async (arena, { room }) => {
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      await dropped();
      const since = performance.now();
      const thief = arena.player();
      expect((await rejection(thief.reconnect(room.reconnectionToken))).message).toBe('reconnection token invalid or expired.');
      expect(performance.now() - since).toBeLessThan(1_000);
      expect(Hall.latest.hasReservedSeat(room.sessionId, room.reconnectionToken.split(':')[1])).toBe(false);
      const back = once((cb) => room.onReconnect(cb));
      held.resolve();
      await back;
    });
  });

  test('for longer than a seat is kept, is told to try again', async () => {
    await inHall(async (_, { room }) => {
      Hall.latest.seatReservationTimeout = 0.3;
      const told: number[] = [];
      room.onDrop((code) => told.push(code));
      room.onLeave((code) => told.push(code));
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      await until(() => told.length > 1, 'told again');
      expect(told).toEqual([CloseCode.MAY_TRY_RECONNECT, CloseCode.MAY_TRY_RECONNECT]);
      const back = once((cb) => room.onReconnect(cb));
      held.resolve();
      await back;
    });
  });
});
