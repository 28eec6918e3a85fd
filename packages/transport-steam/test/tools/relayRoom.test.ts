import { RelayRoom } from '@colyseus/core';
import { expect, test } from '@jest/globals';
import { once, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

test('a RelayRoom passes on what players say, shows who is there, and keeps the place of one whose link is cut', async () => {
  await withSteamWorld({}, async (world, arena) => {
    world.server.define('relay', RelayRoom, { maxClients: 2, allowReconnectionTime: 10 });
    const [ann, ben] = [arena.player(), arena.player()];
    const annsRoom = await ann.joinOrCreate('relay', { name: 'Ann' });
    const bensRoom = await ben.joinOrCreate('relay', { name: 'Ben' });
    expect(bensRoom.roomId).toBe(annsRoom.roomId);
    // No handler in the room: the type and what it carries are the players' own.
    const moved = once<[[string, object]]>((cb) => bensRoom.onMessage('move', cb));
    annsRoom.send('move', { x: 1, path: new Uint8Array([1, 2]) });
    expect((await moved)[0]).toEqual([annsRoom.sessionId, { x: 1, path: Buffer.from([1, 2]) }]);

    const annAsBenSeesHer = () => bensRoom.state.players?.get(annsRoom.sessionId);
    await until(() => annAsBenSeesHer()?.connected === true, 'she is there');
    expect(annAsBenSeesHer()?.name).toBe('Ann');
    Object.assign(annsRoom.reconnection, { minUptime: 0 });
    const user = arena.driverOf(ann).steamId;
    arena.steam.unplug(user);
    await until(() => annAsBenSeesHer()?.connected === false, 'her link is lost');
    arena.steam.plug(user);
    await until(() => annAsBenSeesHer()?.connected === true, 'she is back');
    await annsRoom.leave();
    await until(() => annAsBenSeesHer() === undefined, 'she has left');
  });
});
