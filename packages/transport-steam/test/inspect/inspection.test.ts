import { afterEach, describe, expect, test } from '@jest/globals';
import { EventLog } from '../../src/connection/EventLog.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import { encodeControl } from '../../src/wire/control.ts';
import { Code } from '../../src/wire/packet.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, dial, type World } from '../helpers/World.ts';
import { Impostor } from '../hostile/Impostor.ts';

let world: World | undefined;
afterEach(() => {
  world?.close();
  world = undefined;
});

function pair(options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 } }, options);
  world = made.world;
  return made;
}

describe('what an endpoint shows of itself', () => {
  test('is who it is, with whom, over which connections, and the same as JSON', () => {
    const { world, server, player, hostId, playerId, open } = pair();
    const { ours, theirs } = open('/process/room?sessionId=secret-seat&reconnectionToken=secret-token');
    for (let i = 0; i < 10; i++) ours.connection?.send(bytes('hello'), 'reliable', { label: 'greeting' });
    world.run(500);
    const atHost = server.endpoint.inspect();
    expect(atHost).toMatchObject({
      steamId: String(hostId),
      personaName: server.driver.personaName,
      now: world.steam.now,
      steam: 'running',
      isHosting: true,
      strangers: { waiting: 0, asking: 0, ignored: 0, banned: 0 },
      faults: { floods: 0, breaches: 0, unheard: 0 },
      bans: 0,
      foreignPackets: 0,
      peers: [
        {
          peer: String(playerId),
          personaName: player.driver.personaName,
          isSelf: false,
          state: 'established',
          connections: [{ state: 'open', openedBy: 'peer', path: '/process/room' }],
        },
      ],
    });
    const [peer] = player.endpoint.inspect().peers;
    expect(peer?.connections).toEqual([{ state: 'open', openedBy: 'us', path: '/process/room' }]);
    // The statistics are those that there are anyway.
    const { peer: _, connections: __, ...stats } = player.endpoint.stats()[0]!;
    expect(peer).toMatchObject(stats);
    expect(peer?.rttMs).toBeGreaterThanOrEqual(40);
    expect(peer?.types.greeting?.sent.messages).toBe(10);
    const json = JSON.stringify(atHost);
    expect(JSON.parse(json)).toEqual(atHost);
    expect(json).not.toContain('secret');
    theirs.connection?.close(4000, 'done');
    world.run(100);
    expect(server.endpoint.inspect().peers[0]?.connections).toEqual([]);
  });

  test('is both ends of a host who plays in his own game', () => {
    const { world, server, hostId } = pair();
    dial(server.endpoint, hostId, '/own');
    world.run(100);
    const ends = server.endpoint.inspect().peers;
    expect(ends.map(({ peer, isSelf }) => [peer, isSelf])).toEqual([
      [String(hostId), true],
      [String(hostId), true],
    ]);
    expect(ends.map(({ connections }) => connections[0]?.openedBy).sort()).toEqual(['peer', 'us']);
  });

  test('is idle when nothing uses it, and closed when its driver is', () => {
    const { server, player } = pair();
    server.endpoint.release();
    expect(server.endpoint.inspect()).toMatchObject({ steam: 'idle', peers: [] });
    server.endpoint.acquire();
    player.driver.close();
    expect(player.endpoint.inspect()).toMatchObject({ steam: 'closed' });
  });
});

describe('the last events', () => {
  // Opens and closes are within what a peer may do, and the paths are his: 8 KiB each, he made the snapshot and the log what he liked.
  test('one peer can neither push out those of others, nor blow up the snapshot', () => {
    const { world, server, hostId } = pair();
    const impostor = new Impostor(world, hostId);
    server.endpoint.log.add('lobby-lost', { reason: 'what somebody wants to see' });
    impostor.greet();
    world.run(100);
    for (let i = 0; i < 160; i++) {
      const target = `/${String(i).padStart(4, '0')}${'a'.repeat(8_100)}`;
      impostor.control(
        encodeControl({ type: 'open', connection: Code.OpenedBySender, unreliableFrom: 0, offerFor: undefined, target }),
      );
      world.run(20);
      expect(server.endpoint.inspect().peers.flatMap(({ connections }) => connections)).toEqual([
        { state: 'open', openedBy: 'peer', path: target.slice(0, 200) },
      ]);
      impostor.control(encodeControl({ type: 'close', connection: Code.OpenedBySender, code: 4000, reason: '' }));
      world.run(20);
    }
    const { events } = server.endpoint.inspect();
    expect(events.filter(({ what }) => what.startsWith('connection-'))).toHaveLength(100);
    expect(events.find(({ what }) => what === 'lobby-lost')).toMatchObject({ reason: 'what somebody wants to see' });
    expect(JSON.stringify(server.endpoint.inspect()).length).toBeLessThan(50_000);
  });

  // Every plain goodbye was logged as a lost session: the host gets its reset when the player lets go.
  test('of a player who leaves his last room and lets go: that is no loss', () => {
    const { world, server, player, playerId, open } = pair();
    const { ours } = open();
    ours.connection?.close(4000, 'bye');
    world.run(200);
    player.endpoint.release();
    world.run(3_000);
    expect(server.endpoint.inspect().events.at(-1)).toMatchObject({
      what: 'session-closed',
      code: 'closed',
      reason: `the session with Steam user ${playerId} is over: they ended it`,
    });
  });

  test('of a player who comes, goes, and whose session is over', () => {
    const { world, server, playerId, open } = pair({ idleSessionMs: 2_000 });
    const began = world.steam.now;
    const { ours } = open('/room?token=secret');
    ours.connection?.close(4000, 'that was nice');
    world.run(5_000);
    const peer = String(playerId);
    const { events } = server.endpoint.inspect();
    expect(events.map(({ id: _, at: __, ...event }) => event)).toEqual([
      { what: 'request-asked', peer },
      { what: 'request-accepted', peer },
      { what: 'session-opened', peer },
      { what: 'connection-opened', peer, path: '/room' },
      { what: 'connection-closed', peer, path: '/room', code: 4000, reason: 'that was nice' },
      { what: 'session-closed', peer, code: expect.any(String), reason: expect.stringContaining(peer) },
    ]);
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    const times = events.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(began);
    expect(times[5]! - times[4]!).toBeGreaterThan(1_000);
  });

  test('of one who is refused with a reason, and at himself', () => {
    const { world, host, server, player, hostId, playerId } = pair();
    host.mayJoin = 'friends only';
    dial(player.endpoint, hostId);
    world.run(500);
    expect(server.endpoint.inspect().events).toMatchObject([
      { what: 'request-asked', peer: String(playerId) },
      { what: 'request-refused', peer: String(playerId), reason: 'friends only' },
    ]);
    const his = player.endpoint.inspect().events;
    expect(his.find(({ what }) => what === 'session-closed')).toMatchObject({ code: 'denied' });
    expect(his.find(({ what }) => what === 'connection-closed')).toMatchObject({ code: 1006 });
  });

  test('of one who hears nothing, and of one who is banned', () => {
    const { world, host, server, player, hostId, playerId } = pair();
    host.mayJoin = false;
    dial(player.endpoint, hostId);
    world.run(100);
    expect(server.endpoint.inspect().events.at(-1)).toEqual(
      expect.objectContaining({ what: 'request-refused', peer: String(playerId) }),
    );
    expect(server.endpoint.inspect().events.at(-1)).not.toHaveProperty('reason');
    const banned = world.user();
    server.endpoint.bans.add(banned.driver.steamId, 'for cheating');
    dial(banned.endpoint, hostId);
    world.run(100);
    const { events, bans } = server.endpoint.inspect();
    expect(events.at(-1)).toMatchObject({ what: 'request-refused', peer: String(banned.driver.steamId), reason: 'for cheating' });
    expect(bans).toBe(1);
  });

  test('of a pause, and of its end', () => {
    const { world, server, player, playerId, open } = pair();
    open();
    player.endpoint.announcePause(20_000);
    world.run(100);
    expect(server.endpoint.inspect().events.at(-1)).toMatchObject({
      what: 'peer-paused',
      peer: String(playerId),
      reason: 'for 20000 ms at most',
    });
    player.endpoint.resume();
    world.run(100);
    expect(server.endpoint.inspect().events.at(-1)).toMatchObject({ what: 'peer-resumed', peer: String(playerId) });
  });

  test('of Steam that goes away and comes back', () => {
    const { world, server, playerId, open } = pair();
    open();
    world.steam.loseSteam(server.driver.steamId, 'Steam crashed');
    world.run(100);
    const lost = server.endpoint.inspect();
    expect(lost.steam).toBe('lost');
    expect(lost.events.slice(-3)).toMatchObject([
      { what: 'steam-lost', reason: 'Steam crashed' },
      { what: 'session-closed', peer: String(playerId), code: 'connection-lost' },
      { what: 'connection-closed', peer: String(playerId), code: 1006 },
    ]);
    world.steam.restoreSteam(server.driver.steamId);
    world.run(100);
    const restored = server.endpoint.inspect();
    expect(restored.steam).toBe('running');
    expect(restored.events.map(({ what }) => what)).toContain('steam-restored');
  });

  test('of one who floods', () => {
    const { world, server, playerId, open } = pair({ maxWorkPerSecond: 100 });
    const { ours } = open();
    world.run(1_000);
    for (let i = 0; i < 10_000; i++) {
      ours.connection?.send(new Uint8Array(100), 'unreliable');
      if (i % 50 === 0) world.run(1);
    }
    world.run(1_000);
    expect(server.endpoint.inspect().events.find(({ what }) => what === 'peer-flooded')).toMatchObject({
      peer: String(playerId),
      reason: expect.stringContaining('maxWorkPerSecond'),
    });
  });

  test('packets leave no trace in it', () => {
    const { world, server, open } = pair();
    const { ours } = open();
    world.run(100);
    const before = server.endpoint.inspect().events;
    for (let i = 0; i < 1_000; i++) {
      ours.connection?.send(bytes('x'), i % 2 === 0 ? 'reliable' : 'unreliable');
      world.run(1);
    }
    expect(server.endpoint.inspect().events).toEqual(before);
  });
});

describe('the log', () => {
  test('keeps the last ones; those who ask to come in cannot push out the others', () => {
    let now = 0;
    const log = new EventLog(() => now++);
    for (let i = 0; i < 1_000; i++) {
      log.add('request-asked', { peer: '1' });
      if (i % 10 === 0) log.add('session-opened', { peer: String(i) });
    }
    const all = log.all;
    expect(all.filter(({ what }) => what === 'request-asked')).toHaveLength(50);
    expect(all.filter(({ what }) => what === 'session-opened')).toHaveLength(100);
    for (let i = 0; i < 1_000; i++) log.add('session-closed');
    expect(log.all).toHaveLength(200);
    for (const what of ['connection-opened', 'connection-closed', 'peer-paused', 'peer-resumed'] as const) {
      const others = log.all.filter(
        (event) => event.what !== what && !event.what.startsWith('connection') && !event.what.startsWith('peer'),
      );
      for (let i = 0; i < 1_000; i++) log.add(what);
      expect(log.all).toHaveLength(300);
      expect(log.all).toEqual(expect.arrayContaining(others));
    }
    expect(log.all.map(({ id }) => id)).toEqual(log.all.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(log.all.at(-1)).toEqual({ id: 6_100, at: 6_099, what: 'peer-resumed' });
  });

  test('cuts what others write', () => {
    const log = new EventLog(() => 0);
    log.add('connection-closed', { reason: 'x'.repeat(10_000), code: 4000 });
    log.add('connection-closed', { reason: '' });
    expect(log.all[0]?.reason).toHaveLength(300);
    expect(log.all[1]).not.toHaveProperty('reason');
  });
});
