import { LobbyRoom } from '@colyseus/core';
import { expect, test } from '@jest/globals';
import { once, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { ScoreRoom } from './ScoreRoom.ts';

leaveNoTimers();

interface Listing {
  readonly roomId: string;
  readonly name: string;
  readonly clients: number;
}

test('a LobbyRoom tells a player over Steam of rooms that come, fill and go', async () => {
  await withSteamWorld({}, async (world) => {
    world.define('lobby', LobbyRoom);
    world.server.define('score', ScoreRoom).enableRealtimeListing();
    const lobby = await world.player().joinOrCreate('lobby');
    const listed = new Map<string, Listing>();
    lobby.onMessage('+', ([roomId, listing]: [string, Listing]) => listed.set(roomId, listing));
    lobby.onMessage('-', (roomId: string) => listed.delete(roomId));
    expect((await once<[Listing[]]>((cb) => lobby.onMessage('rooms', cb)))[0]).toEqual([]);

    const room = await world.player().joinOrCreate('score');
    await until(() => listed.get(room.roomId)?.clients === 1, 'the room with a player');
    const other = await world.player().join('score');
    await until(() => listed.get(room.roomId)?.clients === 2, 'the room with two');
    await Promise.all([room.leave(), other.leave()]);
    await until(() => listed.size === 0, 'no room');
  });
});
