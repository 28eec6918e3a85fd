import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  COALESCED_BYTES,
  Code,
  countFrames,
  FRAME_HEADER_BYTES,
  flipCode,
  isProtocolPacket,
  Lane,
  PACKET_HEADER_BYTES,
  readFrames,
  sequenceDistance,
  writePacketHeader,
} from '../../src/wire/packet.ts';
import { holds } from './arbitraries.ts';
import { concat, fromHex, toHex } from './support.ts';

interface Frame {
  readonly code: number;
  readonly payload: Uint8Array;
}

describe('the first byte', () => {
  test('tells our packets from those of the game', () => {
    for (let first = 0; first <= 0xff; first++) expect(isProtocolPacket(Uint8Array.of(first))).toBe(first >= 0xbc);
    expect(isProtocolPacket(new Uint8Array())).toBe(false);
  });
});

describe('a packet header', () => {
  test.each([
    [Lane.Reliable, 0, 0, 0, 'c0 00 00'],
    [Lane.Reliable, Code.Many, 0x3f, 0x3ff, 'df ff ff'],
    [Lane.Unreliable, Code.OpenedBySender, 1, 0, 'f0 04 00'],
    [Lane.Unreliable, Code.Control, 0x2a, 0x155, 'ef a9 55'],
    [Lane.Reliable, 0x1e, 0, 0x100, 'de 01 00'],
  ])('of lane %i, code %i, tag %i, sequence %i is %s', (lane, code, tag, sequence, hex) => {
    const buffer = new Uint8Array(5).fill(0xee);
    writePacketHeader(buffer, 1, lane, code, tag, sequence);
    expect(toHex(buffer)).toBe(`ee ${hex} ee`);
  });

  test('has a place of its own for every bit', () => {
    const bits = (width: number) => fc.integer({ min: 0, max: 2 ** width - 1 });
    holds(
      fc.property(fc.constantFrom(Lane.Reliable, Lane.Unreliable), bits(5), bits(6), bits(10), (lane, code, tag, sequence) => {
        const header = new Uint8Array(3);
        writePacketHeader(header, 0, lane, code, tag, sequence);
        const digits = [
          '11',
          lane === Lane.Unreliable ? '1' : '0',
          code.toString(2).padStart(5, '0'),
          tag.toString(2).padStart(6, '0'),
          sequence.toString(2).padStart(10, '0'),
        ].join('');
        expect(Buffer.from(header).readUIntBE(0, 3).toString(2)).toBe(digits);
      }),
    );
  });
});

describe('a code', () => {
  test('is the same connection for both sides, said from the other side', () => {
    expect(flipCode(0x10)).toBe(0x00);
    expect(flipCode(0x0e)).toBe(0x1e);
    for (let code = 0; code <= 0x1e; code++) {
      expect(flipCode(flipCode(code))).toBe(code);
      expect(flipCode(code) & 0x0f).toBe(code & 0x0f);
    }
  });
});

describe('the distance of two sequence numbers', () => {
  test.each([
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, -1],
    [0, 1023, 1],
    [1023, 0, -1],
    [511, 0, 511],
    [512, 0, -512],
    [513, 0, -511],
    [0, 512, -512],
    [0, 513, 511],
    [255, 767, -512],
    [1023, 511, -512],
    [1023, 512, 511],
  ])('of %i from %i is %i', (a, b, distance) => {
    expect(sequenceDistance(a, b)).toBe(distance);
  });

  test('is the step on the ring, for every pair', () => {
    const wrong: string[] = [];
    for (let from = 0; from < 1024; from++) {
      for (let step = -512; step < 512; step++) {
        if (sequenceDistance((from + step + 1024) % 1024, from) !== step) wrong.push(`${from} and ${step}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('reading the frames of a packet', () => {
  test('a lone one is all that stands behind the header', () => {
    expect(read(fromHex('d0 00 00 aa bb'))).toEqual({ whole: true, frames: [{ code: 0x10, payload: fromHex('aa bb') }] });
    expect(read(fromHex('c0 00 00'))).toEqual({ whole: true, frames: [{ code: 0, payload: new Uint8Array() }] });
  });

  test('many have two bytes each: five bits of code, eleven of length', () => {
    const packet = fromHex('df 00 00 80 02 aa bb 78 01 cc 00 00 f7 ff 11*2047');
    expect(read(packet)).toEqual({
      whole: true,
      frames: [
        { code: 0x10, payload: fromHex('aa bb') },
        { code: 0x0f, payload: fromHex('cc') },
        { code: 0x00, payload: new Uint8Array() },
        { code: 0x1e, payload: new Uint8Array(2047).fill(0x11) },
      ],
    });
  });

  test('many may be none', () => {
    expect(read(fromHex('df 00 00'))).toEqual({ whole: true, frames: [] });
  });

  test('payloads are views of the packet', () => {
    const packet = fromHex('df 00 00 80 01 aa');
    readFrames(packet, (_, payload) => {
      expect(payload.buffer).toBe(packet.buffer);
      return true;
    });
  });

  test.each(['df 00 00 80', 'df 00 00 80 01', 'df 00 00 80 02 aa', 'df 00 00 f8 01 aa', 'df 00 00 ff ff'])(
    '%s is malformed',
    (hex) => {
      expect(read(fromHex(hex))).toEqual({ whole: false, frames: [] });
    },
  );

  test('what came before the fault is handed over, what comes after it is not', () => {
    const { whole, frames } = read(fromHex('df 00 00 80 01 aa f8 00 80 01 bb'));
    expect(whole).toBe(false);
    expect(frames).toEqual([{ code: 0x10, payload: fromHex('aa') }]);
  });

  test('stops when the receiver says so', () => {
    const codes: number[] = [];
    const whole = readFrames(fromHex('df 00 00 08 00 10 00 18 00'), (code) => {
      codes.push(code);
      return code !== 2;
    });
    expect(whole).toBe(false);
    expect(codes).toEqual([1, 2]);
    expect(readFrames(fromHex('c1 00 00'), () => false)).toBe(false);
  });

  test('every truncation of a packet gives its first frames, and says whether it was cut inside one', () => {
    const frame = fc.record({ code: fc.integer({ min: 0, max: 30 }), payload: fc.uint8Array({ maxLength: 12 }) });
    holds(
      fc.property(fc.array(frame, { maxLength: 6 }), (frames) => {
        const packet = many(frames);
        const ends = frames.map((_, index) => many(frames.slice(0, index + 1)).length);
        for (let length = PACKET_HEADER_BYTES; length <= packet.length; length++) {
          const complete = ends.filter((end) => end <= length).length;
          const whole = length === PACKET_HEADER_BYTES || ends.includes(length);
          const cut = packet.subarray(0, length);
          expect(read(cut)).toEqual({ whole, frames: frames.slice(0, complete) });
          // One that is cut off may count.
          expect(countFrames(cut) - complete).toBeLessThanOrEqual(whole ? 0 : 1);
          expect(countFrames(cut)).toBeGreaterThanOrEqual(complete);
        }
      }),
      300,
    );
  });

  test('random bytes never make it read past the end', () => {
    holds(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.boolean(), (packet, asMany) => {
        if (asMany) packet[0] = 0xdf;
        let bytes = Math.min(packet.length, PACKET_HEADER_BYTES);
        const lone = (packet[0]! & 0x1f) !== Code.Many;
        readFrames(packet, (code, payload) => {
          expect(code).toBeLessThan(Code.Many);
          bytes += payload.length + (lone ? 0 : FRAME_HEADER_BYTES);
          return true;
        });
        expect(bytes).toBeLessThanOrEqual(packet.length);
        if (packet[0]! >= 0xc0) expect(countFrames(packet)).toBeGreaterThanOrEqual(read(packet).frames.length);
      }),
      5000,
    );
  });
});

test('frames are counted: none in a packet of another kind, or in one that is refused for its size', () => {
  expect(['01', 'c0', 'bc 00 00', 'bd 00 00', '01 02 03 04'].map((hex) => countFrames(fromHex(hex)))).toEqual([0, 0, 0, 0, 0]);
  expect(countFrames(fromHex('c0 00 00'))).toBe(1);
  expect(countFrames(many([]))).toBe(0);
  const frames = Array.from({ length: 598 }, () => ({ code: 3, payload: new Uint8Array() }));
  expect(countFrames(many(frames))).toBe(598);
  expect(countFrames(concat(many(frames), new Uint8Array(COALESCED_BYTES)))).toBe(0);
});

function read(packet: Uint8Array): { whole: boolean; frames: Frame[] } {
  const frames: Frame[] = [];
  const whole = readFrames(packet, (code, payload) => {
    frames.push({ code, payload: payload.slice() });
    return true;
  });
  return { whole, frames };
}

/** The slow way: a header in binary digits before each payload. */
function many(frames: readonly Frame[]): Uint8Array {
  const parts = frames.map(({ code, payload }) => {
    const digits = code.toString(2).padStart(5, '0') + payload.length.toString(2).padStart(11, '0');
    return concat([Number.parseInt(digits.slice(0, 8), 2), Number.parseInt(digits.slice(8), 2)], payload);
  });
  return concat([0xdf, 0, 0], ...parts);
}
