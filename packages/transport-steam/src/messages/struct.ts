import type { Field } from './FieldType.ts';
import { Fault, inWords } from './MessageError.ts';
import type { PayloadReader } from './PayloadReader.ts';
import type { PayloadWriter } from './PayloadWriter.ts';
import type { Codec } from './primitives.ts';

export interface CodedField extends Field {
  readonly codec: Codec;
}

/** The fields one after the other, without their names; before an optional one a bit that says whether it is there. */
export function structCodec(fields: readonly CodedField[]): Codec {
  const names = new Set(fields.map(({ name }) => name));
  return {
    minBits: fields.reduce((sum, { optional, codec }) => sum + (optional ? 1 : codec.minBits), 0),
    write(to, value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw Fault.misfit('an object', value);
      const object = value as Readonly<Record<string, unknown>>;
      writeFields(to, fields, object);
      checkUnknown(object, names, fields);
    },
    read: (from) => readFields(from, fields),
  };
}

function writeFields(to: PayloadWriter, fields: readonly CodedField[], object: Readonly<Record<string, unknown>>): void {
  let i = 0;
  try {
    for (; i < fields.length; i++) {
      const { name, optional, codec, fallback } = fields[i]!;
      let value = object[name];
      if (value === undefined && fallback !== undefined) value = fallback();
      if (optional) {
        to.bit(value !== undefined);
        if (value === undefined) continue;
      }
      codec.write(to, value);
    }
  } catch (error) {
    throw error instanceof Fault ? error.under(fields[i]!.name) : error;
  }
}

function readFields(from: PayloadReader, fields: readonly CodedField[]): unknown {
  const object: Record<string, unknown> = {};
  let i = 0;
  try {
    for (; i < fields.length; i++) {
      const { name, optional, codec } = fields[i]!;
      if (!optional || from.bit()) object[name] = codec.read(from);
    }
  } catch (error) {
    throw error instanceof Fault ? error.under(fields[i]!.name) : error;
  }
  return object;
}

/** A field of a plain object that is in no declaration is a mistake in its name. Instances may carry what they like. */
function checkUnknown(object: object, names: ReadonlySet<string>, fields: readonly CodedField[]): void {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return;
  for (const name in object) {
    if (names.has(name)) continue;
    const value = (object as Readonly<Record<string, unknown>>)[name];
    const known = fields.length === 0 ? 'there is none' : `there are ${fields.map((field) => field.name).join(', ')}`;
    throw new Fault(`is not declared (${known}), but is ${inWords(value)}`, value).under(name);
  }
}
