import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, dial, Host, type Recorder, type World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair(simulation, options);
  world = made.world;
  return made;
}

describe('a connection', () => {
  test('opens with its target, carries messages both ways in order, and closes with code and reason on both sides', () => {
    const { open, host } = pair({ conditions: { latencyMs: 30 } });
    const { ours, theirs } = open('/process/room?sessionId=abc');
    expect(host.connections[0]?.target).toBe('/process/room?sessionId=abc');
    expect(ours.opened).toBe(1);

    ours.send('one');
    ours.send('two');
    theirs.send('three');
    world.run(100);
    expect(theirs.texts).toEqual(['one', 'two']);
    expect(ours.texts).toEqual(['three']);

    ours.send('the last word');
    ours.connection?.close(4000, 'bye');
    world.run(200);
    expect(theirs.texts.at(-1)).toBe('the last word');
    expect(theirs.closes).toEqual([{ code: 4000, reason: 'bye', error: undefined }]);
    expect(ours.closes).toEqual([{ code: 4000, reason: 'bye', error: undefined }]);
    expect(ours.connection?.state).toBe('closed');
  });

  test('sends what is said while it opens, in the same flight', () => {
    const { player, hostId, host } = pair({ conditions: { latencyMs: 50 } });
    const ours = dial(player.endpoint, hostId);
    ours.send('early');
    // A Steam session costs one round trip, and then one way.
    world.run(151);
    expect(host.connections[0]?.record.texts).toEqual(['early']);
  });

  test('carries an empty message', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    ours.connection?.send(new Uint8Array());
    world.run(50);
    expect(theirs.messages).toEqual([new Uint8Array()]);
  });

  test('copies what it is given', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    const buffer = bytes('keep');
    ours.connection?.send(buffer);
    ours.connection?.send(buffer, 'unreliable');
    buffer.fill(0);
    world.run(50);
    expect(theirs.texts).toEqual(['keep', 'keep']);
  });

  test('closed by both sides at once ends once on each, with the code of its own side', () => {
    const { open, player } = pair({ conditions: { latencyMs: 40 } });
    const { ours, theirs } = open();
    ours.connection?.close(4000, 'player');
    theirs.connection?.close(4001, 'host');
    world.run(300);
    expect(ours.closes.map(({ code }) => code)).toEqual([4000]);
    expect(theirs.closes.map(({ code }) => code)).toEqual([4001]);
    expect(player.endpoint.stats()[0]?.connections).toBe(0);
  });

  test('closed by both sides at once keeps its slot until our own close is acknowledged', () => {
    const { open, player, hostId } = pair({ conditions: { latencyMs: 50 } });
    const { ours, theirs } = open();
    ours.connection?.close(4001);
    world.run(10);
    theirs.connection?.close(4002);
    world.run(65); // his close is here, his acknowledgement of ours is not
    const next = dial(player.endpoint, hostId);
    expect(next.connection?.code).not.toBe(ours.connection?.code);
    world.run(200);
    expect(dial(player.endpoint, hostId).connection?.code).toBe(ours.connection?.code);
  });

  test('closed twice ends once, and without a code as 1005', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    ours.connection?.close();
    ours.connection?.close(4000);
    world.run(50);
    expect([...ours.closes, ...theirs.closes].map(({ code }) => code)).toEqual([1005, 1005]);
  });

  test('sends nothing, and does not throw, once it is closed', () => {
    const { open, player } = pair();
    const { ours, theirs } = open();
    theirs.connection?.close(1000);
    world.run(50);
    const sent = player.endpoint.stats()[0]?.sent.packets;
    ours.send('into the void');
    ours.send('into the void', 'unreliable');
    world.run(5);
    expect(player.endpoint.stats()[0]?.sent.packets).toBe(sent);
  });

  test('slots are used again: 100 connections, one after the other, over one session', () => {
    const { open, player } = pair();
    for (let i = 0; i < 100; i++) {
      const { ours, theirs } = open(`/${i}`);
      ours.send(`hello ${i}`);
      const [closer, other] = i % 2 === 0 ? [ours, theirs] : [theirs, ours];
      world.run(2);
      closer.connection?.close(1000);
      world.run(40);
      expect(theirs.texts).toEqual([`hello ${i}`]);
      expect(other.closes[0]?.code).toBe(1000);
    }
    expect(player.endpoint.stats()).toHaveLength(1);
  });

  test('several share a session and do not disturb each other; the 16th is refused', () => {
    const { open, player, hostId } = pair();
    const all = Array.from({ length: 15 }, (_, i) => open(`/${i}`));
    all.forEach(({ ours }, i) => void ours.send(`to ${i}`));
    world.run(10);
    expect(all.map(({ theirs }) => theirs.texts)).toEqual(all.map((_, i) => [`to ${i}`]));
    const refused = dial(player.endpoint, hostId);
    world.run(10);
    expect(refused.closes[0]).toMatchObject({ code: 1006, error: { code: 'full' } });
    all[3]?.ours.connection?.close(1000);
    world.run(10);
    expect(all.filter(({ theirs }) => theirs.closes.length > 0)).toHaveLength(1);
    open('/again');
  });

  test('two who dial each other at once share one session', () => {
    const { host, server, player, hostId, playerId } = pair({ conditions: { latencyMs: 50 } });
    const other = new Host();
    player.endpoint.serve(other);
    const there = dial(player.endpoint, hostId, '/there');
    const back = dial(server.endpoint, playerId, '/back');
    there.send('a');
    back.send('b');
    world.run(400);
    expect(host.connections.map(({ target, record }) => [target, record.texts])).toEqual([['/there', ['a']]]);
    expect(other.connections.map(({ target, record }) => [target, record.texts])).toEqual([['/back', ['b']]]);
    expect(there.opened + back.opened).toBe(2);
  });

  test('to oneself works as to another, without a Steam packet', () => {
    const { host, server, hostId } = pair();
    const before = world.steam.packetsSent(server.driver);
    const ours = dial(server.endpoint, hostId, '/self');
    ours.send('hello me');
    world.run(20);
    const theirs = host.connections[0]?.record as Recorder;
    expect(theirs.texts).toEqual(['hello me']);
    theirs.send('hello you', 'unreliable');
    world.run(5);
    theirs.connection?.close(4000, 'enough');
    world.run(20);
    expect(ours.texts).toEqual(['hello you']);
    expect(ours.closes).toEqual([{ code: 4000, reason: 'enough', error: undefined }]);
    expect(world.steam.packetsSent(server.driver)).toBe(before);
  });
});

describe('packets', () => {
  test('what one turn says to a peer is one Steam packet, whoever says it', () => {
    const { open, server } = pair();
    const rooms = [open('/1'), open('/2')];
    world.run(3_000);
    const before = world.steam.packetsSent(server.driver);
    for (const { theirs } of rooms) for (let i = 0; i < 20; i++) theirs.send(`patch ${i}`);
    world.turn();
    expect(world.steam.packetsSent(server.driver) - before).toBe(1);
    world.run(20);
    expect(rooms.map(({ ours }) => ours.messages.length)).toEqual([20, 20]);
  });

  test('buffered messages keep their place among the reliable ones', () => {
    const { open } = pair({ conditions: { latencyMs: 20 } });
    const { ours, theirs } = open();
    const sent: string[] = [];
    for (let i = 0; i < 50; i++) {
      sent.push(`${i}`);
      ours.send(`${i}`, i % 3 === 0 ? 'buffered' : 'reliable');
      if (i % 4 === 0) world.turn();
    }
    world.run(1_000);
    expect(theirs.texts).toEqual(sent);
  });

  test('a packet of the game itself is handed to the game', () => {
    const foreign: [bigint, Uint8Array][] = [];
    const { open, playerId, hostId } = pair({}, { onForeignPacket: (peer, packet) => void foreign.push([peer, packet]) });
    const { theirs } = open();
    world.steam.inject(playerId, hostId, bytes('{"mine":true}'));
    world.steam.inject(playerId, hostId, new Uint8Array());
    world.run(20);
    expect(foreign).toEqual([
      [playerId, bytes('{"mine":true}')],
      [playerId, new Uint8Array()],
    ]);
    expect(theirs.closes).toEqual([]);
  });
});

describe('the unreliable lane', () => {
  test('keeps the order of its two send types', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    ours.send('1', 'unreliable');
    ours.send('2', 'unreliableNoDelay');
    ours.send('3', 'unreliable');
    world.run(20);
    expect(theirs.texts).toEqual(['1', '2', '3']);
  });

  test('delivers in order and once, or not at all, when the network loses, reorders and doubles', () => {
    const conditions = { latencyMs: 40, jitterMs: 30, loss: 0.1, duplicate: 0.2 };
    const { open } = pair({ seed: 5, conditions });
    const { ours, theirs } = open();
    for (let i = 0; i < 500; i++) {
      ours.send(`${i}`, i % 2 === 0 ? 'unreliable' : 'unreliableNoDelay');
      world.run(10);
    }
    world.run(500);
    const numbers = theirs.texts.map(Number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThan(150);
    expect(numbers.length).toBeLessThan(480);
    expect(theirs.reliable).not.toContain(true);
  });

  test('goes on after a silence in which the sequence numbers went half way round', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    ours.send('before', 'unreliable');
    world.run(5);
    world.steam.blockDirection(playerId, hostId, true);
    for (let i = 0; i < 700; i++) {
      ours.send(`${i}`, 'unreliable');
      world.run(2);
    }
    world.steam.blockDirection(playerId, hostId, false);
    ours.send('after', 'unreliable');
    world.run(5_000);
    expect(theirs.texts).toEqual(['before', 'after']);
  });

  test('does not take the last message twice, however late its double is', () => {
    const { open, player, playerId, hostId } = pair();
    const { ours, theirs } = open();
    const { driver } = player;
    const send = driver.send.bind(driver);
    let last = new Uint8Array();
    driver.send = (peer, packet, sendType, channel) => {
      if (sendType === 0) last = packet.slice();
      return send(peer, packet, sendType, channel);
    };
    ours.send('once', 'unreliable');
    world.run(3_000);
    world.steam.inject(playerId, hostId, last);
    world.run(50);
    expect(theirs.texts).toEqual(['once']);
  });

  test('a message over one packet arrives whole, in fragments, or not at all', () => {
    const { open, player } = pair({ seed: 3, conditions: { latencyMs: 30, jitterMs: 20, loss: 0.05 } });
    const { ours, theirs } = open();
    const message = Uint8Array.from({ length: 6_000 }, (_, i) => i);
    for (let i = 0; i < 100; i++) {
      message[0] = i;
      ours.connection?.send(message, 'unreliable');
      world.run(50);
    }
    // Without parities it is 73 of 100.
    expect(theirs.messages.length).toBeGreaterThan(85);
    for (const received of theirs.messages) expect(Buffer.compare(received, message.with(0, received[0] as number))).toBe(0);
    world.run(4_000);
    expect(player.endpoint.stats()[0]?.heldBytes).toBe(0);
  });

  // 1024 packets in 2 s bring the numbers round while an unfinished message is still kept: the rest of another one completed it.
  test('fragments of two messages with the same number are not put together', () => {
    const { open, player } = pair();
    const { ours, theirs } = open();
    const { driver, endpoint } = player;
    const send = driver.send.bind(driver);
    let sent = 0;
    // The second of three, and their parity.
    driver.send = (...packet) => [1, 3].includes(sent++) || send(...packet);
    const say = (message: string) => {
      ours.send(message, 'unreliable');
      endpoint.flush();
    };
    say('a'.repeat(3_000));
    for (let i = 1; i < 1_024; i++) {
      say('x');
      if (i % 10 === 0) world.run(10);
    }
    say('b'.repeat(3_000));
    world.run(100);
    expect(theirs.texts.filter((text) => text.length > 1)).toEqual(['b'.repeat(3_000)]);
  });

  test('an oversized message is promoted or rejected where the option says so', () => {
    const { open } = pair({}, { oversizedUnreliable: 'promote' });
    const { ours, theirs } = open();
    ours.connection?.send(new Uint8Array(1_197), 'unreliable');
    ours.connection?.send(new Uint8Array(1_198), 'unreliable');
    world.run(50);
    expect(theirs.reliable.sort()).toEqual([false, true]);
    world.close();

    const rejecting = pair({}, { oversizedUnreliable: 'reject' }).open();
    expect(() => rejecting.ours.connection?.send(new Uint8Array(1_198), 'unreliable')).toThrow(
      new RangeError('unreliable message of 1198 bytes is over the 1197 bytes of one packet (oversizedUnreliable: reject)'),
    );
  });
});

describe('large messages', () => {
  test('10 MB arrives when both ends allow it', () => {
    const { open, player } = pair({ conditions: { latencyMs: 5 } }, { maxMessageBytes: 16_777_216, maxQueueBytes: 16_777_216 });
    const { ours, theirs } = open();
    const large = new Uint8Array(10_000_000).map((_, i) => i * 7);
    ours.send('before');
    ours.connection?.send(large);
    ours.send('after');
    expect(ours.connection?.bufferedAmount).toBeGreaterThan(1_000_000);
    world.runUntil(() => theirs.messages.length === 3);
    expect(Buffer.compare(theirs.messages[1] as Uint8Array, large)).toBe(0);
    expect(ours.connection?.bufferedAmount).toBe(0);
    expect(ours.drained).toBe(1);
    expect(player.endpoint.stats()[0]?.heldBytes).toBe(0);
  });

  test('one over the cap of either end throws at the sender, and the connection goes on', () => {
    const made = pair({}, { maxMessageBytes: 2_000 });
    const generous = world.user({ maxMessageBytes: 1_000_000 });
    const ours = dial(generous.endpoint, made.hostId);
    world.runUntil(() => ours.opened === 1);
    expect(() => ours.connection?.send(new Uint8Array(2_001))).toThrow(
      new RangeError(
        `message of 2001 bytes to Steam user ${made.hostId} is over the limit of 2000 bytes: raise maxMessageBytes at both ends, or send less at once`,
      ),
    );
    ours.connection?.send(new Uint8Array(2_000));
    world.run(20);
    expect(made.host.connections[0]?.record.messages.map((message) => message.length)).toEqual([2_000]);
  });
});

describe('back-pressure', () => {
  test('what Steam refuses waits, goes in order later, and the drain is told', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.refuseSends(playerId, hostId, true);
    for (let i = 0; i < 5; i++) {
      ours.send(`${i}`);
      world.run(5);
    }
    expect(theirs.texts).toEqual([]);
    expect(ours.connection?.bufferedAmount).toBeGreaterThan(0);
    world.steam.refuseSends(playerId, hostId, false);
    world.run(5);
    expect(theirs.texts).toEqual(['0', '1', '2', '3', '4']);
    expect(ours.connection?.bufferedAmount).toBe(0);
    expect(ours.drained).toBe(1);
  });

  test('unreliable messages that Steam refuses drop the oldest, and are counted', () => {
    const { open, playerId, hostId, player } = pair();
    const { ours, theirs } = open();
    world.steam.refuseSends(playerId, hostId, true);
    for (let i = 0; i < 200; i++) {
      ours.send(`${i}`, 'unreliable');
      world.turn();
    }
    world.steam.refuseSends(playerId, hostId, false);
    world.run(20);
    expect(theirs.texts.map(Number)).toEqual(Array.from({ length: 64 }, (_, i) => 136 + i));
    expect(player.endpoint.stats()[0]?.dropped).toBe(136);
  });

  test('a peer who takes nothing for too long is closed as slow, with the figures in the reason', () => {
    const { open, playerId, hostId } = pair({}, { maxMessageBytes: 4_000, maxQueueBytes: 10_000 });
    const { ours, theirs } = open();
    world.steam.refuseSends(hostId, playerId, true);
    for (let i = 0; i < 4; i++) theirs.connection?.send(new Uint8Array(3_000));
    world.run(5);
    expect(theirs.closes).toEqual([
      {
        code: 1013,
        reason: `slow peer: 9009 bytes wait for Steam user ${playerId} and 3000 more were sent, the limit (maxQueueBytes) is 10000`,
        error: undefined,
      },
    ]);
    world.steam.refuseSends(hostId, playerId, false);
    world.run(50);
    expect(ours.messages).toHaveLength(3);
    expect(ours.closes[0]?.code).toBe(1013);
  });
});
