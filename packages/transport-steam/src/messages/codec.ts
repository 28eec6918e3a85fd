import { listCodec, mapCodec } from './collections.ts';
import type { FieldType } from './FieldType.ts';
import { Fault } from './MessageError.ts';
import { type Codec, primitives } from './primitives.ts';
import { quantizedCodec } from './quantized.ts';
import { structCodec } from './struct.ts';

/**
 * The codec of a whole payload. What its last field holds ends where the message does: if that is a string or bytes, it has no length
 * before it.
 */
export function payloadCodec({ fields }: FieldType & { readonly kind: 'struct' }): Codec {
  const last = fields.length - 1;
  return structCodec(fields.map((field, i) => ({ ...field, codec: i === last ? lastCodecOf(field.type) : codecOf(field.type) })));
}

function lastCodecOf(type: FieldType): Codec {
  if (type.kind === 'string') return lastStringCodec(type.max);
  return type.kind === 'bytes' ? lastBytesCodec(type.max) : codecOf(type);
}

/** Everything that can be decided about a type is decided here, once. */
function codecOf(type: FieldType): Codec {
  switch (type.kind) {
    case 'primitive':
      return primitives[type.name];
    case 'quantized':
      return quantizedCodec(type.quantized);
    case 'string':
      return stringCodec(type.max);
    case 'bytes':
      return bytesCodec(type.max);
    case 'list':
      return listCodec(codecOf(type.item), type);
    case 'map':
      return mapCodec(codecOf(type.item), type.max);
    case 'struct':
      return structCodec(type.fields.map((field) => ({ ...field, codec: codecOf(field.type) })));
  }
}

function stringCodec(max: number): Codec {
  return {
    minBits: 8,
    write: (to, value) => to.text(textOf(value), max),
    read: (from) => from.text(max),
  };
}

function lastStringCodec(max: number): Codec {
  return {
    minBits: 0,
    write: (to, value) => to.textRest(textOf(value), max),
    read: (from) => from.textRest(max),
  };
}

function bytesCodec(max: number): Codec {
  return {
    minBits: 8,
    write(to, value) {
      const bytes = bytesOf(value, max);
      to.varint(bytes.length);
      to.raw(bytes);
    },
    read: (from) => from.raw(from.count(8, max)),
  };
}

function lastBytesCodec(max: number): Codec {
  return {
    minBits: 0,
    write: (to, value) => to.raw(bytesOf(value, max)),
    read: (from) => from.rawRest(max),
  };
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw Fault.misfit('a string', value);
  return value;
}

function bytesOf(value: unknown, max: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw Fault.misfit('a Uint8Array', value);
  if (value.length > max) throw Fault.misfit(`at most ${max} bytes`, value);
  return value;
}
