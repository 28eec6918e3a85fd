import { matchMaker, Room } from '@colyseus/core';
import { expect, jest, test } from '@jest/globals';
import { serveBridge } from '../../src/bridge.ts';
import { memoryPorts } from '../bridge/memoryPorts.ts';
import { until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME, withLobbyWorld } from '../helpers/lobbyWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

class ArenaRoom extends Room {
  override maxClients = 4;
}

test('a host shows its rooms and its lobby, and a player the host and the lobby that he is in', async () => {
  await withLobbyWorld({}, async ({ world, arena, transport, open, player, enter }) => {
    world.define('arena', ArenaRoom);
    expect(transport.inspect()).toMatchObject({ isHosting: true, rooms: [] });
    expect(transport.inspect()).not.toHaveProperty('lobby');
    const { roomId } = await matchMaker.createRoom('arena', {});
    const lobby = await open();
    const guest = player();
    await enter(guest, lobby.id as bigint);
    const room = await guest.joinOrCreate('arena');
    const host = String(arena.host.steamId);
    const guestId = String(arena.driverOf(guest).steamId);
    await until(() => lobby.members.length === 2, 'both are members');

    const atHost = transport.inspect();
    expect(atHost.rooms).toEqual([{ roomId, name: 'arena', clients: 1, maxClients: 4, isLocked: false, isHidden: false }]);
    expect(atHost.lobby).toMatchObject({ state: 'open', id: String(lobby.id), owner: host, roomId });
    expect(atHost.lobby?.members.toSorted()).toEqual([host, guestId].toSorted());
    expect(Object.values(atHost.lobby?.data ?? {})).toContain(GAME);
    expect(atHost.peers[0]?.connections).toMatchObject([{ state: 'open', path: expect.stringContaining(`/${roomId}`) }]);
    expect(JSON.parse(JSON.stringify(atHost))).toEqual(atHost);

    const atPlayer = guest.inspect();
    expect(atPlayer).toMatchObject({
      steamId: guestId,
      host,
      isHosting: false,
      lobby: { state: 'joined', id: String(lobby.id) },
    });
    expect(atPlayer).not.toHaveProperty('rooms');
    // Who has a seat, and with which token, is nobody's to read.
    for (const secret of [room.reconnectionToken, room.sessionId]) {
      expect(JSON.stringify([atHost, atPlayer])).not.toContain(secret);
    }
    await room.leave();
  });
});

test('what happens to a lobby is among the events: made, lost, made anew, closed', async () => {
  await withLobbyWorld({}, async ({ world, arena, steam, transport, open }) => {
    world.define('arena', ArenaRoom);
    await matchMaker.createRoom('arena', {});
    const lobby = await open();
    const first = String(lobby.id);
    steam.lobbies.drop(arena.host.steamId);
    await until(() => lobby.state === 'healing', 'it is lost');
    expect(transport.inspect().lobby).toMatchObject({ state: 'healing', members: [String(arena.host.steamId)] });
    await until(() => lobby.state === 'open', 'it is healed', 10_000);
    const second = String(lobby.id);
    lobby.close();
    const told = transport.inspect().events.filter(({ what }) => what.startsWith('lobby-'));
    expect(told.map(({ what, lobby }) => `${what} ${lobby}`)).toEqual([
      `lobby-entered ${first}`,
      `lobby-opened ${first}`,
      `lobby-left ${first}`,
      `lobby-lost ${first}`,
      `lobby-entered ${second}`,
      `lobby-healed ${second}`,
      `lobby-left ${second}`,
      `lobby-closed ${second}`,
    ]);
    expect(transport.inspect()).not.toHaveProperty('lobby');
  });
});

test('the owner of a bridge shows the same as a player of his process', async () => {
  await withLobbyWorld({}, async ({ arena, player }) => {
    const guest = player();
    const driver = arena.driverOf(guest);
    const { owner } = memoryPorts();
    const bridge = serveBridge(owner, { driver });
    const { now: _, ...shown } = bridge.inspect();
    expect(shown).toMatchObject({ steamId: String(driver.steamId), peers: [], isHosting: false });
    bridge.close();
  });
});
