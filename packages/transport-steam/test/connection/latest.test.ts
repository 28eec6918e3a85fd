import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, generator, type Recorder, type World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair(simulation, options);
  world = made.world;
  return made;
}

/** Unreliable, with a key. */
function sendLatest(record: Recorder, text: string, latest: number): void {
  record.connection?.send(bytes(text), 'unreliable', { latest });
}

describe('a latest message', () => {
  test('replaces the one of its key and connection that was made in the same turn, and no other', () => {
    const { open, player } = pair();
    const [one, other] = [open('/1'), open('/2')];
    sendLatest(one.ours, 'old', 1);
    sendLatest(one.ours, 'of another key', 2);
    sendLatest(other.ours, 'of another connection', 1);
    sendLatest(one.ours, 'new', 1);
    one.ours.send('with no key', 'unreliable');
    world.run(20);
    expect(one.theirs.texts.sort()).toEqual(['new', 'of another key', 'with no key']);
    expect(other.theirs.texts).toEqual(['of another connection']);
    expect(player.endpoint.stats()[0]).toMatchObject({ replaced: 1, dropped: 0 });
  });

  test('shares a packet with what else is unreliable', () => {
    const { open, player } = pair();
    const { ours, theirs } = open();
    world.run(5_000);
    const before = world.steam.packetsSent(player.driver);
    for (let i = 0; i < 5; i++) sendLatest(ours, `latest ${i}`, i);
    ours.send('plain', 'unreliable');
    world.run(5);
    expect(theirs.texts).toEqual(['plain', ...[0, 1, 2, 3, 4].map((i) => `latest ${i}`)]);
    expect(world.steam.packetsSent(player.driver)).toBe(before + 1);
  });

  test('is the newest when Steam takes it again, however long it refused', () => {
    const { open, player, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.refuseSends(playerId, hostId, true);
    for (let i = 0; i < 300; i++) {
      sendLatest(ours, `a${i}`, 1);
      sendLatest(ours, `b${i}`, 2);
      world.run(1);
    }
    expect(player.endpoint.stats()[0]?.queuedUnreliable).toBe(2);
    world.steam.refuseSends(playerId, hostId, false);
    world.run(20);
    expect(theirs.texts).toEqual(['a299', 'b299']);
    const [stats] = player.endpoint.stats();
    expect(stats).toMatchObject({ replaced: 598, dropped: 0, queuedUnreliable: 0 });
    expect(stats?.channels.state).toMatchObject({ sent: { messages: 2 }, replaced: 598 });
    expect(stats?.retries).toBeGreaterThanOrEqual(300);
  });

  test('stays replaceable when it was to share a packet with others, which keep their place', () => {
    const { open, player, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.refuseSends(playerId, hostId, true);
    ours.send('first', 'unreliable');
    sendLatest(ours, 'old', 1);
    world.turn();
    for (const text of ['second', 'third']) ours.send(text, 'unreliable');
    sendLatest(ours, 'new', 1);
    world.turn();
    expect(player.endpoint.stats()[0]?.queuedUnreliable).toBe(3);
    world.steam.refuseSends(playerId, hostId, false);
    world.run(20);
    expect(theirs.texts).toEqual(['first', 'second', 'third', 'new']);
  });

  test('copies what it is given, of whatever size', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    const buffer = Buffer.from('0123456789');
    for (const length of [4, 4, 7, 0, 2]) {
      ours.connection?.send(buffer.subarray(0, length), 'unreliable', { latest: 7 });
      buffer.fill('x');
      world.run(5);
      buffer.write('0123456789');
    }
    expect(theirs.texts).toEqual(['0123', '0123', '0123456', '', '01']);
  });

  test('goes with its connection: a close drops it, and the next connection in the slot does not get it', () => {
    const { open, host, server } = pair();
    const first = open('/first');
    const { driver } = server;
    const send = driver.send.bind(driver);
    // Steam takes what is reliable, and nothing else.
    driver.send = (peer, packet, sendType, channel) => sendType >= 2 && send(peer, packet, sendType, channel);
    sendLatest(first.theirs, 'of the host', 1);
    world.run(5);
    first.ours.connection?.close(4000);
    world.run(50);
    const second = open('/second');
    expect(host.connections[1]?.connection.code).toBe(first.theirs.connection?.code);
    driver.send = send;
    sendLatest(second.ours, 'of the player', 1);
    world.turn();
    sendLatest(second.ours, 'of the player, who leaves', 1);
    second.ours.connection?.close(4000);
    world.run(50);
    expect(second.theirs.texts.splice(0)).toEqual(['of the player']);
    second.theirs.messages.length = 0;
    expect([...first.ours.texts, ...second.ours.texts, ...second.theirs.texts]).toEqual([]);
  });

  test('comes in order or not at all when the network loses, reorders and doubles, and Steam refuses now and then', () => {
    const conditions = { latencyMs: 40, jitterMs: 10, loss: 0.1, duplicate: 0.2, reorder: 0.2 };
    const { open, playerId, hostId } = pair({ seed: 9, conditions });
    const { ours, theirs } = open();
    const random = generator(9);
    for (let i = 0; i < 1_000; i++) {
      if (i % 20 === 0) world.steam.refuseSends(playerId, hostId, random() < 0.3);
      sendLatest(ours, `${i}`, 1);
      if (random() < 0.3) sendLatest(ours, `${++i}`, 1);
      world.run(random() * 20);
    }
    world.steam.refuseSends(playerId, hostId, false);
    world.run(500);
    const numbers = theirs.texts.map(Number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThan(200);
  });

  test('over one packet is replaced whole, and then travels in fragments', () => {
    const { open, player, playerId, hostId } = pair();
    const { ours, theirs } = open();
    const large = (fill: number) => ours.connection?.send(new Uint8Array(5_000).fill(fill), 'unreliable', { latest: 1 });
    world.steam.refuseSends(playerId, hostId, true);
    for (let i = 0; i < 20; i++) {
      large(i);
      world.run(5);
    }
    world.steam.refuseSends(playerId, hostId, false);
    world.run(20);
    expect(theirs.messages).toEqual([new Uint8Array(5_000).fill(19)]);
    expect(player.endpoint.stats()[0]?.channels.state.sent).toEqual({ messages: 1, packets: 6, bytes: 5_002 });
  });

  test('over one packet, where that is promoted, goes reliably in place of the one that waits', () => {
    const { open, playerId, hostId } = pair({}, { oversizedUnreliable: 'promote' });
    const { ours, theirs } = open();
    world.steam.refuseSends(playerId, hostId, true);
    sendLatest(ours, 'small and old', 1);
    world.run(5);
    ours.connection?.send(new Uint8Array(2_000), 'unreliable', { latest: 1 });
    world.steam.refuseSends(playerId, hostId, false);
    world.run(20);
    expect(theirs.messages.map(({ length }) => length)).toEqual([2_000]);
    expect(theirs.reliable).toEqual([true]);
  });

  test('of more keys than a packet holds takes several, each message once', () => {
    const { open, player, hostId } = pair();
    const { ours, theirs } = open();
    const text = (i: number) => `${i}`.padEnd(100, '.');
    for (let round = 0; round < 3; round++) for (let i = 0; i < 500; i++) sendLatest(ours, text(i), i);
    world.run(50, 5);
    expect(theirs.texts).toEqual(Array.from({ length: 500 }, (_, i) => text(i)));
    // What a refusal cuts short goes on where it was.
    const { driver } = player;
    let allowed = 10;
    const send = driver.send.bind(driver);
    driver.send = (peer, packet, sendType, channel) =>
      peer !== hostId || sendType > 1 || allowed-- > 0 ? send(peer, packet, sendType, channel) : false;
    for (let i = 0; i < 500; i++) sendLatest(ours, text(i + 1_000), i);
    world.run(1);
    allowed = Number.POSITIVE_INFINITY;
    world.run(50, 5);
    expect(theirs.texts.slice(500)).toEqual(Array.from({ length: 500 }, (_, i) => text(i + 1_000)));
  });

  // A packet holds one compressed frame; two of them in one broke the session, or were dropped.
  test('compressed, is one of its packet, as everything that is compressed', () => {
    const { open, player } = pair({}, { compression: { algorithm: 'deflate', thresholdBytes: 1_024, unreliable: true } });
    const { ours, theirs } = open();
    world.run(500);
    const large = (fill: number) => new Uint8Array(3_000).map((_, i) => (i % 50) + fill);
    for (let i = 0; i < 3; i++) {
      ours.connection?.send(large(i), 'unreliable', { latest: i });
      ours.connection?.send(large(i + 10), 'unreliable', { latest: i });
      ours.connection?.send(large(i + 20), 'unreliable');
      ours.connection?.send(large(i + 30));
    }
    world.run(50);
    const firsts = theirs.messages.map(([first]) => first as number).sort((a, b) => a - b);
    expect(firsts).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32]);
    expect(player.endpoint.stats()[0]?.channels.state.sent.bytes).toBe(6 * 3_002);
    expect(ours.closes).toEqual([]);
  });

  test.each([
    ['reliable', 5, 'a message with latest: 5 must be sent as unreliable or unreliableNoDelay, not as reliable'],
    ['buffered', 0, 'a message with latest: 0 must be sent as unreliable or unreliableNoDelay, not as buffered'],
    ['unreliable', -1, 'latest must be a whole number from 0 to 4294967295, not -1'],
    ['unreliable', 1.5, 'latest must be a whole number from 0 to 4294967295, not 1.5'],
    ['unreliable', 2 ** 32, 'latest must be a whole number from 0 to 4294967295, not 4294967296'],
    ['unreliable', 'key' as never, 'latest must be a whole number from 0 to 4294967295, not key'],
  ] as const)('%s with the key %s throws, and sends nothing', (delivery, latest, message) => {
    const { open } = pair();
    const { ours, theirs } = open();
    const send = () => ours.connection?.send(bytes('no'), delivery, { latest });
    expect(send).toThrow(RangeError);
    expect(send).toThrow(message);
    world.run(20);
    expect(theirs.texts).toEqual([]);
  });
});
