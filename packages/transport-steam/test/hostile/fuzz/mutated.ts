import fc from 'fast-check';
import { concat } from '../../wire/support.ts';

/** A change of bytes; `at` and `length` are shares of what is there, in 65 536ths. */
type Mutation = (bytes: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

/** Bytes at which decoders branch: lengths, signs, ends of ranges, headers of msgpack and of `@colyseus/schema`. */
const EDGES = [
  0x00, 0x01, 0x02, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc7, 0xca, 0xcf, 0xd4, 0xdf, 0xfe, 0xff,
];

/** Numbers at which lengths break: too many, less than none, and around the ends of 8, 16 and 32 bits. */
const EXTREMES = [
  [0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80],
  [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80],
  [0xd0, 0xfd],
  [0xca, 0x00, 0x00, 0xc0, 0x7f],
  [0xdd, 0x01, 0xff, 0xff, 0xff],
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x00],
] as const;

const share = fc.nat(0xffff);
const byte = fc.oneof(fc.constantFrom(...EDGES), fc.nat(255));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  share.map((at) => (bytes: Uint8Array) => bytes.subarray(0, place(bytes, at))),
  fc.tuple(share, byte).map(([at, value]) => (bytes: Uint8Array) => {
    const changed = new Uint8Array(bytes); // slice() of a Buffer copies nothing
    if (changed.length > 0) changed[Math.min(place(bytes, at), bytes.length - 1)] = value;
    return changed;
  }),
  fc.tuple(share, fc.nat(7)).map(([at, bit]) => (bytes: Uint8Array) => {
    const changed = new Uint8Array(bytes); // slice() of a Buffer copies nothing
    const index = Math.min(place(bytes, at), bytes.length - 1);
    if (changed.length > 0) changed[index] = (changed[index] as number) ^ (1 << bit);
    return changed;
  }),
  fc.tuple(share, fc.constantFrom(...EXTREMES), fc.boolean()).map(([at, extreme, over]) => (bytes: Uint8Array) => {
    const from = place(bytes, at);
    return concat(bytes.subarray(0, from), extreme, bytes.subarray(over ? from + extreme.length : from));
  }),
  fc.tuple(share, fc.uint8Array({ maxLength: 12 })).map(([at, added]) => (bytes: Uint8Array) => {
    const from = place(bytes, at);
    return concat(bytes.subarray(0, from), added, bytes.subarray(from));
  }),
  fc.tuple(share, share).map(([at, length]) => (bytes: Uint8Array) => {
    const from = place(bytes, at);
    return concat(bytes.subarray(0, from), bytes.subarray(from + 1 + place(bytes, length)));
  }),
  // A part of it again: items of lists, slots of rings, frames of packets.
  fc.tuple(share, share, fc.integer({ min: 2, max: 20 })).map(([at, length, times]) => (bytes: Uint8Array) => {
    const from = place(bytes, at);
    const part = bytes.subarray(from, from + 1 + (place(bytes, length) % 64));
    return concat(bytes.subarray(0, from), ...Array.from({ length: times }, () => part), bytes.subarray(from));
  }),
  fc.tuple(share, share, share).map(([which, at, from]) => (bytes: Uint8Array, others: readonly Uint8Array[]) => {
    const other = others[(which * others.length) >> 16] ?? bytes;
    return concat(bytes.subarray(0, place(bytes, at)), other.subarray(place(other, from)));
  }),
);

/**
 * Bytes that begin as one of `seeds` and are changed up to five times; or none of them at all. What is found shrinks to few
 * changes.
 */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .tuple(fc.nat(Math.max(0, seeds.length - 1)), fc.array(mutation, { maxLength: 5 }))
    .map(([which, mutations]) => mutations.reduce((bytes, change) => change(bytes, seeds), seeds[which] ?? new Uint8Array()));
  const random = fc.uint8Array({ maxLength: 80 });
  return fc.oneof({ arbitrary: changed, weight: 9 }, { arbitrary: random, weight: 1 });
}

function place(bytes: Uint8Array, at: number): number {
  return (at * (bytes.length + 1)) >> 16;
}
