import { expect, test } from '@jest/globals';
import { UnreliableSequence } from '../../src/server/UnreliableSequence.ts';

const patch = (sequence: number, ...body: number[]) => Uint8Array.of(15 | 0x40, sequence & 0xff, sequence >> 8, ...body);
const sequenceOf = (frame: Uint8Array) => (frame[1] as number) | ((frame[2] as number) << 8);

test('patches are numbered from 1, whatever core counts', () => {
  const sequence = new UnreliableSequence();
  expect([65_000, 65_001, 7].map((count) => sequenceOf(sequence.stamp(patch(count))))).toEqual([1, 2, 3]);
});

test('the rest of the frame stays, and the frame itself is not written to', () => {
  const shared = patch(40_000, 9, 8, 7);
  const stamped = new UnreliableSequence().stamp(shared);
  expect([...stamped]).toEqual([15 | 0x40, 1, 0, 9, 8, 7]);
  expect([...shared]).toEqual([...patch(40_000, 9, 8, 7)]);
});

test('frames of another kind pass as they are', () => {
  const sequence = new UnreliableSequence();
  for (const frame of [Uint8Array.of(15, 1, 2), Uint8Array.of(13, 9), Uint8Array.of(15 | 0x40, 1), new Uint8Array(0)]) {
    expect(sequence.stamp(frame)).toBe(frame);
  }
});

test('a patch larger than any before it is stamped whole', () => {
  const large = new Uint8Array(20_000).fill(5);
  large.set(patch(3));
  const stamped = new UnreliableSequence().stamp(large);
  expect(stamped).toHaveLength(20_000);
  expect(stamped.at(-1)).toBe(5);
});

test('the count wraps at 65536, as the SDK expects', () => {
  const sequence = new UnreliableSequence();
  let last = 0;
  for (let i = 0; i < 65_537; i++) last = sequenceOf(sequence.stamp(patch(0)));
  expect(last).toBe(1);
});
