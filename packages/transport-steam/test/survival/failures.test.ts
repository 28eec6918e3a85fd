import { afterEach, describe, expect, test } from '@jest/globals';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { SimulatedDriver, SimulatedSteamOptions } from '../../src/sim.ts';
import { PacketType } from '../../src/wire/packet.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, dial, Host, type Recorder, settle, type World } from '../helpers/World.ts';

// What broke in other transports over Steam, by the words in which their users told it. SURVIVAL.md has the list, and the tests of it
// that stand elsewhere; rooms.test.ts has those that take a Colyseus server to show.

let world: World;
afterEach(() => world.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 }, ...simulation }, options);
  world = made.world;
  return made;
}

/** Packets as they were given to Steam. */
function tap(driver: SimulatedDriver): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const send = driver.send.bind(driver);
  driver.send = (peer, packet, sendType, channel) => {
    packets.push(packet.slice());
    return send(peer, packet, sendType, channel);
  };
  return packets;
}

/** As the driver of a process that is gone. */
function fail(driver: SteamDriver): void {
  driver.poll = driver.send = () => {
    throw new Error('there is no Steam any more');
  };
}

function isHello(packet: Uint8Array): boolean {
  return packet[0] === PacketType.Hello;
}

describe('the goodbye', () => {
  test('lost, or the last message before it, because closing discards what is queued', () => {
    const { open, playerId, hostId, player } = pair();
    const { ours, theirs } = open();
    world.steam.refuseSends(hostId, playerId, true);
    for (let i = 0; i < 5; i++) {
      theirs.send(`${i}`);
      world.run(5);
    }
    theirs.connection?.close(4_000, 'bye');
    world.run(1_000);
    expect(ours.texts).toEqual([]);
    world.steam.refuseSends(hostId, playerId, false);
    world.run(100);
    expect(ours.texts).toEqual(['0', '1', '2', '3', '4']);
    expect(ours.closes).toEqual([{ code: 4_000, reason: 'bye', error: undefined }]);
    expect(player.endpoint.stats()[0]?.connections).toBe(0);
  });

  test('lost because the endpoint lets go, and Steam takes nothing at that moment', async () => {
    const { open, server, hostId } = pair();
    const { ours, theirs } = open();
    // Steam takes 1 MiB of it.
    for (let i = 0; i < 3; i++) theirs.connection?.send(new Uint8Array(1_000_000));
    theirs.send('the last word');
    server.endpoint.release();
    expect(theirs.closes.map(({ code }) => code)).toEqual([1_001]);
    let isDrained = false;
    void server.endpoint.drained().then(() => {
      isDrained = true;
    });
    world.run(500);
    await settle();
    expect(isDrained).toBe(true);
    expect(server.endpoint.stats()).toEqual([]);
    expect(ours.texts.map(({ length }) => length)).toEqual([1_000_000, 1_000_000, 1_000_000, 'the last word'.length]);
    expect(ours.closes).toMatchObject([{ code: 1_001, reason: 'the other side stopped' }]);
    // And the host can be reached again when he is back.
    server.endpoint.acquire();
    expect(dial(server.endpoint, hostId).connection?.state).toBe('opening');
  });

  test.each([
    ['for 2 s, and gets it then', 1_900, () => {}, ['the last word']],
    ['for 2 s, and no longer', 2_100, () => {}, []],
    ['until somebody begins anew', 1_000, (endpoint: Endpoint) => endpoint.acquire(), []],
    ['until the driver is closed', 1_000, (endpoint: Endpoint) => endpoint.driver.close(), []],
    ['until the driver fails', 1_000, (endpoint: Endpoint) => fail(endpoint.driver), []],
  ])('waits for Steam %s', async (_what, refusesMs, interrupt, heard) => {
    const { open, server, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.refuseSends(hostId, playerId, true);
    theirs.send('the last word');
    server.endpoint.release();
    const drained = server.endpoint.drained();
    world.run(900);
    interrupt(server.endpoint);
    world.run(refusesMs - 900);
    world.steam.refuseSends(hostId, playerId, false);
    world.run(16_000);
    await drained;
    expect(ours.texts).toEqual(heard);
    expect(ours.closes).toMatchObject([{ code: heard.length > 0 ? 1_001 : 1_006 }]);
    expect(server.endpoint.stats()).toEqual([]);
  });

  test('is heard by those who are there, and by nobody who comes then', () => {
    const { host, open, server, hostId } = pair({ conditions: { latencyMs: 200 } });
    const { ours } = open();
    const late = world.user();
    const knocks = dial(late.endpoint, hostId);
    world.run(350);
    server.endpoint.release();
    world.run(500);
    expect(ours.closes.map(({ code }) => code)).toEqual([1_001]);
    world.run(1_000);
    expect([knocks.opened, host.connections.length]).toEqual([0, 1]);
  });

  test.each([
    ['a large message in chunks', (from: Recorder) => from.connection?.send(new Uint8Array(900_000))],
    ['a buffered message, which Steam holds back', (from: Recorder) => from.send('later', 'buffered')],
    ['many small ones', (from: Recorder) => Array.from({ length: 500 }, (_, i) => from.send(`${i}`))],
  ])('overtaking the last data: %s', (_what, talk) => {
    // What is small finds room in Steam's queue where a chunk does not.
    const conditions = { latencyMs: 60, jitterMs: 50, loss: 0.2, lossBurst: 3 };
    const { open } = pair({ seed: 9, conditions, queueLimitBytes: 131_072 });
    const { ours, theirs } = open();
    talk(theirs);
    theirs.send('the last word');
    theirs.connection?.close(4_000);
    world.runUntil(() => ours.closes.length > 0);
    expect(ours.texts.at(-1)).toBe('the last word');
    expect(ours.closes[0]?.code).toBe(4_000);
  });
});

describe('a player who rejoins fast on the still-open session is "already known" and waits for ever', () => {
  test('having left, ten times, in the same turn', () => {
    const { host, player, hostId } = pair();
    for (let i = 0; i < 10; i++) {
      const ours = dial(player.endpoint, hostId, `/${i}`);
      // A cold join: Steam's session, the hello, the open.
      world.runUntil(() => ours.opened === 1, 200);
      player.endpoint.release();
      player.endpoint.acquire();
    }
    world.run(200);
    expect(host.connections.map(({ target, record }) => [target, record.closes.map(({ code }) => code)])).toEqual(
      Array.from({ length: 10 }, (_, i) => [`/${i}`, [1_001]]),
    );
  });

  test('having crashed, before the host has noticed', () => {
    const { host, open, player, playerId, hostId } = pair();
    const { theirs } = open('/before');
    world.freeze(player.endpoint);
    world.steam.kill(player.driver);
    const again = world.user({}, playerId);
    const ours = dial(again.endpoint, hostId, '/after');
    world.runUntil(() => ours.opened === 1, 200);
    expect(theirs.closes).toMatchObject([{ code: 1_006, reason: expect.stringContaining('they restarted') }]);
    ours.send('here I am');
    world.run(50);
    expect(host.connections.at(-1)).toMatchObject({ target: '/after', record: { texts: ['here I am'], closes: [] } });
  });
});

describe('of the last match, applied to this one: a stale', () => {
  test.each([
    ['CONNECT', (packet: Uint8Array) => isHello(packet) && packet[5] === 0],
    ['ACCEPT', (packet: Uint8Array) => isHello(packet) && packet[5] === 1],
    ['DISCONNECT', (packet: Uint8Array) => packet[0] === PacketType.Reset || packet[0] === PacketType.Refuse],
    ['data packet', (packet: Uint8Array) => packet[0] !== undefined && packet[0] >= PacketType.Session],
    ['match, from its first packet to its last,', () => true],
  ])('%s', (_what, isStale) => {
    const { host, server, player, playerId, hostId } = pair();
    const [byHost, byPlayer] = [tap(server.driver), tap(player.driver)];
    const play = (target: string) => {
      const ours = dial(player.endpoint, hostId, target);
      world.runUntil(() => ours.opened === 1);
      const { record: theirs } = host.connections.at(-1)!;
      for (const [record, words] of [
        [ours, 'up'],
        [theirs, 'down'],
      ] as const) {
        record.send(`${words} ${target}`);
        record.send(`${words}, unreliably ${target}`, 'unreliable');
      }
      world.run(100);
      return { ours, theirs };
    };
    const last = play('/last');
    // Closed, and then gone with a reset.
    last.ours.connection?.close(4_000, 'enough');
    world.run(31_000);
    const [staleOfHost, staleOfPlayer] = [byHost.splice(0), byPlayer.splice(0)];
    const { ours, theirs } = play('/this');
    for (const packet of staleOfHost.filter(isStale)) world.steam.inject(hostId, playerId, packet);
    for (const packet of staleOfPlayer.filter(isStale)) world.steam.inject(playerId, hostId, packet);
    world.run(5_000);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
    ours.send('still here');
    world.run(100);
    expect(theirs.texts).toEqual(['up /this', 'up, unreliably /this', 'still here']);
    expect(ours.texts).toEqual(['down /this', 'down, unreliably /this']);
    expect(host.connections).toHaveLength(2);
    // Something was stale, or this test shows nothing.
    expect([...staleOfHost, ...staleOfPlayer].filter(isStale)).not.toEqual([]);
  });
});

describe('control packets not checked for their sender: anyone can disconnect anyone', () => {
  test.each([
    ['a stranger', false],
    ['another player', true],
  ])('%s sends what the player sends, and what the host sends him', (_who, plays) => {
    const { open, server, player, playerId, hostId } = pair();
    const [byHost, byPlayer] = [tap(server.driver), tap(player.driver)];
    const { ours, theirs } = open();
    theirs.send('hello');
    world.run(3_000);
    const first = open('/closed');
    first.ours.connection?.close(4_000, 'enough');
    world.run(100);
    // A second player, whose end is a reset.
    const other = world.user();
    if (plays) {
      dial(other.endpoint, hostId, '/other');
      world.run(200);
    }
    const epoch = byPlayer.find(isHello)?.subarray(6, 10) ?? [];
    const tags = new Set(
      [...byHost, ...byPlayer].filter((packet) => packet[0]! >= PacketType.Session).map((packet) => packet[1]! >> 2),
    );
    const forged = [
      ...byHost,
      ...byPlayer,
      ...[...tags].map((tag) => Uint8Array.of(PacketType.Reset, 0x43, 0x54, 0x53, tag)),
      Uint8Array.of(PacketType.Refuse, 0x43, 0x54, 0x53, 1, ...epoch),
    ];
    for (const victim of [hostId, playerId]) for (const packet of forged) world.steam.inject(other.driver, victim, packet);
    world.run(5_000);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
    ours.send('still here');
    world.run(100);
    expect(theirs.texts).toEqual(['still here']);
  });
});

test('a duplicate CONNECT throws', () => {
  const { host, open, player, playerId, hostId } = pair();
  const packets = tap(player.driver);
  const { ours, theirs } = open();
  for (const packet of packets.slice(0, 3)) for (let i = 0; i < 3; i++) world.steam.inject(playerId, hostId, packet);
  world.run(500);
  expect(packets.some(isHello)).toBe(true);
  expect(host.connections).toHaveLength(1);
  expect([...ours.closes, ...theirs.closes]).toEqual([]);
  ours.send('once');
  world.run(50);
  expect(theirs.texts).toEqual(['once']);
});

test('shutdown mutates the map it iterates', () => {
  const { host, server, stopHosting, hostId } = pair();
  const players = Array.from({ length: 20 }, () => world.user());
  const ends = players.flatMap(({ endpoint }) => [dial(endpoint, hostId, '/1'), dial(endpoint, hostId, '/2')]);
  world.run(300);
  expect(host.connections).toHaveLength(40);
  // Whoever is told of an end does what games do then: sends everybody else away, talks to the one who has gone, stops once more.
  for (const [i, { record, connection }] of host.connections.entries()) {
    const onClose = record.onClose.bind(record);
    record.onClose = (...end) => {
      onClose(...end);
      connection.send(bytes('are you there?'));
      for (const other of host.connections) other.connection.close(4_100 + i);
      server.endpoint.release();
    };
  }
  stopHosting();
  server.endpoint.release();
  expect(server.endpoint.stats()).toEqual([]);
  world.run(500);
  expect(host.connections.map(({ record }) => record.closes.length)).toEqual(Array(40).fill(1));
  expect(ends.map(({ closes }) => closes.map(({ code }) => code))).toEqual(Array(40).fill([1_001]));
});

test('handlers left behind give ghost players when a client later hosts', () => {
  const { host, player, playerId, hostId, open } = pair();
  // He played here, and hosted twice before.
  const former = [new Host(), new Host()];
  open();
  for (const one of former) player.endpoint.serve(one)();
  player.endpoint.release();
  player.endpoint.acquire();
  const now = new Host();
  player.endpoint.serve(now);
  const guest = world.user();
  const ours = dial(guest.endpoint, playerId, '/his');
  world.run(300);
  ours.send('hello');
  world.run(50);
  expect(now.connections.map(({ target, record }) => [target, record.texts])).toEqual([['/his', ['hello']]]);
  expect(former.flatMap(({ connections, requested }) => [...connections, ...requested])).toEqual([]);
  expect(host.connections.map(({ target, record }) => [target, record.closes.length])).toEqual([['/', 1]]);
  // And the one at whom he played plays at his.
  expect(now.requested).toEqual([guest.driver.steamId]);
  expect(hostId).not.toBe(playerId);
});

test('server full looks like a 25 s time-out', async () => {
  const { open, hostId } = pair({}, { maxPeers: 1 });
  open();
  const late = world.user();
  const since = world.steam.now;
  const refused = dial(late.endpoint, hostId);
  const asked = late.endpoint.request(hostId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() });
  const error = asked.then(
    () => undefined,
    (reason) => reason,
  );
  world.runUntil(() => refused.closes.length > 0, 500);
  await settle();
  expect(world.steam.now - since).toBeLessThan(500);
  expect(refused.closes[0]).toMatchObject({ code: 1_006, error: { code: 'full' } });
  expect(await error).toMatchObject({ code: 'full' });
});

describe('unreliable over 1200 B', () => {
  test.each(['unreliable', 'unreliableNoDelay'] as const)('%s, silently gone', (delivery) => {
    const { open } = pair();
    const { ours, theirs } = open();
    const sizes = [1_197, 1_198, 1_199, 1_200, 1_201, 2_400, 5_000, 50_000, 300_000];
    for (const size of sizes) {
      ours.connection?.send(new Uint8Array(size).fill(7), delivery);
      world.run(100, 5); // a megabyte is more than a peer does in ten turns
    }
    expect(theirs.messages.map(({ length }) => length)).toEqual(sizes);
    expect(theirs.messages.every((message) => message.every((byte) => byte === 7))).toBe(true);
  });
});

test('a false return of send ignored', () => {
  const { open, playerId, hostId } = pair();
  const { ours, theirs } = open();
  const sent: string[] = [];
  for (let i = 0; i < 300; i++) {
    // Of three packets Steam takes two.
    world.steam.refuseSends(playerId, hostId, i % 3 === 0);
    sent.push(`${i}`);
    ours.send(`${i}`, i % 5 === 0 ? 'buffered' : 'reliable');
    ours.send(`move ${i}`, 'unreliable');
    world.run(7);
  }
  world.steam.refuseSends(playerId, hostId, false);
  world.run(1_000);
  expect(theirs.messages.filter((_, i) => theirs.reliable[i])).toHaveLength(sent.length);
  expect(theirs.texts.filter((text) => !text.startsWith('move'))).toEqual(sent);
  expect(theirs.texts.filter((text) => text.startsWith('move'))).toHaveLength(sent.length);
});

test('one packet read per frame: the backlog never clears', () => {
  const { server, hostId } = pair();
  const frameMs = 1_000 / 60;
  const players = Array.from({ length: 50 }, () => world.user());
  const connections = players.map(({ endpoint }) => dial(endpoint, hostId));
  world.run(500);
  // A host whose loop polls once a frame, as Unity and Unreal do, and 50 players who send something in each of theirs.
  world.freeze(server.endpoint);
  let worst = 0;
  for (let frame = 0; frame < 300; frame++) {
    for (const ours of connections) ours.send(`${frame}`, frame % 2 === 0 ? 'unreliable' : 'reliable');
    world.run(frameMs);
    server.endpoint.poll();
    worst = Math.max(worst, world.steam.unreadPackets(server.driver));
  }
  expect(worst).toBe(0);
  // He misses a second of it. At 256 packets a frame, and 50 that come in each, it takes him 15.
  for (let frame = 0; frame < 60; frame++) {
    for (const ours of connections) ours.send(`${frame}`, 'unreliable');
    world.run(frameMs);
  }
  expect(world.steam.unreadPackets(server.driver)).toBeGreaterThanOrEqual(3_000);
  let frames = 0;
  for (; world.steam.unreadPackets(server.driver) > 0 && frames < 60; frames++) {
    for (const ours of connections) ours.send(`${frames}`, 'unreliable');
    world.run(frameMs);
    server.endpoint.poll();
  }
  expect(frames).toBeLessThanOrEqual(16);
  world.thaw(server.endpoint);
  expect(connections.flatMap(({ closes }) => closes)).toEqual([]);
});

test('a fixed read buffer truncates', () => {
  const { open } = pair();
  const { ours, theirs } = open();
  const sizes = [0, 1, 1_023, 1_024, 1_025, 1_199, 1_200, 1_201, 4_096, 65_535, 65_536, 65_537, 1_048_575, 1_048_576];
  for (const size of sizes) {
    ours.connection?.send(Uint8Array.from({ length: size }, (_, i) => i % 251));
    world.run(100, 5); // a megabyte is more than a peer does in ten turns
  }
  expect(theirs.messages.map(({ length }) => length)).toEqual(sizes);
  for (const message of theirs.messages) expect(message.every((byte, i) => byte === i % 251)).toBe(true);
});

test('a burst of more than 1 MiB stalls', () => {
  // 20 Mbit/s: what a player at home has upwards.
  const { open } = pair({ conditions: { latencyMs: 20, bandwidthBitsPerSecond: 20_000_000 } });
  const { ours, theirs } = open();
  for (let i = 0; i < 64; i++) theirs.connection?.send(new Uint8Array(64_000).fill(i));
  theirs.send('after it');
  // 4 MiB take the line 1.6 s.
  world.runUntil(() => ours.texts.at(-1) === 'after it', 2_000);
  expect(ours.messages).toHaveLength(65);
  expect(ours.messages.slice(0, 64).every((message, i) => message.length === 64_000 && message[63_999] === i)).toBe(true);
  expect(theirs.connection?.bufferedAmount).toBe(0);
  expect(theirs.closes).toEqual([]);
});
