import { ErrorCode, matchMaker, Room, ServerError } from '@colyseus/core';
import { describe, expect, test } from '@jest/globals';
import type { World } from './World.ts';
import { rejection } from './waiting.ts';

/** The same codes, wherever the join fails. */
export function refusals(world: () => World): void {
  describe('refusals', () => {
    test('a room type that nobody defined', async () => {
      const error = await rejection(world().player().joinOrCreate('nowhere'));
      expect(error.code).toBe(ErrorCode.MATCHMAKE_NO_HANDLER);
      expect(error.message).toContain('nowhere');
    });

    test('a room id that does not exist', async () => {
      const error = await rejection(world().player().joinById('gone'));
      expect(error.code).toBe(ErrorCode.MATCHMAKE_INVALID_ROOM_ID);
      expect(error.message).toContain('gone');
    });

    test('a room that is full', async () => {
      class Small extends Room {
        override maxClients = 1;
      }
      world().define('small', Small);
      const first = await world().player().joinOrCreate('small');
      const error = await rejection(world().player().joinById(first.roomId));
      expect(error.code).toBe(ErrorCode.MATCHMAKE_INVALID_ROOM_ID);
      expect(error.message).toContain('locked');
    });

    test('static onAuth that refuses', async () => {
      class Closed extends Room {
        static override async onAuth(): Promise<boolean> {
          return false;
        }
      }
      world().define('closed', Closed);
      const error = await rejection(world().player().joinOrCreate('closed'));
      expect(error.code).toBe(ErrorCode.AUTH_FAILED);
    });

    test('onAuth that refuses', async () => {
      class Closed extends Room {
        override onAuth(): boolean {
          return false;
        }
      }
      world().define('closed', Closed);
      const error = await rejection(world().player().joinOrCreate('closed'));
      expect(error.code).toBe(ErrorCode.AUTH_FAILED);
    });

    test('onAuth that throws with a code of the game', async () => {
      class Picky extends Room {
        override async onAuth(): Promise<boolean> {
          throw new ServerError(4321, 'not with those shoes');
        }
      }
      world().define('picky', Picky);
      const error = await rejection(world().player().joinOrCreate('picky'));
      expect(error).toMatchObject({ code: 4321, message: 'not with those shoes' });
    });

    test('onJoin that throws', async () => {
      class Broken extends Room {
        override onJoin(): void {
          throw new Error('no chair left');
        }
      }
      world().define('broken', Broken);
      const error = await rejection(world().player().joinOrCreate('broken'));
      expect(error).toMatchObject({ code: ErrorCode.APPLICATION_ERROR, message: 'no chair left' });
    });

    test('a seat can be taken once', async () => {
      world().define('room', class Plain extends Room {});
      const seat = await matchMaker.create('room', {});
      const player = world().player();
      await player.consumeSeatReservation(seat);
      const error = await rejection(player.consumeSeatReservation(seat));
      expect(error.code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
    });

    test('a seat nobody reserved', async () => {
      world().define('room', class Plain extends Room {});
      const room = await world().player().joinOrCreate('room');
      const seat = { name: 'room', roomId: room.roomId, sessionId: 'invented', processId: matchMaker.processId };
      const error = await rejection(world().player().consumeSeatReservation(seat));
      expect(error.code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
    });

    test('a reconnection token that nobody gave out', async () => {
      world().define('room', class Plain extends Room {});
      const room = await world().player().joinOrCreate('room');
      const error = await rejection(world().player().reconnect(`${room.roomId}:invented`));
      expect(error.code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
    });
  });
}
