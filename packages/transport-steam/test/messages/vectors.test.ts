import { schema, t } from '@colyseus/schema';
import { expect, test } from '@jest/globals';
import { bytes, type MessageFields } from '../../src/messages.ts';
import { declare } from './arbitraries.ts';

// The wire format, byte by byte. These are the vectors of PROTOCOL.md.

const Row = schema({ name: t.string(), alive: t.boolean(), team: t.uint8().optional() }, 'Row');

const vectors: readonly (readonly [string, MessageFields, Readonly<Record<string, unknown>>, string])[] = [
  ['integers are big-endian', { a: t.uint8(), b: t.uint16(), c: t.uint32() }, { a: 1, b: 2, c: 3 }, '01 0002 00000003'],
  ['negative ones in two’s complement', { a: t.int8(), b: t.int16(), c: t.int32() }, { a: -1, b: -2, c: -3 }, 'ff fffe fffffffd'],
  ['of 64 bits', { a: t.int64(), b: t.uint64() }, { a: -1, b: 2 ** 53 - 1 }, 'ffffffffffffffff 001fffffffffffff'],
  ['big ones', { a: t.bigint64(), b: t.biguint64() }, { a: -2n, b: 2n ** 64n - 1n }, 'fffffffffffffffe ffffffffffffffff'],
  ['floats', { a: t.float32(), b: t.float64() }, { a: 1.5, b: -2.5 }, '3fc00000 c004000000000000'],
  ['number: 0 to 127', { a: t.number(), b: t.number() }, { a: 0, b: 127 }, '00 7f'],
  ['number: 128 to 16511', { a: t.number(), b: t.number() }, { a: 128, b: 16_511 }, '8000 bfff'],
  ['number: to 2^32', { a: t.number(), b: t.number() }, { a: 16_512, b: 65_536 }, 'e04080 e100010000'],
  ['number: -1 to -32', { a: t.number(), b: t.number() }, { a: -1, b: -32 }, 'c0 df'],
  ['number: below', { a: t.number(), b: t.number(), c: t.number() }, { a: -33, b: -257, c: -65_537 }, 'e220 e30100 e400010000'],
  ['number: a float32 if it is one', { a: t.number(), b: t.number() }, { a: 0.5, b: -0 }, 'e53f000000 e580000000'],
  ['number: everything else', { a: t.number() }, { a: 0.1 }, 'e63fb999999999999a'],
  ['booleans share bytes', { a: t.boolean(), b: t.boolean(), c: t.boolean() }, { a: true, b: false, c: true }, '05'],
  ['whatever stands between them', { a: t.boolean(), b: t.uint8(), c: t.boolean() }, { a: true, b: 9, c: true }, '03 09'],
  ['the ninth bit begins a byte', { a: t.array('boolean') }, { a: Array.from({ length: 9 }, () => true) }, '09 ff 01'],
  ['optional and there', { a: t.uint8().optional(), b: t.uint8() }, { a: 7, b: 8 }, '01 07 08'],
  ['optional and not', { a: t.uint8().optional(), b: t.uint8() }, { b: 8 }, '00 08'],
  ['an optional boolean: two bits', { a: t.boolean().optional() }, { a: false }, '01'],
  ['text', { a: t.string(), b: t.uint8() }, { a: 'héj', b: 1 }, '04 68c3a96a 01'],
  ['text at the end has no length', { a: t.string() }, { a: 'héj' }, '68c3a96a'],
  ['bytes', { a: bytes(), b: t.uint8() }, { a: Uint8Array.of(1, 2), b: 3 }, '02 0102 03'],
  ['bytes at the end have no length', { a: bytes() }, { a: Uint8Array.of(1, 2) }, '0102'],
  ['an optional end', { a: t.string().optional() }, { a: 'hi' }, '01 6869'],
  ['an array', { a: t.array('uint16') }, { a: [1, 2] }, '02 0001 0002'],
  ['a length of two bytes', { a: t.array('uint8') }, { a: Array.from({ length: 130 }, () => 5) }, `8201 ${'05'.repeat(130)}`],
  ['a map', { a: t.map('uint8') }, { a: { k: 1, ll: 2 } }, '02 01 6b 01 02 6c6c 02'],
  ['quantized', { a: t.quantized({ min: 0, max: 1, bits: 8 }), b: t.quantized({ min: 0, max: 1 }) }, { a: 1, b: 0 }, 'ff 0000'],
  [
    'objects: bits of all of them share bytes',
    { rows: t.array(Row) },
    {
      rows: [
        { name: 'Ann', alive: true, team: 2 },
        { name: 'B', alive: false },
      ],
    },
    '02 03 416e6e 03 02 01 42',
  ],
];

test.each(vectors)('%s', (_words, fields, payload, hex) => {
  const declared = declare(fields);
  const encoded = declared.encode(payload);
  expect(Buffer.from(encoded).toString('hex')).toBe(hex.replaceAll(' ', ''));
  expect(declared.decode(encoded)).toEqual(payload);
});
