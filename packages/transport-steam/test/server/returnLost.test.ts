import { type Client, ClientState, CloseCode, matchMaker, Room } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import type { SteamArena } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

// Who lost his link a second time, while the room was taking him back, was out for good (4003): core gives up a seat whose player is gone
// when `onReconnect` is through, holds none for who has not said that he is in, and had given him a token of which he never heard. No
// test broke a link twice within a round trip.

type Player = Awaited<ReturnType<SteamSDK['joinOrCreate']>>;

let taken: PromiseWithResolvers<void>;
let onTaking: () => void;
beforeEach(() => {
  taken = Promise.withResolvers();
  onTaking = () => undefined;
});
afterEach(() => taken.resolve());

class Hall extends Room {
  static latest: Hall;
  override autoDispose = false;
  readonly log: string[] = [];
  override onCreate(): void {
    Hall.latest = this;
    this.onMessage('say', (_client: Client, text: string) => this.log.push(text));
  }
  override async onDrop(client: Client, code?: number): Promise<void> {
    this.log.push(`drop ${code}`);
    await this.allowReconnection(client, 20);
  }
  override async onReconnect(): Promise<void> {
    this.log.push('taking');
    onTaking();
    await taken.promise;
    this.log.push('taken');
  }
  override onLeave(_client: Client, code?: number): void {
    this.log.push(`leave ${code}`);
  }
}

async function inHall(play: (arena: SteamArena, sdk: SteamSDK, room: Player, told: string[]) => Promise<void>): Promise<void> {
  await withSteamWorld({ conditions: { latencyMs: 10 } }, async (world, arena) => {
    world.define('hall', Hall);
    const sdk = arena.player();
    const room = await sdk.joinOrCreate('hall');
    room.reconnection.minUptime = 0;
    await until(() => Hall.latest.clients.getById(room.sessionId)?.state === ClientState.JOINED, 'joined');
    const told: string[] = [];
    room.onReconnect(() => told.push('back'));
    room.onLeave((code) => told.push(`left ${code}`));
    await play(arena, sdk, room, told);
  });
}

const lose = (room: Player) => room.connection.close(CloseCode.MAY_TRY_RECONNECT);
const taking = (times = 1) =>
  until(() => Hall.latest.log.filter((what) => what === 'taking').length === times, 'he is taken back');
const DROP = `drop ${CloseCode.MAY_TRY_RECONNECT}`;

/** He is in the room, and it hears him. */
async function plays(room: Player): Promise<void> {
  room.send('say', 'here');
  await until(() => Hall.latest.log.at(-1) === 'here', 'he is heard');
}

describe('a link that is lost while the room takes its player back', () => {
  test('in onReconnect: a drop as any other, when that is through; the next link has the seat', async () => {
    await inHall(async (_arena, _sdk, room, told) => {
      lose(room);
      await taking();
      lose(room);
      await pause(500); // his next link waits
      expect(Hall.latest.log).toEqual([DROP, 'taking']);
      taken.resolve();
      await until(() => told.length > 0, 'told');
      await plays(room);
      expect(told).toEqual(['back']);
      expect(Hall.latest.log).toEqual([DROP, 'taking', 'taken', DROP, 'taking', 'taken', 'here']);
    });
  });

  test('because Steam restarts on him', async () => {
    await inHall(async ({ steam, driverOf }, sdk, room, told) => {
      lose(room);
      await taking();
      steam.loseSteam(driverOf(sdk));
      await pause(50);
      steam.restoreSteam(driverOf(sdk));
      await pause(500);
      taken.resolve();
      await until(() => told.length > 0, 'told');
      await plays(room);
      expect(told).toEqual(['back']);
    });
  });

  test('behind onReconnect, before he has heard that he is back', async () => {
    taken.resolve();
    await inHall(async (_arena, _sdk, room, told) => {
      onTaking = () => {
        onTaking = () => undefined;
        queueMicrotask(() => lose(room));
      };
      lose(room);
      await taking(2);
      await until(() => told.length > 0, 'told');
      await plays(room);
      expect(told).toEqual(['back']);
      expect(Hall.latest.log).toEqual([DROP, 'taking', 'taken', DROP, 'taking', 'taken', 'here']);
    });
  });

  test('is none when the game sends him away in onReconnect: he is out', async () => {
    await inHall(async (_arena, _sdk, room) => {
      const left = once<[number]>((cb) => room.onLeave(cb as never));
      onTaking = () => Hall.latest.clients.at(0)?.leave(4_444);
      taken.resolve();
      lose(room);
      expect((await left)[0]).toBe(4_444);
      await until(() => Hall.latest.log.length === 4, 'the room has heard of it');
      expect(Hall.latest.log).toEqual([DROP, 'taking', 'taken', `leave ${CloseCode.FAILED_TO_RECONNECT}`]);
    });
  });

  test('and onReconnect goes on for longer than a seat is kept: he is told to try again', async () => {
    await inHall(async (_arena, _sdk, room, told) => {
      Hall.latest.seatReservationTimeout = 0.3;
      const drops: number[] = [];
      room.onDrop((code) => drops.push(code));
      lose(room);
      await taking();
      lose(room);
      await until(() => drops.length === 3, 'told again');
      expect(drops[2]).toBe(CloseCode.MAY_TRY_RECONNECT);
      taken.resolve();
      await until(() => told.length > 0, 'told');
      expect(told).toEqual(['back']);
    });
  });

  test('his former token is good until he has heard of the next one, and not longer', async () => {
    taken.resolve();
    await inHall(async (_arena, sdk, room, told) => {
      const { reconnectionToken } = room;
      lose(room);
      await until(() => told.length > 0, 'back');
      await plays(room);
      expect(room.reconnectionToken).not.toBe(reconnectionToken);
      const stale = rejection(sdk.reconnect(reconnectionToken));
      const [roomId, token] = reconnectionToken.split(':') as [string, string];
      const ended = Promise.withResolvers<number>();
      const target = `/${matchMaker.processId}/${roomId}?sessionId=${room.sessionId}&reconnectionToken=${token}`;
      sdk.endpoint.connect(sdk.host, target, { onMessage: () => undefined, onClose: (code) => ended.resolve(code) });
      expect(await ended.promise).toBe(CloseCode.FAILED_TO_RECONNECT);
      expect((await stale).message).toBe('reconnection token invalid or expired.');
      await plays(room);
    });
  });
});
