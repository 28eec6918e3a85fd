import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CloseCode } from '../../src/connection/Connection.ts';
import type { CompressionOptions } from '../../src/connection/compressionOptions.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { type EndpointOptions, resolveEndpointOptions } from '../../src/connection/options.ts';
import type { Delivery } from '../../src/connection/types.ts';
import { splitIntoChunks } from '../../src/wire/chunks.ts';
import { Compression, encodeCompressed } from '../../src/wire/compression.ts';
import { ControlType, encodeControl } from '../../src/wire/control.ts';
import { fragmentPackets, splitIntoFragments } from '../../src/wire/Fragments.ts';
import { Code, Lane, writePacketHeader } from '../../src/wire/packet.ts';
import { encodeRequest } from '../../src/wire/requestCodec.ts';
import { bytes, dial, generator, Host, type Recorder, settle, World } from '../helpers/World.ts';
import { concat, field, greeting, pattern } from '../wire/support.ts';

let world: World;
afterEach(() => world.close());

const deflate = { compression: { algorithm: 'deflate' } } as const;

/** JSON of so many bytes: it shrinks to a quarter or so, and no more than games' does. */
function json(length: number, seed = 1): Uint8Array {
  const random = generator(seed);
  let text = '';
  while (text.length < length) text += JSON.stringify({ id: Math.floor(random() * 1e6), x: random().toFixed(3), name: 'player' });
  return bytes(text.slice(0, length));
}

/** Comparing a megabyte value by value takes seconds. */
function digests(messages: readonly Uint8Array[]): string[] {
  return messages.map((message) => createHash('sha1').update(message).digest('hex'));
}

/** Bytes that nothing makes smaller. */
function noise(length: number): Uint8Array {
  const random = generator(length);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

function pair(server: EndpointOptions, client: EndpointOptions = server) {
  world = new World();
  const host = new Host();
  const made = { host, server: world.user(server), player: world.user(client) };
  made.server.endpoint.serve(host);
  const ours = dial(made.player.endpoint, made.server.driver.steamId);
  world.runUntil(() => ours.opened === 1);
  const theirs = host.connections[0]!.record;
  /** What the player's endpoint has saved, and what Steam got from it since. */
  const stats = () => made.player.endpoint.stats()[0]!;
  return { ...made, ours, theirs, stats, hostId: made.server.driver.steamId };
}

function send(record: Recorder, payload: Uint8Array, delivery?: Delivery): void {
  record.connection?.send(payload, delivery);
  world.run(50);
}

describe('messages', () => {
  test.each(['deflate', 'brotli'] as const)('are compressed with %s when both ends say so, both ways', (compression) => {
    const { ours, theirs, stats, server } = pair({ compression });
    const before = stats().sent.bytes;
    send(ours, json(20_000));
    send(theirs, json(30_000));
    expect(digests(theirs.messages)).toEqual(digests([json(20_000)]));
    expect(digests(ours.messages)).toEqual(digests([json(30_000)]));
    const { compressedFrom, compressedTo, sent } = stats();
    expect(compressedFrom).toBe(20_000);
    expect(compressedTo).toBeLessThan(8_000);
    expect(sent.bytes - before).toBeLessThan(compressedTo + 50);
    expect(server.endpoint.stats()[0]?.compressedFrom).toBe(30_000);
  });

  test.each([
    ['here only', deflate, {}],
    ['there only', {}, deflate],
    ['with another algorithm', deflate, { compression: 'brotli' } as const],
    ['nowhere', {}, {}],
  ])('are not compressed when it is wanted %s', (_, client, server) => {
    const { ours, theirs, stats } = pair(server, client);
    const before = stats().sent.bytes;
    send(ours, json(20_000));
    send(theirs, json(20_000));
    expect(digests([...theirs.messages, ...ours.messages])).toEqual(digests([json(20_000), json(20_000)]));
    expect([stats().compressedFrom, stats().compressedTo]).toEqual([0, 0]);
    expect(stats().sent.bytes - before).toBeGreaterThan(20_000);
  });

  test('with ourselves are not', () => {
    const { server, host, hostId } = pair(deflate);
    const own = dial(server.endpoint, hostId);
    world.run(50);
    send(own, json(20_000));
    expect(host.connections[1]?.record.messages).toEqual([json(20_000)]);
    expect(server.endpoint.stats().map(({ compressedFrom }) => compressedFrom)).toEqual([0, 0, 0]);
  });

  test.each([
    [1_023, 1_024, 0],
    [1_024, 1_024, 1],
    [199, 200, 0],
    [200, 200, 1],
  ])('of %i bytes with a threshold of %i: %i', (length, thresholdBytes, compressed) => {
    const { ours, theirs, stats } = pair({ compression: { algorithm: 'deflate', thresholdBytes } });
    send(ours, json(length));
    expect(digests(theirs.messages)).toEqual(digests([json(length)]));
    expect(stats().compressedFrom).toBe(compressed * length);
  });

  test('that do not become smaller go as they are', () => {
    const { ours, theirs, stats } = pair(deflate);
    send(ours, noise(50_000));
    expect(digests(theirs.messages)).toEqual(digests([noise(50_000)]));
    expect(stats().compressedFrom).toBe(0);
  });

  test('of which brotli would make almost nothing go as they are: a receiver would take them for a bomb', () => {
    const { ours, theirs, stats } = pair({ compression: 'brotli' });
    send(ours, new Uint8Array(500_000));
    expect(theirs.messages.map(({ length }) => length)).toEqual([500_000]);
    expect(stats().compressedFrom).toBe(0);
  });

  test('that are sent before the peer has said hello go as they are', () => {
    world = new World();
    const host = new Host();
    const server = world.user(deflate);
    server.endpoint.serve(host);
    const player = world.user(deflate);
    const ours = dial(player.endpoint, server.driver.steamId);
    ours.connection?.send(json(5_000));
    world.run(100);
    ours.connection?.send(json(6_000));
    world.run(100);
    expect(host.connections[0]?.record.messages).toEqual([json(5_000), json(6_000)]);
    expect(player.endpoint.stats()[0]?.compressedFrom).toBe(6_000);
  });

  test('keep their order among those that are not, sent in one turn and in many', () => {
    const { ours, theirs } = pair(deflate);
    const sizes = [10, 2_000, 3, 1_500, 1_500, 300_000, 5, 900_000, 1_024, 0, 70_000, 1_023, 200_000, 1_100];
    const messages = [...sizes, ...sizes].map((length, i) => (i % 5 === 4 ? noise(length) : json(length, i)));
    for (const [i, message] of messages.entries()) {
      ours.connection?.send(message, i % 3 === 0 ? 'buffered' : 'reliable');
      if (i >= sizes.length) world.run(5);
    }
    world.run(2_000);
    expect(digests(theirs.messages)).toEqual(digests(messages));
    expect(ours.closes).toEqual([]);
  });

  test('over 64 KiB when compressed go as chunks', () => {
    const { ours, theirs, stats } = pair(deflate);
    send(ours, json(1_000_000));
    world.run(1_000);
    expect(digests(theirs.messages)).toEqual(digests([json(1_000_000)]));
    expect(stats().compressedTo).toBeGreaterThan(65_536 * 2);
    expect(stats().compressedFrom).toBe(1_000_000);
  });

  test('are limited by what they are, not by what they are made into', () => {
    const { ours, theirs } = pair({ ...deflate, maxMessageBytes: 10_000 });
    send(ours, json(10_000));
    expect(digests(theirs.messages)).toEqual(digests([json(10_000)]));
    expect(() => ours.connection?.send(json(10_001))).toThrow(RangeError);
  });

  test('waiting for Steam count by what they are made into', () => {
    const { ours, theirs, server, player } = pair({ ...deflate, maxMessageBytes: 100_000, maxQueueBytes: 100_000 });
    world.steam.refuseSends(player.driver, server.driver, true);
    for (let i = 0; i < 2; i++) send(ours, json(90_000, i));
    expect(ours.closes).toEqual([]);
    world.steam.refuseSends(player.driver, server.driver, false);
    world.run(100);
    expect(digests(theirs.messages)).toEqual(digests([json(90_000, 0), json(90_000, 1)]));
  });

  test('for an offer are kept, too', async () => {
    const { host, player, hostId } = pair(deflate);
    host.answer = async (_, __, offer) => {
      offer('/room', { onMessage: () => undefined, onClose: () => undefined }).send(json(5_000));
      return { status: 200, headers: [], body: new Uint8Array() };
    };
    const request = player.endpoint.request(hostId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() });
    world.run(20);
    await settle();
    world.run(50);
    const { offer } = await request;
    const taken: Uint8Array[] = [];
    offer?.connection.adopt({ onMessage: (message) => void taken.push(message), onClose: () => undefined });
    world.run(20);
    expect(taken).toEqual([json(5_000)]);
  });
});

test('requests and responses are compressed, too', async () => {
  const { host, player, server, hostId, stats } = pair(deflate);
  host.answer = async (_, { body }) => ({ status: 200, headers: [], body });
  const request = player.endpoint.request(hostId, { method: 'POST', path: '/', headers: [], body: json(50_000) });
  world.run(50);
  await settle();
  world.run(50);
  expect(digests([(await request).body])).toEqual(digests([json(50_000)]));
  for (const { compressedFrom, compressedTo } of [stats(), server.endpoint.stats()[0]!]) {
    expect(compressedFrom).toBeGreaterThan(50_000);
    expect(compressedTo).toBeLessThan(20_000);
  }
});

describe('unreliable messages', () => {
  const unreliably = (options: Partial<CompressionOptions> = {}, more: EndpointOptions = {}) =>
    pair({ compression: { algorithm: 'deflate', unreliable: true, ...options }, ...more });

  test('are not compressed unless asked', () => {
    const { ours, theirs, stats } = unreliably({ unreliable: false });
    send(ours, json(3_000), 'unreliable');
    expect(digests(theirs.messages)).toEqual(digests([json(3_000)]));
    expect(stats().compressedFrom).toBe(0);
  });

  test('travel in one packet in place of fragments', () => {
    const { ours, theirs, stats } = unreliably();
    const before = stats().sent.packets;
    send(ours, json(2_000), 'unreliable');
    expect([theirs.messages, theirs.reliable]).toEqual([[json(2_000)], [false]]);
    expect(stats().sent.packets - before).toBe(1);
    expect(stats().compressedFrom).toBe(2_000);
  });

  test('that fit one packet only compressed do so, however little it saves', () => {
    const { ours, stats } = unreliably();
    const message = concat(noise(1_130), new Uint8Array(100).fill(7));
    send(ours, message, 'unreliable');
    expect(stats().compressedFrom).toBe(1_230);
    expect(stats().compressedTo).toBeGreaterThan(1_230 * 0.95);
  });

  test('that stay above one packet travel as fragments of what is compressed', () => {
    const { ours, theirs, stats } = unreliably();
    const before = stats().sent.packets;
    send(ours, json(20_000), 'unreliableNoDelay');
    expect(digests(theirs.messages)).toEqual(digests([json(20_000)]));
    expect(stats().sent.packets - before).toBe(fragmentPackets(stats().compressedTo));
  });

  test('are rejected only when they do not fit compressed either', () => {
    const { ours, theirs } = unreliably({}, { oversizedUnreliable: 'reject' });
    send(ours, json(2_000), 'unreliable');
    expect(digests(theirs.messages)).toEqual(digests([json(2_000)]));
    expect(() => ours.connection?.send(noise(2_000), 'unreliable')).toThrow(RangeError);
  });

  test('that would save as little, and fit anyway, go as they are', () => {
    const { ours, stats } = unreliably();
    send(ours, concat(noise(1_130), new Uint8Array(60).fill(7)), 'unreliable');
    expect(stats().compressedFrom).toBe(0);
  });

  test('come in order, several in one turn, small ones among them', () => {
    const { ours, theirs } = unreliably();
    const messages = [10, 1_100, 20, 1_100, 1_100, 3_000, 30].map((length, i) => json(length, i));
    for (const message of messages) ours.connection?.send(message, 'unreliable');
    world.run(100);
    expect(digests(theirs.messages)).toEqual(digests(messages));
  });
});

describe('from a peer who does not mean well', () => {
  test.each<[string, (packed: Uint8Array) => Uint8Array]>([
    ['a bomb', () => compressed(0x10, 60_000, deflateRawSync(new Uint8Array(60_000), { level: 9 }))],
    ['a bomb that announces little', () => compressed(0x10, 2_000, deflateRawSync(new Uint8Array(60_000)))],
    ['more than maxMessageBytes', () => compressed(0x10, 65_537, deflateRawSync(json(65_537)))],
    ['fewer bytes than it announces', () => compressed(0x10, 2_001, deflateRawSync(json(2_000)))],
    ['more bytes than it announces', () => compressed(0x10, 1_999, deflateRawSync(json(2_000)))],
    ['nothing', () => compressed(0x10, 0, deflateRawSync(new Uint8Array()))],
    ['garbage', () => compressed(0x10, 2_000, noise(500))],
    ['something behind the end', () => compressed(0x10, 2_000, concat(deflateRawSync(json(2_000)), [0]))],
    ['half of it', () => compressed(0x10, 2_000, deflateRawSync(json(2_000)).subarray(0, 100))],
    ['no header', () => Uint8Array.of(ControlType.Compressed, 0x10, 0)],
    ['another algorithm', () => compressed(0x10, 2_000, brotliCompressSync(json(2_000)))],
    ['a compressed frame in it', (inner) => encodeCompressed(Compression.Deflate, Code.Control, inner)!],
    ['a close in it', () => encodeCompressed(Compression.Deflate, Code.Control, CLOSE)!],
    ['a chunk in it', () => encodeCompressed(Compression.Deflate, Code.Control, concat([0x0b, 3, 0x10, 0, 0, 0, 1, 1]))!],
    ['code 0x1f', () => compressed(0x1f, 2_000, deflateRawSync(json(2_000)))],
  ])('%s on the reliable lane ends the session, and on the unreliable one is dropped', (_, make) => {
    const payload = make(encodeCompressed(Compression.Deflate, 0x10, json(2_000))!);
    for (const lane of [Lane.Unreliable, Lane.Reliable]) {
      const { record, attacker, stats } = attacked(deflate);
      attacker.send(lane, Code.Control, payload);
      expect(digests(record.messages)).toEqual(digests([]));
      expect(stats()?.rejected).toBe(lane === Lane.Unreliable ? 1 : undefined);
      expect(record.closes.map(({ error }) => error?.code)).toEqual(lane === Lane.Unreliable ? [] : ['protocol-error']);
      if (lane === Lane.Unreliable) {
        attacker.send(Lane.Reliable, 0x10, bytes('still here'));
        expect(record.texts).toEqual(['still here']);
        world.close();
      }
    }
  });

  test('compressed frames, where none were agreed, are a breach', () => {
    const { record, attacker } = attacked({});
    attacker.send(Lane.Reliable, Code.Control, encodeCompressed(Compression.Deflate, 0x10, json(2_000))!);
    expect(record.closes.map(({ error }) => error?.code)).toEqual(['protocol-error']);
  });

  test('a request on the unreliable lane is dropped', () => {
    const { record, attacker, stats, host } = attacked(deflate);
    const content = encodeRequest({ method: 'GET', path: '/', headers: [], body: json(2_000) });
    const request = encodeControl({ type: 'request', id: 1, content });
    attacker.send(Lane.Unreliable, Code.Control, encodeCompressed(Compression.Deflate, Code.Control, request)!);
    expect([record.closes, stats()?.rejected, host.requests]).toEqual([[], 1, []]);
    attacker.send(Lane.Reliable, Code.Control, encodeCompressed(Compression.Deflate, Code.Control, request)!);
    expect(host.requests).toHaveLength(1);
  });

  // Each costs a call of zlib, which takes longer than anything else a frame of ten bytes can ask for.
  test('a second compressed frame in a packet is a breach, wherever it comes from', () => {
    const packed = encodeCompressed(Compression.Deflate, 0x10, pattern(100))!;
    const chunks: Uint8Array[] = [];
    splitIntoChunks(Code.Control, packed, (chunk) => chunks.push(chunk));
    for (const [first, second] of [
      [packed, packed],
      [packed, chunks[0]!],
      [chunks[0]!, chunks[0]!],
    ] as const) {
      const { record, attacker } = attacked(deflate);
      attacker.send(Lane.Reliable, Code.Many, many(first));
      attacker.send(Lane.Reliable, Code.Many, many(second));
      expect(record.messages).toHaveLength(2);
      attacker.send(Lane.Reliable, Code.Many, many(first, second));
      expect(record.messages).toHaveLength(3);
      expect(record.closes.map(({ error }) => error?.code)).toEqual(['protocol-error']);
      if (first === packed) world.close();
    }
  });

  // Each counted as two packets or so, and cost zlib an error: 70 to 300 us. Within maxWorkPerSecond that was a core of the host, for ever.
  // The floods that were tried had compressed frames that were sound, and the frames here came one at a time.
  test('who goes on with garbage floods, however slowly', () => {
    const { record, attacker, stats } = attacked(deflate);
    const garbage = compressed(0x10, 100, new Uint8Array(4).fill(0x55));
    // 200 in a second. A single one, which a network may have garbled, is no flood.
    for (let i = 0; i < 5; i++) attacker.send(Lane.Unreliable, Code.Control, garbage);
    expect(record.closes).toEqual([]);
    for (let i = 0; i < 100 && record.closes.length === 0; i++) attacker.send(Lane.Unreliable, Code.Control, garbage);
    world.run(10);
    expect(record.closes.map(({ code }) => code)).toEqual([CloseCode.PolicyViolation]);
    expect(stats()).toBeUndefined();
  });

  test('fragments of a compressed frame that is no good are dropped', () => {
    const { record, attacker, stats } = attacked(deflate);
    const good = encodeCompressed(Compression.Deflate, 0x10, json(10_000))!;
    const bad = good.slice();
    bad[good.length - 5]! ^= 0xff;
    for (const payload of [bad, good]) attacker.sendFragments(payload);
    expect(digests(record.messages)).toEqual(digests([json(10_000)]));
    expect([stats()?.rejected, stats()?.heldBytes]).toEqual([1, 0]);
  });
});

describe('our own packets', () => {
  test('hold one compressed frame at most', () => {
    const { ours, theirs, stats } = pair({ compression: { algorithm: 'deflate', thresholdBytes: 64 } });
    const small = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? bytes(`${i}`) : new Uint8Array(100).fill(i)));
    for (const message of small) ours.connection?.send(message);
    world.run(100);
    expect(theirs.messages).toEqual(small);
    // A receiver takes no second one.
    expect(theirs.closes).toEqual([]);
    expect(stats().compressedFrom).toBe(26 * 100);
  });
});

describe('option compression', () => {
  test('has defaults, and an algorithm alone is enough', () => {
    const off = { algorithm: 'none', thresholdBytes: 1_024, unreliable: false };
    expect(resolveEndpointOptions().compression).toEqual(off);
    expect(resolveEndpointOptions({ compression: 'brotli' }).compression).toEqual({ ...off, algorithm: 'brotli' });
    const compression = { algorithm: 'deflate', thresholdBytes: 64 } as const;
    expect(resolveEndpointOptions({ compression }).compression).toEqual({ ...off, ...compression });
    world = new World();
  });

  test.each([
    ['gzip', RangeError, 'option compression must be one of none, deflate, brotli, not gzip'],
    ['toString', RangeError, 'option compression must be one of'],
    [{}, RangeError, 'option compression must be one of none, deflate, brotli, not undefined'],
    [true, TypeError, 'option compression must be an algorithm or { algorithm, … }, not true'],
    [null, TypeError, 'option compression must be an algorithm or { algorithm, … }, not null'],
    [
      { algorithm: 'deflate', level: 9 },
      TypeError,
      'unknown option compression.level; the options of compression are algorithm,',
    ],
    [{ algorithm: 'deflate', thresholdBytes: 63 }, RangeError, 'compression.thresholdBytes must be from 64 to 268435456, not 63'],
    [{ algorithm: 'deflate', thresholdBytes: 268_435_457 }, RangeError, 'compression.thresholdBytes must be from 64'],
    [{ algorithm: 'deflate', thresholdBytes: 64.5 }, RangeError, 'compression.thresholdBytes must be a whole number, not 64.5'],
    [{ algorithm: 'deflate', thresholdBytes: '64' }, TypeError, 'compression.thresholdBytes must be a number from 64'],
    [{ algorithm: 'deflate', unreliable: 1 }, TypeError, 'compression.unreliable must be true or false, not 1'],
  ])('%j', (compression, type, message) => {
    world = new World();
    const resolve = () => resolveEndpointOptions({ compression } as EndpointOptions);
    expect(resolve).toThrow(type);
    expect(resolve).toThrow(message);
  });

  test('counts for the whole endpoint, however it is written', () => {
    const { server } = pair(deflate);
    expect(Endpoint.of(server.driver, { compression: 'deflate' })).toBe(server.endpoint);
    expect(() => Endpoint.of(server.driver, { compression: 'brotli' })).toThrow(
      'option compression is {"algorithm":"deflate","thresholdBytes":1024,"unreliable":false} for this driver already',
    );
  });
});

const CLOSE = encodeControl({ type: 'close', connection: 0x10, code: 4_000, reason: 'bye'.repeat(50) });

function compressed(code: number, plainBytes: number, data: Uint8Array): Uint8Array {
  return concat([ControlType.Compressed, code], field(plainBytes, 4), data);
}

function many(...payloads: readonly Uint8Array[]): Uint8Array {
  return concat(...payloads.flatMap((payload) => [field((Code.Control << 11) | payload.length, 2), payload]));
}

/** A host, and one who speaks to it byte by byte, and has a connection open. */
function attacked(options: EndpointOptions) {
  world = new World();
  const host = new Host();
  const { driver, endpoint } = world.user({ maxMessageBytes: 65_536, ...options });
  endpoint.serve(host);
  const attacker = new Attacker(driver.steamId);
  const open = encodeControl({ type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: undefined, target: '/' });
  attacker.send(Lane.Reliable, Code.Control, open);
  const { record } = host.connections[0]!;
  return { host, attacker, record, stats: () => endpoint.stats()[0] };
}

class Attacker {
  readonly #driver = world.steam.user();
  readonly #victim: bigint;
  #reliable = 0;
  #unreliable = 0;

  constructor(victim: bigint) {
    this.#victim = victim;
    this.#driver.send(victim, greeting({ compression: Compression.Deflate }), 2, 0);
    world.run(50);
  }

  send(lane: Lane, code: number, payload: Uint8Array): void {
    this.#packet(lane, code, payload, lane === Lane.Reliable ? this.#reliable++ : this.#unreliable++);
    world.run(5);
  }

  sendFragments(payload: Uint8Array): void {
    const sequence = this.#unreliable++;
    splitIntoFragments(Code.Control, payload, (fragment) => this.#packet(Lane.Unreliable, Code.Control, fragment, sequence));
    world.run(5);
  }

  /** Past Steam, which would not take what is too large. */
  #packet(lane: Lane, code: number, payload: Uint8Array, sequence: number): void {
    const packet = concat([0, 0, 0], payload);
    writePacketHeader(packet, 0, lane, code, 1, sequence);
    world.steam.inject(this.#driver, this.#victim, packet);
  }
}
