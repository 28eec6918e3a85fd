import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import { PROTOCOL_VERSION } from '../../src/wire/hello.ts';
import * as helpers from '../helpers/pair.ts';
import { dial, Host, type Recorder, settle, type World } from '../helpers/World.ts';
import { greeting } from '../wire/support.ts';

let world: World;
afterEach(() => world.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair(simulation, options);
  world = made.world;
  return made;
}

function ended(record: Recorder) {
  return record.closes.map(({ code, error }) => [code, error?.code]);
}

describe('connecting', () => {
  test('to a user who is not there ends in time, with the ports to open', () => {
    const { player } = pair();
    const ours = dial(player.endpoint, 76561197960299999n);
    world.run(9_900);
    expect(ours.closes).toEqual([]);
    world.run(200);
    expect(ended(ours)).toEqual([[1006, 'timed-out']]);
    expect(ours.closes[0]?.reason).toBe(
      'no answer from Steam user 76561197960299999 within 10000 ms (connectTimeoutMs): offline, not in this game, not hosting, ' +
        'not letting us in, or behind a firewall (Steam needs outbound UDP 3478, 4379 and 4380)',
    );
    expect(player.endpoint.stats()).toEqual([]);
  });

  test('can be tried again after a failure, and works when the host has come', () => {
    const { player } = pair();
    const late = world.steam.user();
    const first = dial(player.endpoint, late.steamId);
    world.run(10_100);
    expect(ended(first)).toEqual([[1006, 'timed-out']]);
    const host = new Host();
    world.endpoint(late).serve(host);
    const second = dial(player.endpoint, late.steamId);
    // Steam repeats its request after 20 s; the hello that it held back is of the former attempt.
    world.runUntil(() => second.opened === 1 || second.closes.length === 1);
    expect(second.opened).toBe(1);
  });

  test('survives that Steam gives up in between: the hello is repeated', () => {
    const { player } = pair({ sessionTimeoutMs: 3_000, requestRepeatMs: 1_000 });
    const late = world.steam.user();
    const ours = dial(player.endpoint, late.steamId);
    ours.send('patience');
    world.run(7_000);
    const host = new Host();
    world.endpoint(late).serve(host);
    world.run(2_500);
    expect(host.connections[0]?.record.texts).toEqual(['patience']);
  });

  test('is refused with the reason of the host', () => {
    const { host, player, hostId } = pair();
    host.mayJoin = 'you are banned';
    const ours = dial(player.endpoint, hostId);
    world.run(1_000);
    expect(ended(ours)).toEqual([[1006, 'denied']]);
    expect(ours.closes[0]?.reason).toBe(`Steam user ${hostId} refused: you are banned`);
  });

  test('without a word when the host says no, and the host is asked again only when Steam asks again', () => {
    const { host, player, hostId } = pair();
    host.mayJoin = false;
    const ours = dial(player.endpoint, hostId);
    world.run(10_500);
    expect(ended(ours)).toEqual([[1006, 'timed-out']]);
    expect(host.requested).toHaveLength(1);
  });

  test('waits while the host thinks', async () => {
    const { host, player, hostId } = pair();
    let decide: (answer: boolean) => void = () => undefined;
    host.mayJoin = new Promise((resolve) => {
      decide = resolve;
    });
    const ours = dial(player.endpoint, hostId);
    ours.send('let me in');
    world.run(3_000);
    expect(ours.opened).toBe(0);
    decide(true);
    await settle();
    world.run(1_500);
    expect(host.connections[0]?.record.texts).toEqual(['let me in']);
    expect(ours.opened).toBe(1);
  });

  test('to a peer who hosts nothing says so when he can be heard', () => {
    const { open, server, playerId } = pair();
    open();
    const back = dial(server.endpoint, playerId);
    world.run(50);
    expect(ended(back)).toEqual([[1006, 'not-hosting']]);
  });

  test('to another version of the protocol names both', () => {
    const { server, hostId } = pair();
    const raw = world.steam.user();
    const answers: Uint8Array[] = [];
    raw.start({
      onSessionRequest: () => undefined,
      onSessionFailed: () => undefined,
      onPacket: (_, packet) => void answers.push(packet),
      onSteamLost: () => undefined,
      onSteamRestored: () => undefined,
    });
    const future = greeting({ epoch: 7 });
    future[4] = PROTOCOL_VERSION + 1;
    raw.send(hostId, future, 2, 0);
    world.run(20);
    raw.poll(10);
    expect(answers.map((packet) => Buffer.from(packet).toString('latin1'))).toEqual([`\xbdCTS\x02\0\0\0\x07${PROTOCOL_VERSION}`]);

    // And the other way round: a host of the future refuses us.
    const ours = dial(server.endpoint, raw.steamId);
    world.run(20);
    raw.poll(10);
    const hello = answers[1] as Uint8Array;
    raw.send(hostId, Uint8Array.of(0xbd, 0x43, 0x54, 0x53, 2, ...hello.subarray(6, 10), 0x39), 2, 0);
    world.run(20);
    expect(ended(ours)).toEqual([[1006, 'version-mismatch']]);
    expect(ours.closes[0]?.reason).toContain(`version 9 of the protocol, this is version ${PROTOCOL_VERSION}`);
    raw.close();
  });

  test('without the rights to the app says that, and at once', () => {
    const { hostId } = pair();
    const thief = world.steam.user({ ownsApp: false });
    const ours = dial(world.endpoint(thief), hostId);
    world.run(100);
    expect(ended(ours)).toEqual([[1006, 'no-rights']]);
  });
});

describe('a session', () => {
  test('survives a blackout of 10 s: everything arrives, once and in order', () => {
    const { open, player } = pair({ conditions: { latencyMs: 40 } });
    const { ours, theirs } = open();
    world.steam.unplug(player.driver);
    for (let i = 0; i < 100; i++) {
      ours.send(`${i}`);
      theirs.send(`${i}`);
      world.run(100);
    }
    world.steam.plug(player.driver);
    world.run(10_000);
    const all = Array.from({ length: 100 }, (_, i) => `${i}`);
    expect(theirs.texts).toEqual(all);
    expect(ours.texts).toEqual(all);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  });

  test('is over on both sides when one is gone for longer than deadAfterMs', () => {
    const { open, player, server } = pair();
    const { ours, theirs } = open();
    world.steam.unplug(player.driver);
    world.run(15_000 + 100);
    expect([ended(ours), ended(theirs)]).toEqual([[[1006, 'connection-lost']], [[1006, 'connection-lost']]]);
    expect(theirs.closes[0]?.reason).toContain('silent for more than 15000 ms (deadAfterMs)');
    expect([...player.endpoint.stats(), ...server.endpoint.stats()]).toEqual([]);
  });

  test('is over on both sides when only one direction is gone', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.blockDirection(playerId, hostId, true);
    world.run(16_000);
    expect([ended(ours), ended(theirs)]).toEqual([[[1006, 'connection-lost']], [[1006, 'connection-lost']]]);
  });

  test('lives on while a large message crawls through a slow link and the ping waits behind it', () => {
    const conditions = { latencyMs: 20, bandwidthBitsPerSecond: 256_000 };
    const { open } = pair({ conditions });
    const { ours, theirs } = open();
    ours.connection?.send(new Uint8Array(1_000_000));
    world.run(40_000);
    expect(theirs.messages.map((message) => message.length)).toEqual([1_000_000]);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  });

  test('when Steam says true and loses the packet, both sides are told, and nothing is delivered out of order', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    ours.send('0');
    world.run(5);
    world.steam.trueButLost(playerId, hostId, 1);
    ours.send('1');
    world.run(5);
    ours.send('2');
    world.run(50);
    expect(theirs.texts).toEqual(['0']);
    expect(ended(theirs)).toEqual([[1006, 'protocol-error']]);
    expect(ended(ours)).toEqual([[1006, 'connection-lost']]);
  });

  test('of a host who begins anew is over at once, and a new one works on the Steam session that nobody closed', () => {
    const { open, server, stopHosting, player, hostId } = pair({ conditions: { latencyMs: 20 } });
    const { ours } = open();
    // The same Steam process, a new match. What it says at its end does not get through.
    world.steam.blockDirection(server.driver, player.driver, true);
    stopHosting();
    server.endpoint.release();
    world.steam.blockDirection(server.driver, player.driver, false);
    world.steam.trueButLost(server.driver, player.driver, 1_000);
    const host = new Host();
    server.endpoint.serve(host);
    server.endpoint.acquire();
    world.run(500);
    world.steam.trueButLost(server.driver, player.driver, 0);
    ours.send('are you there?');
    world.run(5_000);
    expect(ours.closes.map(({ code }) => code)).toHaveLength(1);
    const next = dial(player.endpoint, hostId);
    world.run(200);
    expect(next.opened).toBe(1);
  });

  test('a host whose process was killed is noticed as soon as the new one is spoken to', () => {
    const { open, server, hostId } = pair({ conditions: { latencyMs: 20 }, stalePackets: true });
    const { ours } = open();
    world.freeze(server.endpoint);
    world.steam.kill(server.driver);
    const { endpoint } = world.user({}, hostId);
    const host = new Host();
    endpoint.serve(host);
    ours.send('are you there?');
    world.run(25_000);
    expect(ended(ours)).toEqual([[1006, 'connection-lost']]);
    expect(host.connections).toEqual([]);
  });

  test('packets of the last match do not reach this one', () => {
    const { open, host, player, hostId } = pair({ conditions: { latencyMs: 300 } });
    const { ours, theirs } = open();
    ours.send('late, of the last match');
    ours.send('late, of the last match', 'unreliable');
    world.turn();
    player.endpoint.release();
    player.endpoint.acquire();
    const next = dial(player.endpoint, hostId);
    next.send('of this match');
    world.run(3_000);
    expect(theirs.closes.map(({ code }) => code)).toEqual([1001]);
    expect(host.connections.at(-1)?.record.texts).toEqual(['of this match']);
  });

  test('ends with 1001, last words included, when its endpoint is released', () => {
    const { open, server } = pair();
    const { ours, theirs } = open();
    theirs.send('the server stops');
    server.endpoint.release();
    world.run(50);
    expect(ours.texts).toEqual(['the server stops']);
    expect(ours.closes.map(({ code }) => code)).toEqual([1001]);
    expect(theirs.closes.map(({ code }) => code)).toEqual([1001]);
    expect(server.endpoint.stats()).toEqual([]);
  });

  test('ends when Steam goes away, and a new one works when it is back', () => {
    const { open, player } = pair();
    const { ours } = open();
    world.steam.loseSteam(player.driver, 'Steam was closed');
    world.run(50);
    expect(ended(ours)).toEqual([[1006, 'connection-lost']]);
    expect(ours.closes[0]?.reason).toContain('Steam went away (Steam was closed)');
    world.steam.restoreSteam(player.driver);
    world.run(50);
    open('/again');
  });

  test('a process that stood still for 30 s does not take its peers for dead', () => {
    const { host, hostId } = pair({}, { deadAfterMs: 60_000 });
    const { endpoint } = world.user({ deadAfterMs: 5_000 });
    const ours = dial(endpoint, hostId);
    world.run(100);
    world.freeze(endpoint);
    world.run(30_000);
    world.thaw(endpoint);
    world.run(1_000);
    ours.send('still here');
    world.run(100);
    expect(host.connections[0]?.record.texts).toEqual(['still here']);
  });

  test('measures round trip and jitter', () => {
    const { open, player } = pair({ seed: 4, conditions: { latencyMs: 40, jitterMs: 10 } });
    open();
    world.run(60_000);
    const stats = player.endpoint.stats()[0];
    expect(stats?.rttMs).toBeGreaterThan(80);
    expect(stats?.rttMs).toBeLessThan(130);
    expect(stats?.jitterMs).toBeGreaterThan(1);
    expect(stats?.jitterMs).toBeLessThan(40);
  });

  test('is let go when nobody uses it', () => {
    const { open, player, server } = pair();
    const { ours } = open();
    ours.connection?.close(1000);
    world.run(31_000);
    expect([...player.endpoint.stats(), ...server.endpoint.stats()]).toEqual([]);
  });

  test('with ourselves takes no place: a host with room for one plays, and one other does', () => {
    const { open, server, hostId } = pair({}, { maxPeers: 1 });
    const own = dial(server.endpoint, hostId);
    world.run(50);
    expect(own.closes).toEqual([]);
    expect(own.opened).toBe(1);
    open();
  });

  test('a stranger is refused when maxPeers are there', () => {
    const { open, hostId } = pair({}, { maxPeers: 1 });
    open();
    const stranger = world.user();
    const refused = dial(stranger.endpoint, hostId);
    world.run(100);
    expect(ended(refused)).toEqual([[1006, 'full']]);
  });
});

describe('a host who decides who may come in', () => {
  test('is asked once for a session, and again for the next', () => {
    const { host, open, player, playerId } = pair();
    open('/1');
    open('/2');
    expect(host.requested).toEqual([playerId]);
    player.endpoint.release();
    world.run(100);
    player.endpoint.acquire();
    open('/3');
    expect(host.requested).toEqual([playerId, playerId]);
  });

  test('is asked, too, when a user whose player we are turns to our own host', () => {
    const { host, server, player, hostId, playerId } = pair();
    const other = new Host();
    player.endpoint.serve(other);
    // The host plays at the other one first: their session is open, and nobody asked him yet.
    const visit = dial(server.endpoint, playerId);
    world.run(50);
    expect([visit.opened, host.requested]).toEqual([1, []]);
    host.mayJoin = 'you are banned';
    const refused = dial(player.endpoint, hostId);
    world.run(50);
    expect(ended(refused)).toEqual([[1006, 'denied']]);
    expect(refused.closes[0]?.reason).toContain('you are banned');
    expect(host.connections).toEqual([]);
    expect(visit.closes).toEqual([]);
  });

  test('does not decide on himself', () => {
    const { host, server, hostId } = pair();
    host.mayJoin = false;
    const own = dial(server.endpoint, hostId);
    world.run(50);
    expect([own.opened, host.requested]).toEqual([1, []]);
  });

  test('forgets strangers who never say hello', () => {
    const { host, hostId, server } = pair();
    const strangers = Array.from({ length: 300 }, () => world.steam.user());
    for (const stranger of strangers) stranger.send(hostId, new Uint8Array([1]), 2, 0);
    world.run(1_000);
    expect(host.requested).toHaveLength(300);
    // They do not take the places of players.
    const late = world.user();
    const ours = dial(late.endpoint, hostId);
    world.run(100);
    expect(ours.opened).toBe(1);
    world.run(11_000);
    expect(server.endpoint.stats().map(({ peer }) => peer)).toEqual([late.driver.steamId]);
    for (const stranger of strangers) stranger.close();
  });
});

test('an idle session costs two packets each way in a heartbeat: a ping and a pong of each side', () => {
  const { open, player } = pair();
  open();
  world.run(10_000);
  const before = player.endpoint.stats()[0]?.sent.packets ?? 0;
  world.run(20_000);
  expect((player.endpoint.stats()[0]?.sent.packets ?? 0) - before).toBeLessThanOrEqual(21);
});

test('a driver that is closed under its endpoint ends everything at once, and says so', () => {
  const { open, player, hostId } = pair();
  const { ours } = open();
  player.driver.close();
  world.run(50);
  expect(ended(ours)).toEqual([[1006, 'closed']]);
  const late = dial(player.endpoint, hostId);
  world.run(50);
  expect(late.closes[0]?.reason).toBe(`the driver of Steam user ${player.driver.steamId} was closed in this process`);
});

describe('what a peer may cost', () => {
  test('connections and requests are 64 in a burst, and 32 in a second after it; the game is not asked for more', async () => {
    const { host, player, hostId, open } = pair();
    open();
    let refused = 0;
    for (let i = 0; i < 1_000; i++) {
      player.endpoint.request(hostId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() }).catch(({ code }) => {
        if (code === 'full') refused++;
      });
      world.run(1);
      await settle();
    }
    world.run(100);
    await settle();
    expect(host.requests.length).toBeGreaterThan(60);
    expect(host.requests.length).toBeLessThan(64 + 40);
    expect(refused).toBe(1_000 - host.requests.length);
  });

  test('requests that are being answered count on when he begins a new session', async () => {
    const { host, player, hostId } = pair();
    host.answer = () => new Promise(() => undefined);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 20; j++) {
        const request = player.endpoint.request(hostId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() });
        request.catch(() => undefined);
      }
      world.run(3_000);
      await settle();
      player.endpoint.release();
      world.run(100);
      player.endpoint.acquire();
    }
    expect(host.requests).toHaveLength(32);
  });

  test('what is thrown away unread is 4096 packets in a turn at most: others are behind it', () => {
    const { server, player, playerId, open } = pair({}, { maxWorkPerSecond: 100 });
    const { theirs } = open();
    const flood = (packets: number) => {
      for (let i = 0; i < packets; i++) world.steam.inject(player.driver, server.driver, Uint8Array.of(1));
      world.steam.advance(1);
      return server.endpoint.poll();
    };
    while (!server.endpoint.isShutOut(playerId)) flood(1_000);
    server.endpoint.poll();
    expect(theirs.closes).toMatchObject([{ code: 1008 }]);
    expect(flood(10_000)).toBe(4_096);
  });

  test('more reliable packets than half the ring of numbers are lost, and it is seen', () => {
    const { open, hostId, player } = pair();
    const { ours, theirs } = open();
    world.steam.trueButLost(player.driver, hostId, 700);
    for (let i = 0; i < 1_000; i++) {
      ours.send(`${i}`);
      world.turn();
    }
    world.run(500);
    expect([ended(ours), ended(theirs)]).toEqual([[[1006, 'connection-lost']], [[1006, 'protocol-error']]]);
    expect(theirs.texts).toEqual([]);
  });

  test('a process that polls every 1.1 s still finds out who is dead', () => {
    const { open, player, server } = pair();
    const { ours } = open();
    world.freeze(server.endpoint);
    for (let i = 0; i < 60 && ours.closes.length === 0; i++) {
      world.steam.advance(1_100);
      player.endpoint.poll();
    }
    expect(ended(ours)).toEqual([[1006, 'connection-lost']]);
  });
});

describe('a game that dials again as soon as it hears of the end', () => {
  test('has a new session after a breach of the protocol', () => {
    const { open, host, player, playerId, hostId } = pair();
    const { ours } = open();
    const again: Recorder[] = [];
    const { onClose } = ours;
    ours.onClose = (...end) => {
      onClose.apply(ours, end);
      again.push(dial(player.endpoint, hostId, '/again'));
    };
    world.steam.trueButLost(hostId, playerId, 1);
    host.connections[0]?.record.send('lost');
    world.run(10);
    host.connections[0]?.record.send('seen to be missing');
    world.run(1_000);
    expect(ended(ours)).toEqual([[1006, 'protocol-error']]);
    expect(again.map(({ opened }) => opened)).toEqual([1]);
  });

  // Peers are looked at one after the other, and the game can change who is there under that look: who was made anew was forgotten in the place of
  // the one before, under his session. Games that dial again were tried, none that lets go of its endpoint first.
  test('has one with everybody, when it has let go of the endpoint before', () => {
    const options = { deadAfterMs: 2_000, heartbeatMs: 500 };
    const { server, player, host, hostId } = pair({ conditions: { latencyMs: 5 } }, options);
    const otherHost = new Host();
    const other = world.user(options);
    other.endpoint.serve(otherHost);
    const first = dial(player.endpoint, hostId);
    dial(player.endpoint, other.driver.steamId);
    const again: Recorder[] = [];
    const onClose = first.onClose.bind(first);
    first.onClose = (...end) => {
      onClose(...end);
      player.endpoint.release();
      player.endpoint.acquire();
      again.push(dial(player.endpoint, hostId), dial(player.endpoint, other.driver.steamId));
    };
    world.run(3_000);
    world.freeze(server.endpoint);
    world.runUntil(() => again.length > 0);
    world.thaw(server.endpoint);
    for (const record of again) record.send('hello');
    world.run(20_000);
    expect(again.map(({ connection, closes }) => [connection?.state, closes.length])).toEqual([
      ['open', 0],
      ['open', 0],
    ]);
    expect([host, otherHost].map(({ connections }) => connections.at(-1)?.record.texts)).toEqual([['hello'], ['hello']]);
  });

  test('has one after Steam was away', () => {
    const { open, player, hostId } = pair();
    const { ours } = open();
    const again: Recorder[] = [];
    const { onClose } = ours;
    ours.onClose = (...end) => {
      onClose.apply(ours, end);
      again.push(dial(player.endpoint, hostId, '/again'));
    };
    world.steam.loseSteam(player.driver);
    world.steam.restoreSteam(player.driver);
    world.run(15_000);
    expect(again.map(({ opened, closes }) => opened + closes.length)).toEqual([1]);
  });
});
