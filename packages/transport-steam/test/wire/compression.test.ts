import { brotliCompressSync, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Compression, decodeCompressed, encodeCompressed, isCompressed, MAX_RATIO } from '../../src/wire/compression.ts';
import { ControlType } from '../../src/wire/control.ts';
import { Code } from '../../src/wire/packet.ts';
import { holds, u8, u32 } from './arbitraries.ts';
import { concat, field, fromHex, pattern, toHex } from './support.ts';

const MAX_MESSAGE_BYTES = 100_000;
const algorithms = [
  ['deflate', Compression.Deflate, (bytes: Uint8Array) => deflateRawSync(bytes, { level: 6 })],
  ['brotli', Compression.Brotli, (bytes: Uint8Array) => brotliCompressSync(bytes)],
] as const;

function decode(algorithm: Compression, payload: Uint8Array) {
  return decodeCompressed(algorithm, payload, MAX_MESSAGE_BYTES);
}

/** The frame as it stands in the document, around whatever is given. */
function frame(code: number, plainBytes: number, compressed: Uint8Array): Uint8Array {
  return concat([0x0d, code], field(plainBytes, 4), compressed);
}

describe.each(algorithms)('%s', (_, algorithm, compress) => {
  test('comes back, and the header is what the document says', () => {
    const data = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 5_000 }).map(pattern));
    const code = fc.oneof(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 16, max: 30 }));
    holds(
      fc.property(code, data, (code, payload) => {
        const encoded = encodeCompressed(algorithm, code, payload)!;
        expect([...encoded.subarray(0, 6)]).toEqual([0x0d, code, ...field(payload.length, 4)]);
        expect(isCompressed(Code.Control, encoded)).toBe(true);
        const decoded = decode(algorithm, encoded);
        expect([decoded?.code, Buffer.compare(decoded!.payload, payload)]).toEqual([code, 0]);
      }),
      300,
    );
  });

  test('a request and a response come back, no other control frame does', () => {
    for (let type = 0; type <= 0xff; type++) {
      const payload = concat([type], pattern(200));
      const isContent = type === ControlType.Request || type === ControlType.Response;
      const decoded = decode(algorithm, encodeCompressed(algorithm, Code.Control, payload)!);
      expect(decoded).toEqual(isContent ? { code: Code.Control, payload } : undefined);
    }
  });

  test('nested, it is not taken', () => {
    const inner = encodeCompressed(algorithm, 0x10, pattern(2_000))!;
    expect(decode(algorithm, encodeCompressed(algorithm, Code.Control, inner)!)).toBeUndefined();
  });

  test('0x1f is no code of a frame', () => {
    expect(decode(algorithm, frame(0x1e, 300, compress(pattern(300))))).toBeDefined();
    expect(decode(algorithm, frame(0x1f, 300, compress(pattern(300))))).toBeUndefined();
    expect(decode(algorithm, frame(0xff, 300, compress(pattern(300))))).toBeUndefined();
  });

  test('truncated anywhere, or with a byte behind, it is not taken', () => {
    const bytes = frame(0x10, 300, compress(pattern(300)));
    expect(decode(algorithm, bytes)).toBeDefined();
    for (let length = 0; length < bytes.length; length++) expect(decode(algorithm, bytes.subarray(0, length))).toBeUndefined();
    expect(decode(algorithm, concat(bytes, [0]))).toBeUndefined();
  });

  test('another length than it announces is not taken', () => {
    const compressed = compress(pattern(300));
    for (const lie of [0, 1, 299, 301, 600, 0xffff_ffff]) {
      expect(decode(algorithm, frame(0x10, lie, compressed))).toBeUndefined();
    }
  });

  test('a message has at most maxMessageBytes, a request three more', () => {
    const of = (code: number, bytes: number) => {
      const plain = Uint8Array.from({ length: bytes }, (_, i) => (i * i) >> 8);
      plain[0] = ControlType.Request;
      return decode(algorithm, frame(code, bytes, compress(plain)));
    };
    expect(of(0x10, MAX_MESSAGE_BYTES)?.payload).toHaveLength(MAX_MESSAGE_BYTES);
    expect(of(0x10, MAX_MESSAGE_BYTES + 1)).toBeUndefined();
    expect(of(Code.Control, MAX_MESSAGE_BYTES + 3)?.payload).toHaveLength(MAX_MESSAGE_BYTES + 3);
    expect(of(Code.Control, MAX_MESSAGE_BYTES + 4)).toBeUndefined();
  });

  test('a bomb is not taken: nothing grows to more than 256 times of what came', () => {
    const zeros = new Uint8Array(MAX_MESSAGE_BYTES);
    const compressed = compress(zeros);
    expect(MAX_RATIO * (6 + compressed.length)).toBeLessThan(zeros.length);
    expect(decode(algorithm, frame(0x10, zeros.length, compressed))).toBeUndefined();
    // Nor when it announces little.
    expect(decode(algorithm, frame(0x10, 1_000, compressed))).toBeUndefined();
  });

  test('what would be one is not written', () => {
    const written = encodeCompressed(algorithm, 0x10, new Uint8Array(MAX_MESSAGE_BYTES));
    if (written === undefined) expect(algorithm).toBe(Compression.Brotli);
    else expect(decode(algorithm, written)?.payload).toHaveLength(MAX_MESSAGE_BYTES);
  });

  test('what comes out is no view of what came in, and its slice is a copy', () => {
    const { payload } = decode(algorithm, encodeCompressed(algorithm, 0x10, pattern(300))!)!;
    expect(payload.constructor).toBe(Uint8Array);
    payload.slice().fill(9);
    expect(payload).toEqual(pattern(300));
  });

  test('random bytes, and changed ones, make nothing that is too long, and throw nothing', () => {
    const honest = encodeCompressed(algorithm, 0x10, pattern(500))!;
    holds(
      fc.property(
        u8,
        fc.oneof(fc.integer({ min: 0, max: 2_000 }), u32),
        fc.uint8Array({ maxLength: 60 }),
        (code, length, data) => {
          const decoded = decode(algorithm, frame(code, length, data));
          if (decoded !== undefined) expect([decoded.code, decoded.payload.length]).toEqual([code, length]);
        },
      ),
    );
    holds(
      fc.property(fc.nat(honest.length - 1), u8, (at, value) => {
        const changed = honest.slice();
        changed[at] = value;
        const decoded = decode(algorithm, changed);
        if (decoded !== undefined) expect(decoded.payload.length).toBe(Buffer.from(changed).readUInt32BE(2));
      }),
    );
  });
});

test('is these bytes', () => {
  const frames = { [Compression.Deflate]: '4b 4c a4 3d 00 00', [Compression.Brotli]: '1b 63 00 00 24 c2 02 b1 40 3a' };
  for (const [algorithm, hex] of Object.entries(frames)) {
    const decoded = decode(Number(algorithm) as Compression, fromHex(`0d 10 00 00 00 64 ${hex}`));
    expect(toHex(decoded?.payload ?? new Uint8Array())).toBe(toHex(new Uint8Array(100).fill(0x61)));
  }
});

test('one algorithm does not read the other, and without one nothing is read', () => {
  const deflated = encodeCompressed(Compression.Deflate, 0x10, pattern(3_000))!;
  const brotli = encodeCompressed(Compression.Brotli, 0x10, pattern(3_000))!;
  expect(decode(Compression.Brotli, deflated)).toBeUndefined();
  expect(decode(Compression.Deflate, brotli)).toBeUndefined();
  expect(decode(Compression.None, deflated)).toBeUndefined();
  expect(decode(Compression.None, frame(0x10, 300, pattern(300)))).toBeUndefined();
});
