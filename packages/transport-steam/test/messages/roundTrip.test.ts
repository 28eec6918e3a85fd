import { schema, t } from '@colyseus/schema';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytes, MessageError } from '../../src/messages.ts';
import { holds } from '../wire/arbitraries.ts';
import { declare, messageCase, primitiveValues } from './arbitraries.ts';

const small = { flag: true, text: 'hello é', number: 0.1, float: 0.1, items: [1, 2, 3], other: true, big: 5n, last: 'end' };

test('what is sent arrives, whatever was declared', () => {
  holds(
    fc.property(messageCase, ({ declared, payload }) => {
      expect(declared.decode(declared.encode(payload))).toEqual(payload);
    }),
    500,
  );
});

test('a head comes before it, and a message may lie anywhere in a buffer', () => {
  holds(
    fc.property(messageCase, fc.uint8Array({ maxLength: 20 }), ({ declared, payload }, head) => {
      const encoded = declared.encode(payload, head);
      expect([...encoded.subarray(0, head.length)]).toEqual([...head]);
      expect([...encoded.subarray(head.length)]).toEqual([...declared.encode(payload)]);
      expect(declared.decode(encoded, head.length)).toEqual(payload);
      expect(declared.decode(Buffer.from(encoded).subarray(head.length))).toEqual(payload);
    }),
    200,
  );
});

test('what was encoded is not touched by what is encoded next', () => {
  const declared = declare({ text: t.string() });
  const first = declared.encode({ text: 'first' });
  declared.encode({ text: 'second' });
  expect(declared.decode(first)).toEqual({ text: 'first' });
  expect(first.buffer.byteLength).toBe(first.length);
});

test('a getter of a payload may encode a message of its own', () => {
  const declared = declare({ a: t.string(), b: t.string(), c: t.string() });
  const inner = declare({ text: t.string(), flag: t.boolean() });
  const payload = {
    a: 'before',
    get b() {
      return String(inner.encode({ text: 'x'.repeat(5000), flag: true }).length);
    },
    c: 'after',
  };
  expect(declared.decode(declared.encode(payload))).toEqual({ a: 'before', b: '5003', c: 'after' });
});

describe.each(Object.keys(primitiveValues).filter((name) => name !== 'string' && name !== 'number'))('%s', (name) => {
  test('has one form for each value', () => {
    const declared = declare({ value: t[name as 'uint8']() });
    const length = declared.encode({ value: fc.sample(primitiveValues[name]!, 1)[0] }).length;
    holds(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (encoded) => {
        let payload: { value: unknown };
        try {
          payload = declared.decode(encoded) as typeof payload;
        } catch (error) {
          // Integers beyond 2^53, and bits after a boolean.
          expect(error).toBeInstanceOf(MessageError);
          return;
        }
        // A NaN keeps no payload.
        if (!Number.isNaN(payload.value)) expect([...declared.encode(payload)]).toEqual([...encoded]);
      }),
    );
  });
});

test('quantized fields give what @colyseus/schema gives', () => {
  const quantized = [
    { min: -10, max: 10, bits: 8 },
    { min: 0, max: 1, bits: 16 },
    { min: -5, max: 100, bits: 32 },
    { min: 0, max: 360, bits: 8, mode: 'wrap' },
    { min: -Math.PI, max: Math.PI, bits: 16, mode: 'wrap' },
    { min: 0, max: 1, bits: 32, mode: 'wrap' },
  ] as const;
  const fields = Object.fromEntries(quantized.map((options, i) => [`f${i}`, t.quantized(options)]));
  const State = schema(fields);
  const declared = declare(fields);
  holds(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 6, maxLength: 6 }), (values) => {
      const payload = Object.fromEntries(values.map((value, i) => [`f${i}`, value]));
      const state = new State();
      state.assign(payload);
      expect(declared.decode(declared.encode(payload))).toEqual(state.toJSON());
    }),
  );
  expect(() => declared.encode({ ...Object.fromEntries(quantized.map((_, i) => [`f${i}`, 0])), f1: Number.NaN })).toThrow(
    'test: f1 must be a number, not NaN',
  );
});

test('bytes arrive as a Uint8Array, also from a Buffer', () => {
  const declared = declare({ frame: bytes(), last: t.boolean() });
  const { frame } = declared.decode(Buffer.from(declared.encode({ frame: Buffer.from('hello'), last: true }))) as {
    frame: Uint8Array;
  };
  expect(frame.constructor).toBe(Uint8Array);
  expect(Buffer.from(frame).toString()).toBe('hello');
});

test('half of a surrogate pair arrives as U+FFFD', () => {
  const declared = declare({ text: t.string() });
  for (const padding of ['', 'x'.repeat(100)]) {
    expect(declared.decode(declared.encode({ text: `${padding}\ud83d` }))).toEqual({ text: `${padding}\ufffd` });
  }
});

test.each([0, 1, 40, 41, 42, 43, 127, 128, 129, 5461, 5462, 16_383, 16_384, 21_845])(
  'text of %i characters of any width',
  (length) => {
    const declared = declare({ text: t.string(), after: t.uint8() });
    for (const unit of ['a', 'é', '€']) {
      const payload = { text: unit.repeat(length), after: 7 };
      if (Buffer.byteLength(payload.text) > 65_535) continue;
      expect(declared.decode(declared.encode(payload))).toEqual(payload);
    }
  },
);

test('a message that outgrows its buffer at any place', () => {
  const declared = declare({
    filler: bytes(),
    flag: t.boolean(),
    text: t.string(),
    number: t.number(),
    float: t.float64(),
    items: t.array('uint16'),
    other: t.boolean(),
    big: t.biguint64(),
    last: t.string(),
  });
  for (let size = 0; size < 40; size++) {
    // Each message is the first of a new buffer, of which the writer lets go when it has become large.
    declared.encode({ ...small, filler: new Uint8Array(65_000), items: new Array(65_000).fill(1), last: 'x'.repeat(65_000) });
    const payload = { ...small, filler: new Uint8Array(4096 - size).fill(9) };
    expect(declared.decode(declared.encode(payload))).toEqual(payload);
  }
});

test('a large message, and a small one after it', () => {
  const declared = declare({ texts: t.array('string') });
  const payload = { texts: Array.from({ length: 100 }, (_, i) => String(i).repeat(10_000)) };
  expect(declared.decode(declared.encode(payload))).toEqual(payload);
  expect([...declared.encode({ texts: [] })]).toEqual([0]);
});

test('inherited fields travel, deprecated ones do not', () => {
  const Base = schema({ a: t.uint8(), old: t.uint8().deprecated(false) });
  const Derived = Base.extend({ b: t.uint8() });
  const declared = declare(Derived);
  expect([...declared.encode({ a: 1, b: 2 } as never)]).toEqual([1, 2]);
});

describe('keys of a map', () => {
  const declared = declare({ map: t.map('uint8') });

  test('mean nothing but themselves', () => {
    const sent = new Map([
      ['__proto__', 1],
      ['constructor', 2],
      ['', 3],
      ['toString', 4],
    ]);
    const { map } = declared.decode(declared.encode({ map: sent })) as { map: Record<string, number> };
    expect(Object.getPrototypeOf(map)).toBeNull();
    expect(Object.entries(map)).toEqual([...sent]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(declared.decode(declared.encode({ map }))).toEqual({ map });
  });

  test('of a nested object do not reach a prototype', () => {
    const Point = schema({ x: t.uint8() });
    const nested = declare({ map: t.map(Point) });
    const { map } = nested.decode(nested.encode({ map: new Map([['__proto__', { x: 1 }]]) })) as { map: Record<string, unknown> };
    expect(Object.keys(map)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
