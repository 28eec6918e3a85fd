import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Control, ControlType, decodeControl, encodeControl, TARGET_BYTES } from '../../src/wire/control.ts';
import { REASON_BYTES } from '../../src/wire/hello.ts';
import { control, holds, u16 } from './arbitraries.ts';
import { concat, field, fromHex, type SlowReader, slowly, toHex } from './support.ts';

const literals: [Control, string][] = [
  [{ type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: undefined, target: '/a' }, '01 10 00 00 ff ff 2f 61'],
  [{ type: 'open', connection: 0x1e, unreliableFrom: 1_023, offerFor: 0, target: '' }, '01 1e 03 ff 00 00'],
  [{ type: 'open', connection: 0, unreliableFrom: 256, offerFor: 0xfffe, target: 'é' }, '01 00 01 00 ff fe c3 a9'],
  [{ type: 'accept', connection: 0, unreliableFrom: 513 }, '02 00 02 01'],
  [{ type: 'refuse', connection: 0x0e, code: 3, reason: 'full' }, '03 0e 03 66 75 6c 6c'],
  [{ type: 'refuse', connection: 0, code: 0xff, reason: '' }, '03 00 ff'],
  [{ type: 'close', connection: 0x10, code: 1000, reason: '' }, '04 10 03 e8'],
  [{ type: 'close', connection: 0, code: 0xffff, reason: 'bye' }, '04 00 ff ff 62 79 65'],
  [{ type: 'closed', connection: 0x1e }, '05 1e'],
  [{ type: 'ping', token: 0 }, '06 00 00 00 00'],
  [{ type: 'pong', token: 0xffffffff }, '07 ff ff ff ff'],
  [{ type: 'pause', ms: 30_000 }, '0e 00 00 75 30'],
  [{ type: 'request', id: 1, content: fromHex('aa bb') }, '08 00 01 aa bb'],
  [{ type: 'response', id: 0xfffe, content: new Uint8Array() }, '09 ff fe'],
  [{ type: 'requestFailed', id: 0x0102, code: 4, reason: 'no' }, '0a 01 02 04 6e 6f'],
];

describe('control frames', () => {
  test.each(literals)('%j', (value, hex) => {
    expect(toHex(encodeControl(value))).toBe(hex);
    expect(decodeControl(fromHex(hex))).toEqual(value);
  });

  test('come back, and equal the slow codec', () => {
    holds(
      fc.property(control, (value) => {
        const bytes = encodeControl(value);
        expect(bytes).toEqual(slowEncode(value));
        expect(decodeControl(bytes)).toEqual(value);
      }),
      5000,
    );
  });

  test('every truncation is what the slow decoder makes of it', () => {
    holds(
      fc.property(control, (value) => {
        const bytes = encodeControl(value);
        for (let length = 0; length < bytes.length; length++) {
          const cut = bytes.subarray(0, length);
          expect(decodeControl(cut)).toEqual(slowly(cut, slowDecode));
        }
      }),
    );
  });

  test.each([
    ['open', 6],
    ['accept', 4],
    ['refuse', 3],
    ['close', 4],
    ['closed', 2],
    ['ping', 5],
    ['pong', 5],
    ['pause', 5],
    ['request', 3],
    ['response', 3],
    ['requestFailed', 4],
  ])('%s is nothing below %i bytes', (type, fixed) => {
    const samples = literals.filter(([value]) => value.type === type).map(([value]) => encodeControl(value));
    expect(samples).not.toEqual([]);
    for (const bytes of samples) {
      for (let length = 0; length < fixed; length++) expect(decodeControl(bytes.subarray(0, length))).toBeUndefined();
      expect(decodeControl(bytes.subarray(0, fixed))).toBeDefined();
    }
  });

  test('random bytes are what the slow decoder makes of them', () => {
    const type = fc.oneof(fc.integer({ min: 0, max: 0x0e }), fc.integer({ min: 0, max: 0xff }));
    holds(
      fc.property(type, fc.uint8Array({ maxLength: 40 }), (first, rest) => {
        const bytes = concat([first], rest);
        expect(decodeControl(bytes)).toEqual(slowly(bytes, slowDecode));
      }),
      20_000,
    );
  });

  test('types that are not known, and those of chunk and fragment, are not decoded here', () => {
    for (const type of [0x00, ControlType.Chunk, ControlType.Fragment, 0x0d, 0x80, 0xff]) {
      expect(decodeControl(Uint8Array.of(type, 1, 2, 3, 4, 5, 6, 7))).toBeUndefined();
    }
    expect(decodeControl(new Uint8Array())).toBeUndefined();
  });

  test('a target may have 8192 bytes, and no more', () => {
    expect(decodeControl(concat(fromHex('01 10 00 00 ff ff'), new Uint8Array(TARGET_BYTES).fill(0x61)))).toBeDefined();
    expect(decodeControl(concat(fromHex('01 10 00 00 ff ff'), new Uint8Array(TARGET_BYTES + 1).fill(0x61)))).toBeUndefined();
  });

  test.each(['03 00 01', '04 00 03 e8', '0a 00 00 01'])('a reason behind %s may have 512 bytes, and no more', (head) => {
    expect(decodeControl(concat(fromHex(head), new Uint8Array(REASON_BYTES).fill(0x61)))).toBeDefined();
    expect(decodeControl(concat(fromHex(head), new Uint8Array(REASON_BYTES + 1).fill(0x61)))).toBeUndefined();
  });

  test('a longer reason is cut by the sender, between characters', () => {
    const cut = decodeControl(encodeControl({ type: 'close', connection: 0, code: 1000, reason: `${'€'.repeat(171)}x` }));
    expect(cut).toEqual({ type: 'close', connection: 0, code: 1000, reason: '€'.repeat(170) });
  });

  test('text that is not UTF-8 is not taken', () => {
    for (const head of ['01 10 00 00 ff ff', '03 00 01', '04 00 03 e8', '0a 00 00 01']) {
      expect(decodeControl(concat(fromHex(head), [0xc3]))).toBeUndefined();
    }
  });

  test('an open with request id 0xffff is one without: no request has that id', () => {
    holds(
      fc.property(u16, (id) => {
        const open = decodeControl(concat([0x01, 0x10, 0, 0], field(id, 2)));
        expect(open).toEqual({
          type: 'open',
          connection: 0x10,
          unreliableFrom: 0,
          offerFor: id === 0xffff ? undefined : id,
          target: '',
        });
      }),
    );
  });
});

function slowEncode(value: Control): Uint8Array {
  switch (value.type) {
    case 'open':
      return concat(
        [1, value.connection],
        field(value.unreliableFrom, 2),
        field(value.offerFor ?? 65535, 2),
        Buffer.from(value.target),
      );
    case 'accept':
      return concat([2, value.connection], field(value.unreliableFrom, 2));
    case 'refuse':
      return concat([3, value.connection, value.code], Buffer.from(value.reason));
    case 'close':
      return concat([4, value.connection], field(value.code, 2), Buffer.from(value.reason));
    case 'closed':
      return concat([5, value.connection]);
    case 'ping':
      return concat([6], field(value.token, 4));
    case 'pong':
      return concat([7], field(value.token, 4));
    case 'pause':
      return concat([14], field(value.ms, 4));
    case 'request':
      return concat([8], field(value.id, 2), value.content);
    case 'response':
      return concat([9], field(value.id, 2), value.content);
    case 'requestFailed':
      return concat([10], field(value.id, 2), [value.code], Buffer.from(value.reason));
  }
}

function slowSequence(reader: SlowReader): number {
  const sequence = reader.field(2);
  if (sequence > 1_023) throw new RangeError('not a sequence number');
  return sequence;
}

function slowDecode(reader: SlowReader): Control | undefined {
  switch (reader.field(1)) {
    case 1: {
      const connection = reader.field(1);
      const unreliableFrom = slowSequence(reader);
      const id = reader.field(2);
      return { type: 'open', connection, unreliableFrom, offerFor: id === 65535 ? undefined : id, target: reader.text() };
    }
    case 2:
      return { type: 'accept', connection: reader.field(1), unreliableFrom: slowSequence(reader) };
    case 3:
      return { type: 'refuse', connection: reader.field(1), code: reader.field(1), reason: reader.text() };
    case 4:
      return { type: 'close', connection: reader.field(1), code: reader.field(2), reason: reader.text() };
    case 5:
      return { type: 'closed', connection: reader.field(1) };
    case 6:
      return { type: 'ping', token: reader.field(4) };
    case 7:
      return { type: 'pong', token: reader.field(4) };
    case 14:
      return { type: 'pause', ms: reader.field(4) };
    case 8:
      return { type: 'request', id: reader.field(2), content: reader.bytes() };
    case 9:
      return { type: 'response', id: reader.field(2), content: reader.bytes() };
    case 10:
      return { type: 'requestFailed', id: reader.field(2), code: reader.field(1), reason: reader.text() };
    default:
      return undefined;
  }
}
