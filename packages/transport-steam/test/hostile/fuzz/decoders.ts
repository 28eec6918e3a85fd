import { isDeepStrictEqual } from 'node:util';
import { decode, schema, t } from '@colyseus/schema';
import { InputDecoder, InputEncoder } from '@colyseus/schema/input';
import { pack, unpack } from 'msgpackr';
import { hasSoundHandshake } from '../../../src/client/handshake.ts';
import { hostOfEndpoint, parseSteamUrl } from '../../../src/client/steamAddress.ts';
import { compactFrame } from '../../../src/messages/compact.ts';
import { contractOf } from '../../../src/messages/contract.ts';
import { readMessage } from '../../../src/messages/edge.ts';
import { DeclaredPayload, extensionData, registerMessages } from '../../../src/messages/extension.ts';
import { hasForeignPayload } from '../../../src/messages/foreignPayload.ts';
import { readMessageHead } from '../../../src/messages/messageType.ts';
import { carefulDecoder, MAX_INPUTS, stampedInputs } from '../../../src/server/inputs.ts';
import { parseTarget } from '../../../src/server/target.ts';
import { CHUNK_BYTES, ChunkAssembler, splitIntoChunks } from '../../../src/wire/chunks.ts';
import { Compression, compress, decodeCompressed, encodeCompressed, MAX_RATIO } from '../../../src/wire/compression.ts';
import { decodeControl, encodeControl, REQUEST_HEADER_BYTES, TARGET_BYTES } from '../../../src/wire/control.ts';
import { Fragments, splitIntoFragments } from '../../../src/wire/Fragments.ts';
import {
  decodeHello,
  decodeRefuse,
  decodeReset,
  encodeRefuse,
  encodeReset,
  LEAST_MAX_MESSAGE_BYTES,
} from '../../../src/wire/hello.ts';
import { PacketWriter } from '../../../src/wire/PacketWriter.ts';
import { Code, isProtocolPacket, Lane, readFrames, TAG_MASK } from '../../../src/wire/packet.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, MAX_HEADERS } from '../../../src/wire/requestCodec.ts';
import { concat, field, greeting } from '../../wire/support.ts';
import { bridgeDecoders } from './bridgeDecoders.ts';
import { check, checkNothingPolluted, type Decoder, latin1, orError, parts, partsOf, sizeOf, text } from './Decoder.ts';
import { hubDecoders } from './hubDecoders.ts';
import { lobbyDecoders } from './lobbyDecoders.ts';
import { requestDecoders } from './requestDecoders.ts';
import { messages, samples } from './wideMessages.ts';

const MAX_MESSAGE_BYTES = 4_096;

const Input = schema(
  { x: t.float32(), jump: t.boolean(), said: t.string(), turn: t.quantized({ min: -1, max: 1, bits: 8 }), count: t.number() },
  'Input',
);

export const decoders: readonly Decoder[] = [
  {
    name: 'packet',
    seeds: [packetOf(), packetOf('a'), packetOf('hello', 'ok'), packetOf(...Array.from({ length: 100 }, () => ''))],
    decode(packet) {
      if (!isProtocolPacket(packet)) return false;
      let bytes = 0;
      const taken = readFrames(packet, (code, payload) => {
        check(code >= 0 && code <= Code.Many, `code ${code}`);
        bytes += payload.length;
        return true;
      });
      check(bytes <= packet.length, `${bytes} bytes of frames in ${packet.length}`);
      return taken;
    },
  },
  {
    name: 'hello',
    seeds: [greeting(), greeting({ epoch: 2 ** 32 - 1, echo: 7, tag: 63, compression: 2 }), greeting({ fingerprint: 1n << 63n })],
    decode(packet) {
      const hello = decodeHello(packet);
      if (hello === undefined) return false;
      const isOurs = hello.version === 1;
      check(!isOurs || (hello.tag <= TAG_MASK && hello.maxMessageBytes >= LEAST_MAX_MESSAGE_BYTES), JSON.stringify(hello.tag));
      return true;
    },
  },
  {
    name: 'refuse',
    seeds: [encodeRefuse({ code: 1, echo: 9, reason: 'café' }), encodeRefuse({ code: 5, echo: 9, reason: messages.description })],
    decode(packet) {
      const refuse = decodeRefuse(packet);
      check((refuse?.reason.length ?? 0) <= 16_384, 'a long reason');
      return refuse !== undefined;
    },
  },
  { name: 'reset', seeds: [encodeReset(0), encodeReset(63)], decode: (packet) => decodeReset(packet) !== undefined },
  {
    name: 'control',
    seeds: controls(),
    decode(payload) {
      const control = decodeControl(payload);
      if (control?.type === 'open') check(text.encode(control.target).length <= TARGET_BYTES, 'a long target');
      return control !== undefined;
    },
  },
  {
    name: 'chunks',
    seeds: [parts(chunksOf(100)), parts(chunksOf(MAX_MESSAGE_BYTES)), parts([...chunksOf(10), ...chunksOf(20)])],
    decode(bytes) {
      const assembler = new ChunkAssembler(MAX_MESSAGE_BYTES);
      let whole = 0;
      for (const part of partsOf(bytes)) {
        const frame = assembler.accept(part);
        check(assembler.heldBytes <= MAX_MESSAGE_BYTES + REQUEST_HEADER_BYTES, `${assembler.heldBytes} bytes are held`);
        if (typeof frame === 'object') whole++;
        if (frame === 'malformed') check(assembler.heldBytes === 0, 'something is left of a malformed frame');
      }
      assembler.clear();
      check(assembler.heldBytes === 0, 'something is left');
      return whole > 0;
    },
  },
  {
    name: 'fragments',
    seeds: [
      parts(fragmentsOf(2_000)),
      parts([...fragmentsOf(3_000)].reverse()),
      parts([...fragmentsOf(2_000), ...fragmentsOf(3_500)]),
      parts(fragmentsOf(3_000).filter((_, index) => index !== 1)),
      parts(fragmentsOf(11_000).filter((_, index) => index !== 4 && index !== 5)),
      parts(Array.from({ length: 9 }, () => fragmentsOf(2_000)[0] as Uint8Array)),
    ],
    decode(bytes) {
      const fragments = new Fragments(MAX_MESSAGE_BYTES);
      let whole = 0;
      let sequence = 0;
      for (const part of partsOf(bytes)) {
        // Now and then the next message, before this one is whole.
        if (part.length % 7 === 0) sequence++;
        const frame = fragments.accept(sequence, part, sequence);
        check(fragments.heldBytes <= MAX_MESSAGE_BYTES, `${fragments.heldBytes} bytes are held`);
        if (typeof frame === 'object') whole++;
      }
      fragments.tick(10_000);
      check(fragments.heldBytes === 0, 'something is left');
      return whole > 0;
    },
  },
  ...([Compression.Deflate, Compression.Brotli] as const).map((algorithm) => ({
    name: algorithm === Compression.Deflate ? 'deflate' : 'brotli',
    seeds: compressed(algorithm),
    decode(payload: Uint8Array) {
      const frame = decodeCompressed(algorithm, payload, MAX_MESSAGE_BYTES);
      const bytes = frame?.payload.length ?? 0;
      check(bytes <= MAX_MESSAGE_BYTES + REQUEST_HEADER_BYTES && bytes <= MAX_RATIO * payload.length, `${bytes} bytes came out`);
      return frame !== undefined;
    },
  })),
  {
    name: 'request',
    seeds: [
      encodeRequest({ method: '', path: '', headers: [], body: new Uint8Array() }),
      encodeRequest({
        method: 'POST',
        path: '/matchmake/join/x?a=b',
        headers: [['content-type', 'a/b']],
        body: Uint8Array.of(123),
      }),
    ],
    decode(content) {
      const request = decodeRequest(content);
      check((request?.headers.length ?? 0) <= MAX_HEADERS, 'many headers');
      return request !== undefined;
    },
  },
  {
    name: 'response',
    seeds: [encodeResponse({ status: 200, headers: [['a', 'b']], body: text.encode('{}') })],
    decode(content) {
      const response = decodeResponse(content);
      check((response?.headers.length ?? 0) <= MAX_HEADERS, 'many headers');
      return response !== undefined;
    },
  },
  { name: 'compact', seeds: payloads().map(([declared, bytes]) => compactFrame(declared, bytes)), decode: readCompactFrame },
  {
    name: 'msgpack',
    seeds: [
      ...payloads().map(([declared, bytes]) => extension(extensionData(new DeclaredPayload(declared, bytes)))),
      pack({ a: [1, 2, { b: 'c' }], n: null, f: 0.5, when: new Date(0) }),
    ],
    decode(bytes) {
      const value = orError(() => unpack(bytes));
      if (value instanceof Error) return false;
      const size = sizeOf(value);
      check(size <= 64 * (bytes.length + 1), `${size} values of ${bytes.length} bytes`);
      checkNothingPolluted();
      return true;
    },
  },
  {
    name: 'foreign',
    seeds: payloads().flatMap(([declared, bytes]) =>
      canonical(declared.name, extension(extensionData(new DeclaredPayload(declared, bytes)))),
    ),
    decode: (frame) => withMessages(() => !hasForeignPayload(frame)),
  },
  {
    name: 'messageHead',
    seeds: [...canonical('say', pack('hé')), Uint8Array.of(13, 7, 1), Uint8Array.of(13, 0xcd, 1, 2), Uint8Array.of(17, 0xa1, 97)],
    decode(frame) {
      const head = readMessageHead(frame);
      check(head === undefined || head.end <= frame.length, 'it ends behind the end');
      return head !== undefined;
    },
  },
  { name: 'input', seeds: inputs(), decode: readInput },
  { name: 'handshake', seeds: handshakes(), decode: readHandshake },
  {
    name: 'target',
    seeds: [
      text.encode('/p/r?sessionId=a&reconnectionToken=b&skipHandshake=1&_authToken=c'),
      text.encode('/'),
      text.encode('//x/%41?%zz'),
    ],
    decode(bytes) {
      const target = parseTarget(latin1(bytes));
      check(target?.roomId === undefined || /^[\w-]+$/.test(target.roomId), `room ${target?.roomId}`);
      return target !== undefined;
    },
  },
  {
    name: 'url',
    seeds: [text.encode('steam://76561197960265729/p/r?sessionId=a'), text.encode('http://76561197960265729.steam/x?y#z')],
    decode(bytes) {
      const address = orError(() => parseSteamUrl(latin1(bytes)));
      const host = orError(() => hostOfEndpoint(latin1(bytes)));
      for (const result of [address, host]) check(!(result instanceof Error) || result instanceof TypeError, String(result));
      return !(address instanceof Error) || !(host instanceof Error);
    },
  },
  {
    name: 'description',
    seeds: [text.encode(messages.description), text.encode('all | reliable messages | text: string')],
    decode(bytes) {
      const difference = contractOf(messages).firstDifference(latin1(bytes));
      check(difference.length < 500 && /^[\x20-\x7e…]+$/.test(difference), 'no short sentence');
      return difference.startsWith('message ');
    },
  },
  ...lobbyDecoders,
  ...requestDecoders,
  ...bridgeDecoders,
  ...hubDecoders,
];

function readCompactFrame(frame: Uint8Array): boolean {
  return withMessages(() => {
    const read = readMessage(frame);
    if (read === undefined) return false;
    // Whatever is taken is what would have been sent.
    const again = readMessage(compactFrame(read.declared, read.declared.encode(read.payload)));
    check(isDeepStrictEqual(again?.payload, read.payload), 'it is not what would have been sent');
    return true;
  });
}

/** As core reads it, with what stands between. */
function readInput(frame: Uint8Array): boolean {
  const stamped = stampedInputs(frame);
  if (stamped === undefined) return false;
  // Core allocates so many, and reads them.
  check(Number.isInteger(stamped) && stamped >= 0 && stamped <= MAX_INPUTS && stamped < frame.length + 1, `${stamped} stamps`);
  let refused = 0;
  let inputs = 0;
  const decoder = carefulDecoder(
    new InputDecoder(new Input()),
    () => stamped,
    () => refused++,
  );
  if (frame[0] === 19) decoder.decode(frame.subarray(1));
  else {
    // Behind the stamps: where they end is core's to know, and any place will do here.
    const from = stamped === 0 ? 1 : 1 + 1 + 4 + (stamped - 1);
    decoder.decodeAll(frame.subarray(Math.min(from, frame.length)), () => check(++inputs <= MAX_INPUTS, 'it goes round'));
  }
  return refused === 0;
}

/** As the SDK goes through it: it must come to an end. */
function readHandshake(frame: Uint8Array): boolean {
  if ((frame[0]! & 0x1f) !== 10 || !hasSoundHandshake(frame)) return false;
  check(frame[0] === 10, 'the SDK would begin further on');
  let at = 1;
  at += 1 + frame[at]!;
  at += 1 + frame[at]!;
  const it = { offset: at };
  const skip = () => {
    const length = decode.number(frame as never, it);
    it.offset += length;
  };
  skip();
  for (let parts = 0; it.offset < frame.length; parts++) {
    check(parts <= frame.length, 'it goes round');
    it.offset++;
    skip();
  }
  return true;
}

function packetOf(...texts: string[]): Uint8Array {
  const writer = new PacketWriter(Lane.Reliable);
  if (texts.length === 0) return Uint8Array.of(0xdf, 0x0c, 0x10);
  for (const each of texts) writer.append(0x10, text.encode(each));
  return writer.take(3, 341).slice();
}

function controls(): Uint8Array[] {
  const content = encodeRequest({ method: 'GET', path: '/', headers: [], body: new Uint8Array(3) });
  return [
    encodeControl({ type: 'open', connection: 16, unreliableFrom: 5, offerFor: undefined, target: '/p/r?sessionId=a' }),
    encodeControl({ type: 'open', connection: 17, unreliableFrom: 1023, offerFor: 3, target: '' }),
    encodeControl({ type: 'accept', connection: 0, unreliableFrom: 0 }),
    encodeControl({ type: 'refuse', connection: 0, code: 4, reason: 'é'.repeat(10) }),
    encodeControl({ type: 'close', connection: 16, code: 4000, reason: 'bye' }),
    encodeControl({ type: 'closed', connection: 1 }),
    encodeControl({ type: 'ping', token: 1 }),
    encodeControl({ type: 'pong', token: 2 ** 32 - 1 }),
    encodeControl({ type: 'request', id: 1, content }),
    encodeControl({ type: 'response', id: 0xfffe, content }),
    encodeControl({ type: 'requestFailed', id: 1, code: 3, reason: 'x'.repeat(512) }),
  ];
}

/** As a sender with smaller chunks than ours would. */
function chunksOf(bytes: number): Uint8Array[] {
  check(bytes < CHUNK_BYTES, 'one chunk of ours holds it');
  let whole = new Uint8Array();
  splitIntoChunks(0x10, new Uint8Array(bytes).fill(7), (chunk) => {
    whole = chunk.slice();
  });
  const data = whole.subarray(7);
  const half = data.length >> 1;
  const head = concat([0x0b, 1, 0x10], field(bytes, 4), data.subarray(0, half));
  return [head, concat([0x0b, 2], data.subarray(half))];
}

function fragmentsOf(bytes: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  splitIntoFragments(0x10, new Uint8Array(bytes).fill(9), (fragment) => found.push(fragment.slice()));
  return found;
}

function compressed(algorithm: Compression): Uint8Array[] {
  const plain = [new Uint8Array(777), text.encode('hello hello hello'), concat([8, 0, 1], new Uint8Array(60))];
  const frames = plain.map((payload, i) => encodeCompressed(algorithm, i === 2 ? Code.Control : 0x10, payload)!);
  return [...frames, concat([0x0d, 0x10], field(2 ** 31, 4), compress(algorithm, new Uint8Array(9_000)))];
}

function payloads() {
  return [...messages].map((declared) => [declared, declared.encode(samples[declared.name])] as const);
}

/** msgpack: an extension of any length. */
function extension(data: Uint8Array): Uint8Array {
  return concat([0xc8], field(data.length, 2), [0x53], data);
}

/** Frames of Colyseus under one name: data, bytes, a request. */
function canonical(name: string, payload: Uint8Array): Uint8Array[] {
  const type = concat([0xa0 | name.length], text.encode(name));
  return [concat([13], type, payload), concat([17], type, payload), concat([21, 5], type, payload)];
}

function inputs(): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const mode of ['reliable', 'unreliable'] as const) {
    const input = new Input();
    const encoder = new InputEncoder(input, { mode, historySize: 4 });
    for (let tick = 0; tick < 5; tick++) {
      Object.assign(input, { x: tick, jump: tick % 2 === 0, said: 'hé'.repeat(tick), turn: tick / 10, count: tick * 300 });
      const body = encoder.encode();
      found.push(concat([mode === 'reliable' ? 19 : 20], body));
      const slots = Math.min(4, tick + 1);
      if (mode === 'unreliable')
        found.push(concat([20 | 0x80, slots], field(0x10203040, 4), new Uint8Array(slots - 1).fill(16), body));
    }
  }
  return found;
}

function handshakes(): Uint8Array[] {
  const begin = concat([10, 3], text.encode('tok'), [6], text.encode('schema'));
  return [
    concat(begin, [0]),
    concat(begin, [5], new Uint8Array(5)),
    concat(begin, [0], [1, 3, 9, 9, 9], [2, 0]),
    concat(begin, [0], [99, 0xcd, 2, 0, 1, 1]),
  ];
}

function withMessages<T>(run: () => T): T {
  const takeBack = registerMessages(messages);
  try {
    return run();
  } finally {
    takeBack();
  }
}
