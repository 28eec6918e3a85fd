import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Vector2, varToBytes } from '../../bench/encodingGodot.ts';
import { messages, packets } from '../../bench/encodingPackets.ts';
import { goals, sizesOf, total } from '../../bench/encodingSizes.ts';

// The bytes of `npm run bench encoding`, which also measures times.

const sum = total(packets.map(sizesOf));

test.each(goals)('ten packets take at most $share of the bytes of $of', ({ of, share }) => {
  expect(sum.ours / sum[of]).toBeLessThanOrEqual(share);
});

test('the table in the README of the benchmarks has these bytes', () => {
  const readme = readFileSync(new URL('../../bench/README.md', import.meta.url), 'utf8');
  const rows = [...packets.map((packet) => [packet.name, sizesOf(packet)] as const), ['total', sum] as const];
  for (const [name, { ours, byHand, msgpackr, json, godot }] of rows) {
    expect(readme).toContain(`| ${[name, ours, byHand, msgpackr, json, godot].join(' | ')} | `);
  }
});

test.each(packets)('$name arrives', ({ name, payload }) => {
  const declared = messages.get(name)!;
  expect(declared.decode(declared.encode(payload))).toEqual(payload);
});

// https://docs.godotengine.org/en/stable/tutorials/io/binary_serialization_api.html
test.each<[unknown, string]>([
  [true, '01000000 01000000'],
  [5, '02000000 05000000'],
  [-1, '02000000 ffffffff'],
  [2 ** 31, '02000100 0000008000000000'],
  [0.5, '03000000 0000003f'],
  [0.1, '03000100 9a9999999999b93f'],
  ['hello', '04000000 05000000 68656c6c6f000000'],
  [new Vector2(1, 2), '05000000 0000803f 00000040'],
  [{ a: 1 }, '1b000000 01000000 04000000 01000000 61000000 02000000 01000000'],
  [[true], '1c000000 01000000 01000000 01000000'],
  [Uint8Array.of(1, 2), '1d000000 02000000 01020000'],
])('var_to_bytes(%j)', (value, hex) => {
  expect(Buffer.from(varToBytes(value)).toString('hex')).toBe(hex.replaceAll(' ', ''));
});
