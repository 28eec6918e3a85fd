import { schema, t } from '@colyseus/schema';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { atMost, bytes, MessageError, type MessageFields } from '../../src/messages.ts';
import { holds } from '../wire/arbitraries.ts';
import { declare, messageCase } from './arbitraries.ts';

const Empty = schema({ a: t.boolean() }, 'Empty');

test('every truncation of a message is refused, or is a shorter message', () => {
  holds(
    fc.property(messageCase, ({ declared, payload }) => {
      const encoded = declared.encode(payload);
      for (let length = 0; length < encoded.length; length++) {
        const cut = encoded.subarray(0, length);
        const read = tryDecode(() => declared.decode(cut));
        // Text or bytes at the end have no length: what is left of them is still a message.
        if (read !== undefined) expect([...declared.encode(read)]).toEqual([...cut]);
      }
    }),
    200,
  );
});

test('random bytes are refused, or are what would have been sent', () => {
  holds(
    fc.property(messageCase, fc.uint8Array({ maxLength: 60 }), ({ declared }, random) => {
      const read = tryDecode(() => declared.decode(random));
      if (read !== undefined) expect(declared.decode(declared.encode(read))).toEqual(read);
    }),
    1000,
  );
});

test('a changed byte is refused, or makes another message', () => {
  holds(
    fc.property(messageCase, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ declared, payload }, at, change) => {
      const encoded = declared.encode(payload);
      if (encoded.length === 0) return;
      encoded[at % encoded.length]! ^= change;
      const read = tryDecode(() => declared.decode(encoded));
      if (read !== undefined) expect(declared.decode(declared.encode(read))).toEqual(read);
    }),
    500,
  );
});

const refused: readonly (readonly [string, MessageFields, string, string])[] = [
  ['nothing', { a: t.uint8() }, '', 'a is cut off'],
  ['half a number', { a: t.float64() }, '01020304', 'a is cut off'],
  ['too much', { a: t.uint8() }, '0102', 'the payload has 1 bytes too many'],
  ['bits of nobody', { a: t.boolean() }, '02', 'the payload has bits set that belong to nothing'],
  ['a value of what is not there', { a: t.boolean().optional() }, '02', 'the payload has bits set that belong to nothing'],
  ['text that is cut off', { a: t.string(), b: t.uint8() }, '056869', 'a is cut off'],
  ['text that is not UTF-8', { a: t.string() }, 'c328', 'a is not UTF-8'],
  ['half of a surrogate pair', { a: t.string() }, 'eda0bd', 'a is not UTF-8'],
  ['long text that is not UTF-8', { a: t.string() }, `${'61'.repeat(100)}ff`, 'a is not UTF-8'],
  ['text over its bound', { a: atMost(t.string(), 2) }, '616161', 'a has 3 bytes of text, more than 2'],
  ['text over its bound, with a length', { a: atMost(t.string(), 2), b: t.uint8() }, '03', 'a has 3 bytes of text, more than 2'],
  ['bytes over their bound', { a: bytes(2) }, '010203', 'a has 3 bytes, more than 2'],
  ['an array over its bound', { a: atMost(t.array('uint8'), 2) }, '03010203', 'a has 3 items, more than 2'],
  ['an array over the bound of all', { a: t.array('boolean') }, '808004', 'a has 65536 items, more than 65535'],
  ['more items than bytes', { a: t.array('uint16') }, 'ffff03', 'a has 65535 items, of which some are missing'],
  ['more items than bits', { a: t.array(Empty) }, 'ffff0300', 'a has 65535 items, of which some are missing'],
  ['one item too many', { a: t.array('uint8') }, '03 01 02', 'a[2] is cut off'],
  ['a map of nothing', { a: t.map('uint8') }, '05', 'a has 5 items, of which some are missing'],
  ['a key twice', { a: t.map('uint8') }, '02 0161 01 0161 02', 'a["a"] has a key twice'],
  ['a length that is too long', { a: t.array('uint8') }, '8000', 'a has a length that is not a varint'],
  ['a length without end', { a: t.array('uint8') }, 'ffffffffffff', 'a has a length that is not a varint'],
  ['a length of 33 bits', { a: t.array('uint8') }, 'ffffffff1f', 'a has a length that is not a varint'],
  ['an integer beyond 2^53', { a: t.uint64() }, '0020000000000000', 'a is an integer beyond 2^53'],
  ['a negative one', { a: t.int64() }, 'ffe0000000000000', 'a is an integer beyond 2^53'],
  ['a number of no form', { a: t.number() }, 'e7', 'a begins with 0xe7, which no number does'],
  ['a number in a long form', { a: t.number() }, 'e10000ffff', 'a is a number in more bytes than it needs'],
  ['a step of nobody', { a: t.quantized({ min: -1, max: 1, bits: 8 }) }, 'ff', 'a is step 255, of 254'],
];

test.each(refused)('%s', (_words, fields, hex, problem) => {
  const declared = declare(fields);
  const encoded = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  expect(() => declared.decode(encoded)).toThrow(MessageError);
  expect(() => declared.decode(encoded)).toThrow(`test: ${problem}`);
});

test('the path of what is wrong', () => {
  const Row = schema({ name: t.string(), scores: t.map('uint8') }, 'Row');
  const declared = declare({ rows: t.array(Row) });
  const encoded = declared.encode({
    rows: [
      { name: 'a', scores: {} },
      { name: 'b', scores: { kills: 1 } },
    ],
  });
  const error = catchError(() => declared.decode(encoded.subarray(0, -1)));
  expect(error).toMatchObject({ name: 'MessageError', type: 'test', field: 'rows[1].scores["kills"]' });
});

test('a small message does not claim much memory', () => {
  const declared = declare({ texts: t.array('string'), map: t.map('string'), flags: t.array('boolean') });
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1000; i++) tryDecode(() => declared.decode(Uint8Array.of(0xff, 0xff, 0x03, 0x01, 0x61)));
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
});

test('a fault leaves nothing behind for the next message', () => {
  const declared = declare({ flag: t.boolean(), text: t.string(), rest: t.array('uint8') });
  const payload = { flag: true, text: 'hello', rest: [1] };
  expect(() => declared.encode({ flag: true, text: 'hello', rest: [1, 300] })).toThrow(MessageError);
  expect(() => declared.decode(Uint8Array.of(1, 5, 1))).toThrow(MessageError);
  expect(declared.decode(declared.encode(payload))).toEqual(payload);
});

/** Undefined when it was refused as it should be. */
function tryDecode(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

function catchError(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
