import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteReader, ByteWriter, utf8, utf8Text, utf8Truncated } from '../../src/wire/bytes.ts';
import { holds, text, u8, u16, u32 } from './arbitraries.ts';
import { concat, field, fromHex, SlowReader, toHex } from './support.ts';

describe('numbers', () => {
  test.each([
    [1, 0, '00'],
    [1, 0xff, 'ff'],
    [2, 0x0102, '01 02'],
    [2, 0xffff, 'ff ff'],
    [4, 0x01020304, '01 02 03 04'],
    [4, 0x80000000, '80 00 00 00'],
    [4, 0xffffffff, 'ff ff ff ff'],
  ])('%i bytes: %i is %s, the highest byte first', (width, value, hex) => {
    const writer = new ByteWriter();
    const written = width === 1 ? writer.u8(value) : width === 2 ? writer.u16(value) : writer.u32(value);
    expect(toHex(written.finish())).toBe(hex);
    const reader = new ByteReader(fromHex(hex));
    expect(width === 1 ? reader.u8() : width === 2 ? reader.u16() : reader.u32()).toBe(value);
    expect(reader.failed).toBe(false);
  });

  test('any sequence of fields equals the slow codec and comes back, from any capacity', () => {
    const fields = fc.array(
      fc.oneof(
        u8.map((value) => ({ width: 1, value })),
        u16.map((value) => ({ width: 2, value })),
        u32.map((value) => ({ width: 4, value })),
      ),
      { maxLength: 50 },
    );
    holds(
      fc.property(fields, fc.integer({ min: 1, max: 64 }), (values, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const { width, value } of values) writeNumber(writer, width, value);
        const bytes = writer.finish();
        expect(bytes).toEqual(concat(...values.map(({ width, value }) => field(value, width))));

        const reader = new ByteReader(bytes);
        for (const { width, value } of values) expect(readNumber(reader, width)).toBe(value);
        expect(reader.failed).toBe(false);
        reader.u8();
        expect(reader.failed).toBe(true);
      }),
    );
  });
});

describe('a reader', () => {
  test('gives zero or nothing past the end, says so, and reads nothing more', () => {
    const reader = new ByteReader(fromHex('01 02 03'));
    expect(reader.u32()).toBe(0x01020300);
    expect(reader.failed).toBe(true);
    expect(reader.u8()).toBe(0);
    expect(reader.bytes(1)).toEqual(new Uint8Array());
    expect(reader.rest()).toEqual(new Uint8Array());
    expect(reader.text16()).toBe('');
  });

  test.each([0, 1, 2, 3, 4])('takes %i of 3 bytes, or fails', (length) => {
    const reader = new ByteReader(fromHex('0a 0b 0c'));
    expect(reader.bytes(length)).toEqual(length <= 3 ? fromHex('0a 0b 0c').subarray(0, length) : new Uint8Array());
    expect(reader.failed).toBe(length > 3);
  });

  test('gives views, not copies', () => {
    const bytes = fromHex('0a 0b 0c');
    const reader = new ByteReader(bytes, 1);
    expect(reader.bytes(1).buffer).toBe(bytes.buffer);
    expect(reader.rest().buffer).toBe(bytes.buffer);
  });

  test('fails on a text longer than allowed, and takes one that is just as long', () => {
    expect(new ByteReader(utf8('four')).textRest(4)).toBe('four');
    const reader = new ByteReader(utf8('fives'));
    reader.textRest(4);
    expect(reader.failed).toBe(true);
  });

  test.each(['ff', 'c3', 'c3 28', 'ed a0 80', 'f4 90 80 80', 'c0 80'])('fails on %s, which is not UTF-8', (hex) => {
    expect(utf8Text(fromHex(hex))).toBeUndefined();
    const reader = new ByteReader(fromHex(hex));
    expect(reader.textRest(100)).toBe('');
    expect(reader.failed).toBe(true);
  });
});

describe('text', () => {
  test('comes back, whatever it holds', () => {
    holds(
      fc.property(text, (value) => {
        expect(utf8Text(utf8(value))).toBe(value);
        const written = new ByteWriter().text16(value).finish();
        expect(written).toEqual(concat(field(Buffer.byteLength(value), 2), Buffer.from(value)));
        expect(new ByteReader(written).text16()).toBe(value);
      }),
    );
  });

  // A TextDecoder takes a leading U+FEFF for a mark and drops it, unless told not to: a chat line that began with one came back shorter.
  test('that begins with U+FEFF keeps it', () => {
    expect(utf8Text(fromHex('ef bb bf 61'))).toBe('\ufeffa');
  });

  test('is cut between characters, never inside one', () => {
    expect(toHex(utf8Truncated('aä€😀', 10))).toBe(toHex(utf8('aä€😀')));
    expect(utf8Text(utf8Truncated('aä€😀', 9))).toBe('aä€');
    expect(utf8Text(utf8Truncated('aä€😀', 5))).toBe('aä');
    expect(utf8Text(utf8Truncated('aä€😀', 2))).toBe('a');
    expect(utf8Truncated('aä€😀', 0).length).toBe(0);
    holds(
      fc.property(text, fc.nat(200), (value, max) => {
        const cut = utf8Truncated(value, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.length).toBeGreaterThan(Math.min(max, Buffer.byteLength(value)) - 4);
        expect(value.startsWith(utf8Text(cut)!)).toBe(true);
      }),
    );
  });

  test('of 65 535 bytes fits its length field', () => {
    const long = 'x'.repeat(0xffff);
    expect(new ByteReader(new ByteWriter().text16(long).finish()).text16()).toBe(long);
  });
});

test('the slow codec is right, too', () => {
  expect(field(0x010203, 4)).toEqual([0, 1, 2, 3]);
  expect(new SlowReader(fromHex('01 02 03 04')).field(4)).toBe(0x01020304);
  expect(() => new SlowReader(fromHex('01')).field(2)).toThrow(RangeError);
  expect(() => new SlowReader(fromHex('c3')).text()).toThrow();
});

function writeNumber(writer: ByteWriter, width: number, value: number): void {
  if (width === 1) writer.u8(value);
  else if (width === 2) writer.u16(value);
  else writer.u32(value);
}

function readNumber(reader: ByteReader, width: number): number {
  if (width === 1) return reader.u8();
  return width === 2 ? reader.u16() : reader.u32();
}
