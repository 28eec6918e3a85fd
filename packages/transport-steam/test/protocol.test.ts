import { describe, expect, test } from '@jest/globals';
import { CloseCode } from '../src/connection/Connection.ts';
import { defaultEndpointOptions, resolveEndpointOptions } from '../src/connection/options.ts';
import { ChunkAssembler, splitIntoChunks } from '../src/wire/chunks.ts';
import { Compression, decodeCompressed } from '../src/wire/compression.ts';
import { ControlType, decodeControl, encodeControl } from '../src/wire/control.ts';
import { FRAGMENT_BYTES, Fragments, splitIntoFragments } from '../src/wire/Fragments.ts';
import {
  decodeHello,
  decodeRefuse,
  decodeReset,
  encodeHello,
  encodeRefuse,
  encodeReset,
  type Hello,
  PROTOCOL_VERSION,
  RefuseCode,
} from '../src/wire/hello.ts';
import { PacketWriter } from '../src/wire/PacketWriter.ts';
import { Code, Lane, PACKET_HEADER_BYTES, PacketType, readFrames, writePacketHeader } from '../src/wire/packet.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../src/wire/requestCodec.ts';
import { constantIn, Document, number } from './helpers/Document.ts';
import { concat, fromHex, toHex } from './wire/support.ts';

// PROTOCOL.md is the document of record: what it says in hex and in numbers is compared with the source, both ways.

const document = new Document('PROTOCOL.md');
const { maxMessageBytes } = defaultEndpointOptions;

// biome-ignore lint/suspicious/noExplicitAny: the meaning of a vector is whatever its JSON says; every use is compared as a whole.
type Json = any;

interface Vector {
  readonly name: string;
  readonly packet: Uint8Array;
  readonly meaning: Json;
}

const vectors: Vector[] = document
  .fenced('Vectors')
  .split('\n\n')
  .map((text) => {
    const lines = text.trim().split('\n');
    if (lines.length !== 3) throw new Error(`not three lines: ${text}`);
    return { name: lines[0]!, packet: fromHex(lines[1]!), meaning: JSON.parse(lines[2]!) };
  });
const accepted = vectors.filter(({ meaning }) => meaning.rejected === undefined);
const rejected = vectors.filter(({ meaning }) => meaning.rejected !== undefined);

describe('the vectors of PROTOCOL.md', () => {
  test.each(accepted)('$name: the bytes mean that', ({ packet, meaning }) => {
    expect(decode(packet)).toEqual(normal(meaning));
  });

  test.each(accepted.filter(({ meaning }) => isOurs(meaning)))('$name: that is written so', ({ packet, meaning }) => {
    expect(Buffer.compare(encode(meaning), packet)).toBe(0);
  });

  test.each(rejected)('$name: $meaning.rejected', ({ packet }) => {
    expect(decode(packet)).toEqual({ rejected: true });
  });

  test('have names of their own', () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    expect(accepted.length).toBeGreaterThanOrEqual(20);
  });

  test('show every packet, lane, form and frame that there is', () => {
    const frames = accepted.flatMap(({ meaning }) => meaning.frames ?? []);
    const first = accepted.map(({ packet }) => Math.min(packet[0]!, PacketType.Session));
    expect(new Set(first)).toEqual(new Set(Object.values(PacketType)));
    const types = accepted.flatMap(({ packet }) => controlTypes(packet));
    expect(new Set(types)).toEqual(new Set(Object.values(ControlType)));
    expect(new Set(accepted.flatMap(({ meaning }) => meaning.lane ?? []))).toEqual(new Set(['reliable', 'unreliable']));
    expect(accepted.filter(({ meaning }) => meaning.form === 'many').length).toBeGreaterThan(1);
    expect(frames.some(({ code }) => code < Code.Control)).toBe(true);
    expect(frames.some(({ code }) => code >= Code.OpenedBySender)).toBe(true);
  });

  test('the chunks make one message, and so do the fragments, any one of which the parity stands in for', () => {
    const payloads = (kind: string) =>
      accepted.filter(({ name }) => name.startsWith(kind)).map(({ packet }) => packet.subarray(PACKET_HEADER_BYTES));
    const chunks = new ChunkAssembler(maxMessageBytes);
    const [first, last] = payloads('chunk:').map((payload) => chunks.accept(payload));
    expect(first).toBe('partial');
    expect(last).toEqual({ code: 0x10, payload: fromHex('61*65536 62 63') });

    const all = payloads('fragment:');
    for (const lost of all) {
      const fragments = new Fragments(maxMessageBytes);
      const results = all.filter((each) => each !== lost).map((payload) => fragments.accept(15, payload, 0));
      expect(results).toEqual(['partial', 'partial', { code: 0x10, payload: fromHex('61*1191 62*1191 63 64') }]);
    }
  });

  test('the cost of a header is shown with two of them', () => {
    const shown = document
      .fenced('Cost of a header')
      .split('\n')
      .map((line) => /^((?:[0-9a-f]{2} +)+) /.exec(line)![1]!);
    const known = vectors.map(({ packet }) => toHex(packet));
    expect(shown.length).toBe(2);
    for (const hex of shown) expect(known).toContain(hex.trim().replaceAll(/ +/g, ' '));
  });
});

describe('the tables of PROTOCOL.md', () => {
  const codes: [string, Readonly<Record<string, number>>][] = [
    ['First byte', PacketType],
    ['Control frames', ControlType],
    ['Refusals', RefuseCode],
    ['Compression', Compression],
  ];
  test.each(codes)('%s: values and names are those of the source, all of them', (heading, values) => {
    expect(codesOf(document.table(heading))).toEqual(values);
  });

  test('Connections: close codes', () => {
    expect(codesOf(document.table('Connections'))).toEqual(CloseCode);
  });

  test('Deadlines and Limits: defaults and bounds are those of the options, all of them', () => {
    const rows = [...document.table('Deadlines'), ...document.table('Limits')].filter(([name]) => name !== '');
    const numeric = Object.entries(defaultEndpointOptions).filter(([, value]) => typeof value === 'number');
    expect(Object.fromEntries(rows.map(([name, value]) => [code(name!), number(value!)]))).toEqual(Object.fromEntries(numeric));
    for (const [name, , least, most] of rows) {
      const set = (value: number) => () => resolveEndpointOptions({ ...roomy, [code(name!)]: value });
      expect(set(number(least!))).not.toThrow();
      expect(set(number(most!))).not.toThrow();
      expect(set(number(least!) - 1)).toThrow(RangeError);
      expect(set(number(most!) + 1)).toThrow(RangeError);
    }
  });

  test.each(document.table('Limits', 1).map(([name, value, file]) => [code(name!), number(value!), file!] as const))(
    'Limits: %s is %i in %s',
    async (name, value, file) => {
      expect(await constantIn(file, name)).toBe(value);
    },
  );
});

/** A packet of another version can be read, but not written; and what zlib makes of a message is its own affair. */
function isOurs({ hello, frames = [] }: Json): boolean {
  return (
    (hello === undefined || hello.version === PROTOCOL_VERSION) &&
    frames.every(({ compressed }: Json) => compressed === undefined)
  );
}

/** Bounds that stand in each other's way are out of it. */
const roomy = { maxMessageBytes: 1_024, maxQueueBytes: 1_073_741_824, heartbeatMs: 50, deadAfterMs: 600_000 };

function codesOf(rows: string[][]): Record<string, number> {
  return Object.fromEntries(rows.map(([value, name]) => [name!, number(code(value!))]));
}

function code(cell: string): string {
  return cell.replaceAll('`', '');
}

/** Hex words as the document writes them, made comparable. */
function normal(meaning: Json): Json {
  return JSON.parse(JSON.stringify(meaning), (key, value) =>
    key === 'data' || key === 'body' ? toHex(value === '' ? new Uint8Array() : fromHex(value)) : value,
  );
}

function encode(meaning: Json): Uint8Array {
  if (meaning.hello) {
    const { echo, fingerprint } = meaning.hello;
    return encodeHello({ ...meaning.hello, echo: echo ?? undefined, fingerprint: BigInt(`0x${fingerprint}`) });
  }
  if (meaning.refuse) return encodeRefuse(meaning.refuse);
  if (meaning.reset) return encodeReset(meaning.reset.tag);
  const lane = meaning.lane === 'reliable' ? Lane.Reliable : Lane.Unreliable;
  const frames = meaning.frames.map(encodeFrame);
  const [only] = frames;
  const writer = new PacketWriter(lane);
  if (frames.length === 0 || !writer.fits(only.payload.length)) {
    // What the writer never makes: an empty packet of many, and a lone packet of the size of a chunk.
    const packet = concat([0, 0, 0], only?.payload ?? []);
    writePacketHeader(packet, 0, lane, only?.code ?? Code.Many, meaning.tag, meaning.sequence);
    return packet;
  }
  for (const { code, payload } of frames) writer.append(code, payload);
  return writer.take(meaning.tag, meaning.sequence);
}

function encodeFrame(frame: Json): { code: number; payload: Uint8Array } {
  if (frame.data !== undefined) return { code: frame.code, payload: data(frame.data) };
  return { code: Code.Control, payload: frame.control ? control(frame.control) : part(frame) };
}

function control(value: Json): Uint8Array {
  if (value.type === 'open') return encodeControl({ ...value, offerFor: value.offerFor ?? undefined });
  if (value.type === 'request') return encodeControl({ ...value, content: encodeRequest({ ...value, body: data(value.body) }) });
  if (value.type === 'response')
    return encodeControl({ ...value, content: encodeResponse({ ...value, body: data(value.body) }) });
  return encodeControl(value);
}

/** The chunk or fragment of a message that is zero in all other parts. */
function part({ chunk, fragment }: Json): Uint8Array {
  const parts: Uint8Array[] = [];
  const take = (part: Uint8Array) => parts.push(part.slice());
  if (chunk?.first) {
    const own = data(chunk.data);
    splitIntoChunks(chunk.code, concat(own, new Uint8Array(chunk.total - own.length)), take);
    return parts[0]!;
  }
  if (chunk) {
    splitIntoChunks(0, concat(new Uint8Array(65_536), data(chunk.data)), take);
    return parts.at(-1)!;
  }
  if (fragment.lengths !== undefined) {
    // Of a message that has these bytes first: the other full fragments are zeros, and an even number of them have no length together.
    const full = fragment.count - 2;
    splitIntoFragments(
      fragment.code,
      concat(data(fragment.data), new Uint8Array(full * FRAGMENT_BYTES + fragment.lengths)),
      take,
    );
    return parts[fragment.index]!;
  }
  const behind = fragment.index === fragment.count - 1 ? 0 : (fragment.count - fragment.index - 2) * FRAGMENT_BYTES + 1;
  const message = concat(new Uint8Array(fragment.index * FRAGMENT_BYTES), data(fragment.data), new Uint8Array(behind));
  splitIntoFragments(fragment.code, message, take);
  return parts[fragment.index]!;
}

function data(hex: string): Uint8Array {
  return hex === '' ? new Uint8Array() : fromHex(hex);
}

/** What a receiver makes of a packet, in the words of the vectors. */
function decode(packet: Uint8Array): Json {
  switch (packet[0]) {
    case PacketType.Hello:
      return found('hello', withNull(decodeHello(packet)));
    case PacketType.Refuse:
      return found('refuse', decodeRefuse(packet));
    case PacketType.Reset: {
      const tag = decodeReset(packet);
      return found('reset', tag === undefined ? undefined : { tag });
    }
    default:
      return decodeSession(packet);
  }
}

function found(name: string, value: unknown): Json {
  return value === undefined ? { rejected: true } : { [name]: value };
}

function withNull(hello: Hello | undefined): Json {
  if (hello === undefined) return undefined;
  return { ...hello, echo: hello.echo ?? null, fingerprint: hello.fingerprint.toString(16).padStart(16, '0') };
}

function decodeSession(packet: Uint8Array): Json {
  const lane = packet[0]! & Lane.Unreliable ? 'unreliable' : 'reliable';
  const header = packet[1]! * 256 + packet[2]!;
  const frames: Json[] = [];
  const whole = readFrames(packet, (code, payload) => {
    const frame = code === Code.Control ? decodeControlFrame(payload, lane) : { code, data: toHex(payload) };
    frames.push(frame);
    return frame !== undefined;
  });
  if (!whole) return { rejected: true };
  const form = (packet[0]! & 0x1f) === Code.Many ? { form: 'many' } : {};
  return { lane, tag: header >> 10, sequence: header & 0x3ff, ...form, frames };
}

function decodeControlFrame(payload: Uint8Array, lane: string): Json {
  if (payload[0] === ControlType.Compressed) return decodeCompressedFrame(payload, lane);
  if (lane === 'unreliable') return payload[0] === ControlType.Fragment ? decodeFragment(payload) : undefined;
  if (payload[0] === ControlType.Chunk) return decodeChunk(payload);
  const control = decodeControl(payload);
  if (control === undefined) return undefined;
  if (control.type === 'open') return { control: { ...control, offerFor: control.offerFor ?? null } };
  if (control.type !== 'request' && control.type !== 'response') return { control };
  const { type, id, content } = control;
  const decoded = type === 'request' ? decodeRequest(content) : decodeResponse(content);
  return decoded && { control: { type, id, ...decoded, body: toHex(decoded.body) } };
}

/** Read here byte by byte; that the assembler takes it, too, is asked with what must come before it. */
function decodeChunk(payload: Uint8Array): Json {
  const first = (payload[1]! & 1) !== 0;
  const last = (payload[1]! & 2) !== 0;
  const assembler = new ChunkAssembler(maxMessageBytes);
  const own = payload.subarray(first ? 7 : 2);
  const before = !first && last ? [concat([ControlType.Chunk, 1, 0x10, 0, 0, 0, own.length + 1], [0])] : [];
  for (const chunk of before) expect(assembler.accept(chunk)).toBe('partial');
  if (assembler.accept(payload) === 'malformed') return undefined;
  const whole = first ? { code: payload[2], total: Buffer.from(payload).readUInt32BE(3) } : {};
  return { chunk: { first, last, ...whole, data: toHex(own) } };
}

/** The algorithm is that of the session: here the one that can read it. */
function decodeCompressedFrame(payload: Uint8Array, lane: string): Json {
  for (const algorithm of ['Deflate', 'Brotli'] as const) {
    const frame = decodeCompressed(Compression[algorithm], payload, maxMessageBytes);
    if (frame === undefined) continue;
    const plain =
      frame.code === Code.Control ? decodeControlFrame(frame.payload, lane) : { code: frame.code, data: toHex(frame.payload) };
    return plain && { compressed: { algorithm, ...plain } };
  }
  return undefined;
}

function decodeFragment(payload: Uint8Array): Json {
  if (new Fragments(maxMessageBytes).accept(0, payload, 0) === 'malformed') return undefined;
  const [, code, index, count, high, low] = payload;
  if (index! < count!) return { fragment: { code, index, count, data: toHex(payload.subarray(4)) } };
  return { fragment: { code, index, count, lengths: high! * 256 + low!, data: toHex(payload.subarray(6)) } };
}

function controlTypes(packet: Uint8Array): number[] {
  if (packet[0]! < PacketType.Session) return [];
  const types: number[] = [];
  readFrames(packet, (code, payload) => {
    if (code === Code.Control) types.push(payload[0]!);
    return true;
  });
  return types;
}
