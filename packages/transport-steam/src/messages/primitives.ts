import { Fault } from './MessageError.ts';
import { readNumber, writeNumber } from './number.ts';
import type { PayloadReader } from './PayloadReader.ts';
import type { PayloadWriter } from './PayloadWriter.ts';

/** How values of one type are written and read. */
export interface Codec {
  /** No value takes fewer bits. */
  readonly minBits: number;
  readonly write: (to: PayloadWriter, value: unknown) => void;
  readonly read: (from: PayloadReader) => unknown;
}

export type Primitive = keyof typeof primitives;

export function isPrimitive(name: string): name is Primitive {
  return Object.hasOwn(primitives, name);
}

// The two numbers share their bytes, so that a float is four or eight bytes read as integers.
const float64 = new Float64Array(1);
const float32 = new Float32Array(float64.buffer);
const halves = new Int32Array(float64.buffer);
const [HIGH, LOW] = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? ([1, 0] as const) : ([0, 1] as const);

/** The types of `t` that take as many bytes as their name says, and `number`, which takes as many as its value needs. */
export const primitives = {
  boolean: {
    minBits: 1,
    write(to, value) {
      if (typeof value !== 'boolean') throw Fault.misfit('a boolean', value);
      to.bit(value);
    },
    read: (from) => from.bit(),
  },
  uint8: {
    minBits: 8,
    write(to, value) {
      if (typeof value !== 'number' || value !== (value & 0xff)) throw integerMisfit('uint8', 0, 0xff, value);
      to.reserve(1);
      to.bytes[to.at++] = value;
    },
    read: (from) => from.u8(),
  },
  int8: {
    minBits: 8,
    write(to, value) {
      if (typeof value !== 'number' || value !== (value << 24) >> 24) throw integerMisfit('int8', -0x80, 0x7f, value);
      to.reserve(1);
      to.bytes[to.at++] = value;
    },
    read: (from) => (from.u8() << 24) >> 24,
  },
  uint16: {
    minBits: 16,
    write(to, value) {
      if (typeof value !== 'number' || value !== (value & 0xffff)) throw integerMisfit('uint16', 0, 0xffff, value);
      write16(to, value);
    },
    read: (from) => from.u16(),
  },
  int16: {
    minBits: 16,
    write(to, value) {
      if (typeof value !== 'number' || value !== (value << 16) >> 16) throw integerMisfit('int16', -0x8000, 0x7fff, value);
      write16(to, value);
    },
    read: (from) => (from.u16() << 16) >> 16,
  },
  uint32: {
    minBits: 32,
    write(to, value) {
      if (typeof value !== 'number' || value !== value >>> 0) throw integerMisfit('uint32', 0, 0xffff_ffff, value);
      write32(to, value | 0);
    },
    read: (from) => from.i32() >>> 0,
  },
  int32: {
    minBits: 32,
    write(to, value) {
      if (typeof value !== 'number' || value !== (value | 0)) throw integerMisfit('int32', -0x8000_0000, 0x7fff_ffff, value);
      write32(to, value);
    },
    read: (from) => from.i32(),
  },
  uint64: {
    minBits: 64,
    write(to, value) {
      if (!Number.isSafeInteger(value) || (value as number) < 0) {
        throw integerMisfit('uint64', 0, Number.MAX_SAFE_INTEGER, value);
      }
      write64(to, value as number);
    },
    read(from) {
      const value = (from.i32() >>> 0) * 2 ** 32 + (from.i32() >>> 0);
      if (value > Number.MAX_SAFE_INTEGER) throw new Fault('is an integer beyond 2^53');
      return value;
    },
  },
  int64: {
    minBits: 64,
    write(to, value) {
      if (!Number.isSafeInteger(value)) throw integerMisfit('int64', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, value);
      write64(to, value as number);
    },
    read(from) {
      const value = from.i32() * 2 ** 32 + (from.i32() >>> 0);
      if (!Number.isSafeInteger(value)) throw new Fault('is an integer beyond 2^53');
      return value;
    },
  },
  biguint64: {
    minBits: 64,
    write(to, value) {
      if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) {
        throw integerMisfit('biguint64', 0n, 2n ** 64n - 1n, value);
      }
      to.reserve(8);
      to.view.setBigUint64(to.at, value);
      to.at += 8;
    },
    read: (from) => readBig(from),
  },
  bigint64: {
    minBits: 64,
    write(to, value) {
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
        throw integerMisfit('bigint64', -(2n ** 63n), 2n ** 63n - 1n, value);
      }
      to.reserve(8);
      to.view.setBigInt64(to.at, value);
      to.at += 8;
    },
    read: (from) => BigInt.asIntN(64, readBig(from)),
  },
  float32: {
    minBits: 32,
    write(to, value) {
      if (typeof value !== 'number') throw Fault.misfit('a number', value);
      float32[0] = value;
      // A finite number that a float32 can only say as infinity.
      if (!Number.isFinite(float32[0]) && Number.isFinite(value)) {
        throw Fault.misfit('a number of float32 (-3.4028234663852886e+38 to 3.4028234663852886e+38)', value);
      }
      write32(to, halves[0]!);
    },
    read(from) {
      halves[0] = from.i32();
      return float32[0]!;
    },
  },
  float64: {
    minBits: 64,
    write(to, value) {
      if (typeof value !== 'number') throw Fault.misfit('a number', value);
      float64[0] = value;
      write32(to, halves[HIGH]!);
      write32(to, halves[LOW]!);
    },
    read(from) {
      halves[HIGH] = from.i32();
      halves[LOW] = from.i32();
      return float64[0]!;
    },
  },
  number: {
    minBits: 8,
    write(to, value) {
      if (typeof value !== 'number') throw Fault.misfit('a number', value);
      writeNumber(to, value);
    },
    read: (from) => readNumber(from),
  },
} as const satisfies Record<string, Codec>;

export function write16(to: PayloadWriter, value: number): void {
  to.reserve(2);
  const { bytes, at } = to;
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
  to.at = at + 2;
}

export function write32(to: PayloadWriter, value: number): void {
  to.reserve(4);
  const { bytes, at } = to;
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
  to.at = at + 4;
}

function write64(to: PayloadWriter, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  write32(to, high | 0);
  write32(to, (value - high * 2 ** 32) | 0);
}

function readBig(from: PayloadReader): bigint {
  const high = from.i32() >>> 0;
  return (BigInt(high) << 32n) | BigInt(from.i32() >>> 0);
}

function integerMisfit(type: string, min: number | bigint, max: number | bigint, value: unknown): Fault {
  return Fault.misfit(`an integer of ${type} (${min} to ${max})`, value);
}
