import { QueueRoom } from '@colyseus/core';
import type { SeatReservation } from '@colyseus/sdk';
import { expect, test } from '@jest/globals';
import { once } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { ScoreRoom } from './ScoreRoom.ts';

leaveNoTimers();

class FastQueue extends QueueRoom {
  override cycleTickInterval = 20;
}

test('players who wait in a QueueRoom are brought together, each by the seat that he is given', async () => {
  await withSteamWorld({}, async (world) => {
    world.server.define('queue', FastQueue, { matchRoomName: 'score', maxPlayers: 2 });
    world.define('score', ScoreRoom);
    const rooms = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const player = world.player();
        const queue = await player.joinOrCreate('queue', { rank: 1 });
        queue.onMessage('clients', () => undefined);
        const [seat] = await once<[SeatReservation]>((cb) => queue.onMessage('seat', cb));
        const room = await player.consumeSeatReservation(seat);
        const left = once<[number]>((cb) => queue.onLeave(cb));
        queue.send('confirm');
        expect((await left)[0]).toBe(1_000);
        return room;
      }),
    );
    const perRoom = Map.groupBy(rooms, ({ roomId }) => roomId);
    expect([...perRoom.values()].map(({ length }) => length)).toEqual([2, 2]);
    for (const room of rooms) {
      const told = once<[number]>((cb) => room.onMessage('score', cb));
      room.send('add', 1);
      await told;
    }
  });
});
