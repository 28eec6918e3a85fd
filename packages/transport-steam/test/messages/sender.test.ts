import { schema, t } from '@colyseus/schema';
import { expect, test } from '@jest/globals';
import { atMost, bytes, MessageError, type MessageFields } from '../../src/messages.ts';
import { declare } from './arbitraries.ts';

// A payload that does not fit is refused where it is sent: message, field, value and what would fit.

const Row = schema({ name: t.string(), score: t.uint16() }, 'Row');

class Odd {
  readonly x = 1;
}

const refused: readonly (readonly [MessageFields, unknown, string])[] = [
  [{ a: t.uint8() }, undefined, 'the payload must be an object, not undefined'],
  [{ a: t.uint8() }, null, 'the payload must be an object, not null'],
  [{ a: t.uint8() }, [1], 'the payload must be an object, not an array of 1'],
  [{ a: t.uint8() }, 'a', 'the payload must be an object, not "a"'],
  [{ a: t.uint8() }, {}, 'a must be an integer of uint8 (0 to 255), not undefined'],
  [{ a: t.uint8() }, { a: null }, 'a must be an integer of uint8 (0 to 255), not null'],
  [{ a: t.uint8().optional() }, { a: null }, 'a must be an integer of uint8 (0 to 255), not null'],
  [{ a: t.uint8() }, { a: 256 }, 'a must be an integer of uint8 (0 to 255), not 256'],
  [{ a: t.uint8() }, { a: -1 }, 'a must be an integer of uint8 (0 to 255), not -1'],
  [{ a: t.uint8() }, { a: 1.5 }, 'a must be an integer of uint8 (0 to 255), not 1.5'],
  [{ a: t.uint8() }, { a: Number.NaN }, 'a must be an integer of uint8 (0 to 255), not NaN'],
  [{ a: t.uint8() }, { a: '1' }, 'a must be an integer of uint8 (0 to 255), not "1"'],
  [{ a: t.uint8() }, { a: 1n }, 'a must be an integer of uint8 (0 to 255), not 1n'],
  [{ a: t.int8() }, { a: 128 }, 'a must be an integer of int8 (-128 to 127), not 128'],
  [{ a: t.uint16() }, { a: 65_536 }, 'a must be an integer of uint16 (0 to 65535), not 65536'],
  [{ a: t.int16() }, { a: -32_769 }, 'a must be an integer of int16 (-32768 to 32767), not -32769'],
  [{ a: t.uint32() }, { a: 2 ** 32 }, 'a must be an integer of uint32 (0 to 4294967295), not 4294967296'],
  [{ a: t.int32() }, { a: Number.POSITIVE_INFINITY }, 'a must be an integer of int32 (-2147483648 to 2147483647), not Infinity'],
  [{ a: t.uint64() }, { a: 2 ** 53 }, 'a must be an integer of uint64 (0 to 9007199254740991), not 9007199254740992'],
  [{ a: t.uint64() }, { a: -1 }, 'a must be an integer of uint64 (0 to 9007199254740991), not -1'],
  [{ a: t.int64() }, { a: 0.5 }, 'a must be an integer of int64 (-9007199254740991 to 9007199254740991), not 0.5'],
  [{ a: t.biguint64() }, { a: -1n }, 'a must be an integer of biguint64 (0 to 18446744073709551615), not -1n'],
  [{ a: t.biguint64() }, { a: 1 }, 'a must be an integer of biguint64 (0 to 18446744073709551615), not 1'],
  [{ a: t.bigint64() }, { a: 2n ** 63n }, 'a must be an integer of bigint64 (-9223372036854775808 to 9223372036854775807), not'],
  [{ a: t.float32() }, { a: '1' }, 'a must be a number, not "1"'],
  [{ a: t.float32() }, { a: 1e39 }, 'a must be a number of float32 ('],
  [{ a: t.float64() }, { a: undefined }, 'a must be a number, not undefined'],
  [{ a: t.number() }, { a: true }, 'a must be a number, not true'],
  [{ a: t.angle() }, { a: Number.POSITIVE_INFINITY }, 'a must be a finite number, not Infinity'],
  [{ a: t.boolean() }, { a: 1 }, 'a must be a boolean, not 1'],
  [{ a: t.string() }, { a: 5 }, 'a must be a string, not 5'],
  [{ a: atMost(t.string(), 3) }, { a: 'four' }, 'a must be at most 3 bytes of UTF-8, not 4'],
  [{ a: atMost(t.string(), 3) }, { a: 'éé' }, 'a must be at most 3 bytes of UTF-8, not 4'],
  [{ a: t.string() }, { a: 'x'.repeat(65_536) }, 'a must be at most 65535 bytes of UTF-8, not 65536'],
  [{ a: bytes() }, { a: [1, 2] }, 'a must be a Uint8Array, not an array of 2'],
  [{ a: bytes(2) }, { a: new Uint8Array(3) }, 'a must be at most 2 bytes, not 3 bytes'],
  [{ a: t.array('uint8') }, { a: 'text' }, 'a must be an array (of primitive), not "text"'],
  [{ a: t.array('uint8') }, { a: { length: 1 } }, 'a must be an array (of primitive), not an object'],
  [{ a: t.array('uint8') }, { a: new Map() }, 'a must be an array (of primitive), not an instance of Map'],
  [{ a: t.array('uint8') }, { a: [1, 2, 256] }, 'a[2] must be an integer of uint8 (0 to 255), not 256'],
  [{ a: t.array('uint8') }, { a: new Uint8Array(65_536) }, 'a must have at most 65535 items, not 65536'],
  [{ a: atMost(t.array('string'), 1) }, { a: ['', ''] }, 'a must have at most 1 items, not 2'],
  [
    { a: t.array(Row) },
    { a: [{ name: 'a', score: 1 }, { name: 'b' }] },
    'a[1].score must be an integer of uint16 (0 to 65535), not undef',
  ],
  [{ a: t.array(Row) }, { a: [null] }, 'a[0] must be an object, not null'],
  [{ a: t.array(Row) }, { a: [new Odd()] }, 'a[0].name must be a string, not undefined'],
  [{ a: Row }, { a: { name: 'a', score: 1, scroe: 2 } }, 'a.scroe is not declared (there are name, score), but is 2'],
  [{ a: t.map('uint8') }, { a: { k: 300 } }, 'a["k"] must be an integer of uint8 (0 to 255), not 300'],
  [{ a: t.map('uint8') }, { a: [1] }, 'a must be an object or a Map, not an array of 1'],
  [{ a: t.map('uint8') }, { a: new Map([[1, 1]]) }, 'a must be a map with strings as keys, not an instance of Map'],
  [{ a: atMost(t.map('uint8'), 1) }, { a: { a: 1, b: 2 } }, 'a must have at most 1 items, not 2'],
  [{ a: t.uint8() }, { a: 1, b: undefined }, 'b is not declared (there are a), but is undefined'],
  [{}, { b: 'x'.repeat(50) }, `b is not declared (there is none), but is "${'x'.repeat(40)}"… (50 characters)`],
];

test.each(refused)('%#: %j', (fields, payload, problem) => {
  const declared = declare(fields);
  expect(() => declared.encode(payload)).toThrow(MessageError);
  expect(() => declared.encode(payload)).toThrow(`test: ${problem}`);
});

test('the error has the parts of its text', () => {
  const declared = declare({ rows: t.array(Row) });
  let error: unknown;
  try {
    declared.encode({ rows: [{ name: 'a', score: 70_000 }] });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(MessageError);
  expect(error).toMatchObject({
    name: 'MessageError',
    type: 'test',
    field: 'rows[0].score',
    value: 70_000,
    message: 'test: rows[0].score must be an integer of uint16 (0 to 65535), not 70000',
  });
});

test('what is not ours is thrown as it is', () => {
  const declared = declare({ a: t.uint8() });
  const broken = {
    get a(): number {
      throw new RangeError('of the game');
    },
  };
  expect(() => declared.encode(broken)).toThrow(new RangeError('of the game'));
  expect([...declared.encode({ a: 1 })]).toEqual([1]);
});

test('defaults stand for what was left out', () => {
  const declared = declare({ volume: t.uint8().default(5), tags: t.array('string').default(() => ['a'] as never) });
  expect(declared.decode(declared.encode({}))).toEqual({ volume: 5, tags: ['a'] });
  expect(declared.decode(declared.encode({ volume: 0, tags: [] }))).toEqual({ volume: 0, tags: [] });
});
