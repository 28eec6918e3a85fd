// `var_to_bytes` of Godot 4, as far as these dictionaries need it:
// https://docs.godotengine.org/en/stable/tutorials/io/binary_serialization_api.html

/** Numbers of the types there, little-endian as all that follows. */
const Type = {
  Nil: 0,
  Bool: 1,
  Int: 2,
  Float: 3,
  String: 4,
  Vector2: 5,
  Dictionary: 27,
  Array: 28,
  PackedByteArray: 29,
} as const;

/** The value takes 64 bits. */
const FLAG_64 = 1 << 16;

/** What Godot has for a place. A float is one where it came from: GDScript tells 1.0 from 1, JavaScript does not. */
export class Vector2 {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }

  toJSON(): { x: number; y: number } {
    return { x: this.x, y: this.y };
  }
}

export function varToBytes(value: unknown): Uint8Array {
  return Buffer.concat(chunksOf(value));
}

function chunksOf(value: unknown): Uint8Array[] {
  if (value === undefined || value === null) return [u32(Type.Nil)];
  if (typeof value === 'boolean') return [u32(Type.Bool), u32(Number(value))];
  if (typeof value === 'bigint' || Number.isInteger(value)) return int(BigInt(value as number));
  if (typeof value === 'number') return float(value);
  if (typeof value === 'string') return [u32(Type.String), ...padded(Buffer.from(value))];
  if (value instanceof Uint8Array) return [u32(Type.PackedByteArray), ...padded(value)];
  if (value instanceof Vector2) return [u32(Type.Vector2), f32(value.x), f32(value.y)];
  if (Array.isArray(value)) return [u32(Type.Array), u32(value.length), ...value.flatMap(chunksOf)];
  const entries = Object.entries(value);
  return [u32(Type.Dictionary), u32(entries.length), ...entries.flat().flatMap(chunksOf)];
}

/** 32 bits where they are enough. */
function int(value: bigint): Uint8Array[] {
  if (BigInt.asIntN(32, value) === value) return [u32(Type.Int), u32(Number(BigInt.asUintN(32, value)))];
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value));
  return [u32(Type.Int | FLAG_64), bytes];
}

function float(value: number): Uint8Array[] {
  if (Math.fround(value) === value) return [u32(Type.Float), f32(value)];
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [u32(Type.Float | FLAG_64), bytes];
}

/** Length, bytes, and zeros up to a multiple of four. */
function padded(bytes: Uint8Array): Uint8Array[] {
  return [u32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)];
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function f32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
