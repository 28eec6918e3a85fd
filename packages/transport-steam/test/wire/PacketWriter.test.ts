import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PacketWriter } from '../../src/wire/PacketWriter.ts';
import { COALESCED_BYTES, Lane, readFrames } from '../../src/wire/packet.ts';
import { holds } from './arbitraries.ts';
import { concat, field, fromHex, pattern, toHex } from './support.ts';

interface Frame {
  readonly code: number;
  readonly payload: Uint8Array;
}

describe('a packet writer', () => {
  test('writes one frame in the lone form', () => {
    const writer = new PacketWriter(Lane.Reliable);
    writer.append(0x10, fromHex('aa bb'));
    expect(toHex(writer.take(0x2a, 0x155))).toBe('d0 a9 55 aa bb');
  });

  test('writes several in the form of many', () => {
    const writer = new PacketWriter(Lane.Unreliable);
    writer.append(0x10, fromHex('aa bb'));
    writer.append(0x0f, new Uint8Array());
    writer.append(0x01, fromHex('cc'));
    expect(toHex(writer.take(0x01, 0x001))).toBe('ff 04 01 80 02 aa bb 78 00 08 01 cc');
  });

  test('is empty before the first frame, and after every packet', () => {
    const writer = new PacketWriter(Lane.Reliable);
    const expectEmpty = () => {
      expect(writer.isEmpty).toBe(true);
      expect(writer.pendingBytes).toBe(0);
    };
    expectEmpty();
    writer.append(1, fromHex('aa'));
    expect(writer.isEmpty).toBe(false);
    expect(writer.pendingBytes).toBe(6);
    writer.take(0, 0);
    expectEmpty();
    writer.append(1, fromHex('aa'));
    writer.clear();
    expectEmpty();
    writer.append(2, fromHex('bb'));
    expect(toHex(writer.take(0, 0))).toBe('c2 00 00 bb');
  });

  test.each([
    [0, true],
    [1195, true],
    [1197, true],
    [1198, false],
    [100_000, false],
  ])('a payload of %i bytes fits an empty one: %p', (bytes, fits) => {
    expect(new PacketWriter(Lane.Reliable).fits(bytes)).toBe(fits);
  });

  test.each([1196, 1197])('one of %i bytes leaves no room, not even for an empty frame, and fills up to the limit', (bytes) => {
    const writer = new PacketWriter(Lane.Reliable);
    writer.append(0, pattern(bytes));
    expect(writer.fits(0)).toBe(false);
    const packet = writer.take(0, 0);
    expect(packet.length).toBe(3 + bytes);
    expect(packet.length).toBeLessThanOrEqual(COALESCED_BYTES);
    expect(packet.subarray(3)).toEqual(pattern(bytes));
  });

  test('two frames can fill a packet to the last byte, and not one more', () => {
    const writer = new PacketWriter(Lane.Reliable);
    writer.append(0, pattern(600));
    expect(writer.fits(593)).toBe(true);
    expect(writer.fits(594)).toBe(false);
    writer.append(1, pattern(593));
    expect(writer.fits(0)).toBe(false);
    const packet = writer.take(0, 0);
    expect(packet.length).toBe(COALESCED_BYTES);
    expect(frames(packet)).toEqual([
      { code: 0, payload: pattern(600) },
      { code: 1, payload: pattern(593) },
    ]);
  });

  test('costs 3 bytes for a lone message and 2 for one more, at every size', () => {
    const writer = new PacketWriter(Lane.Reliable);
    const payload = pattern(1197);
    for (let size = 0; size <= 1197; size++) {
      writer.append(0x10, payload.subarray(0, size));
      expect(writer.take(0, 0).length).toBe(size + 3);
    }
    // 1193 and an empty neighbour fill a packet: a larger payload has no neighbour, and is a lone one.
    for (let size = 0; size <= 1193; size++) {
      writer.append(0x10, payload.subarray(0, 0));
      const before = writer.pendingBytes;
      writer.append(0x10, payload.subarray(0, size));
      expect(writer.pendingBytes).toBe(before + 2 + size);
      expect(writer.take(0, 0).length).toBe(before + 2 + size);
    }
  });

  test('equals the slow codec, whatever is appended', () => {
    const frame = fc.record({ code: fc.integer({ min: 0, max: 30 }), payload: fc.uint8Array({ maxLength: 400 }) });
    const tag = fc.integer({ min: 0, max: 63 });
    const sequence = fc.integer({ min: 0, max: 1023 });
    const writer = new PacketWriter(Lane.Unreliable);
    holds(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), tag, sequence, (given, tag, sequence) => {
        const taken = given.filter(({ code, payload }) => {
          const fits = writer.fits(payload.length);
          if (fits) writer.append(code, payload);
          return fits;
        });
        const packet = writer.take(tag, sequence);
        const header = field(tag * 1024 + sequence, 2);
        const slow =
          taken.length === 1
            ? concat([0xe0 + taken[0]!.code], header, taken[0]!.payload)
            : concat(
                [0xff],
                header,
                ...taken.map(({ code, payload }) => concat(field(code * 2048 + payload.length, 2), payload)),
              );
        expect(packet).toEqual(slow);
        expect(packet.length).toBeLessThanOrEqual(COALESCED_BYTES);
        expect(frames(packet)).toEqual(taken);
      }),
    );
  });
});

function frames(packet: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  const whole = readFrames(packet, (code, payload) => {
    frames.push({ code, payload: payload.slice() });
    return true;
  });
  expect(whole).toBe(true);
  return frames;
}
