import { $numFields, type BuilderDefinition, FieldBuilder, isBuilder, Schema } from '@colyseus/schema';
import { inWords } from './MessageError.ts';
import { isPrimitive, type Primitive } from './primitives.ts';

/** Bounds where a field has none of its own: bytes of a string, items of everything else. */
export const DEFAULT_MAX_LENGTH = 65_535;

/** What a field holds, as the codec and the description need it, however it was declared. */
export type FieldType =
  | { readonly kind: 'primitive'; readonly name: Primitive }
  | { readonly kind: 'quantized'; readonly quantized: Quantized }
  | { readonly kind: 'string'; readonly max: number }
  | { readonly kind: 'bytes'; readonly max: number }
  | { readonly kind: 'list'; readonly item: FieldType; readonly max: number }
  | { readonly kind: 'map'; readonly item: FieldType; readonly max: number }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly optional: boolean;
  /** What stands for a value that the sender left out. */
  readonly fallback?: () => unknown;
}

/** What `t.quantized()` and `t.angle()` resolve to in @colyseus/schema. */
export interface Quantized {
  readonly min: number;
  readonly max: number;
  readonly bits: 8 | 16 | 32;
  readonly wrap: boolean;
  readonly range: number;
  readonly span: number;
}

/** A class of `schema()`, or one whose fields are decorated. */
export type SchemaClass = new (...args: never) => Schema;

/** The fields of a message, as those of `schema()`: builders of `t`, or classes for what they nest. */
export type MessageFields = Readonly<Record<string, FieldBuilder<unknown, boolean, boolean> | SchemaClass>>;

const bounds = new WeakMap<object, number>();

/** Bytes: a `Uint8Array` on both sides, at most `maxBytes` of it. For a field of a message; @colyseus/schema itself does not know it. */
export function bytes(maxBytes: number = DEFAULT_MAX_LENGTH): FieldBuilder<Uint8Array> {
  return atMost(new FieldBuilder<Uint8Array>({ bytes: true } as never), maxBytes);
}

/** Bounds a field of a message: a string in bytes of UTF-8, a collection in items. */
export function atMost<F extends FieldBuilder<unknown, boolean, boolean>>(field: F, max: number): F {
  if (!Number.isSafeInteger(max) || max < 0 || max > 0xffff_ffff) {
    throw new RangeError(`atMost(${inWords(max)}): a bound is an integer from 0 to 4294967295.`);
  }
  bounds.set(field, max);
  return field;
}

/** Reads what was declared. Throws a TypeError that begins with `where` when it cannot travel in a message. */
export function structOf(where: string, declared: MessageFields | SchemaClass): FieldType & { readonly kind: 'struct' } {
  if (typeof declared === 'function') return structOfClass(where, declared, []);
  if (typeof declared !== 'object' || declared === null) {
    throw new TypeError(`${where} is ${inWords(declared)}: declare fields, as { x: t.float32() }, or a Schema class.`);
  }
  const fields = Object.entries(declared).map(([name, field]) => fieldOf(`${where}.${name}`, name, field));
  return { kind: 'struct', fields };
}

function fieldOf(where: string, name: string, declared: unknown): Field {
  checkName(where, name);
  if (typeof declared === 'function') return { name, type: typeOf(where, declared, []), optional: false };
  if (!isBuilder(declared)) {
    throw new TypeError(`${where} is ${inWords(declared)}: declare it with t, as t.float32(), or give a Schema class.`);
  }
  // Private in TypeScript only; @colyseus/schema's own tools read builders in this way.
  const definition = (declared as unknown as { toDefinition(): BuilderDefinition }).toDefinition();
  checkModifiers(where, definition);
  const type = typeOf(where, definition.type, [], bounds.get(declared));
  const optional = definition.optional === true;
  if (!definition.hasDefault) return { name, type, optional };
  const value = definition.default as unknown;
  return { name, type, optional, fallback: typeof value === 'function' ? (value as () => unknown) : () => value };
}

/** Fields of every object: a payload that lacks them would seem to have them. */
function checkName(where: string, name: string): void {
  if (name in Object.prototype) throw new TypeError(`${where}: every object has "${name}", choose another name.`);
}

/** Modifiers say how state is synchronised; here they would be ignored in silence. */
function checkModifiers(where: string, definition: BuilderDefinition): void {
  const { view, unreliable, patchOnly, fullStateOnly, stream, noSync, deprecated } = definition;
  const given = Object.entries({ unreliable, patchOnly, fullStateOnly, stream, noSync, deprecated, view: view !== undefined });
  const modifier = given.find(([, isGiven]) => isGiven)?.[0];
  if (modifier !== undefined) {
    throw new TypeError(`${where}: .${modifier}() is for state. How a message travels is said once, for all its fields.`);
  }
}

function typeOf(where: string, type: unknown, parents: readonly unknown[], max: number = DEFAULT_MAX_LENGTH): FieldType {
  if (typeof type === 'string') {
    if (type === 'string') return { kind: 'string', max };
    if (isPrimitive(type)) return { kind: 'primitive', name: type };
  } else if (typeof type === 'function') {
    return structOfClass(where, type, parents);
  } else if (typeof type === 'object' && type !== null) {
    const shape = type as Readonly<Record<string, unknown>>;
    if (shape.quantized !== undefined) return { kind: 'quantized', quantized: shape.quantized as Quantized };
    if (shape.bytes === true) return { kind: 'bytes', max };
    const list = shape.array ?? shape.set ?? shape.collection;
    if (list !== undefined) return { kind: 'list', item: itemOf(`${where}[]`, list, parents), max };
    if (shape.map !== undefined) return { kind: 'map', item: itemOf(`${where}{}`, shape.map, parents), max };
    if (shape.stream !== undefined) throw new TypeError(`${where}: t.stream() is for state, use t.array().`);
  }
  const shown = typeof type === 'object' && type !== null ? Object.keys(type).join() : inWords(type);
  throw new TypeError(`${where}: there is no way to send ${shown} in a message.`);
}

function itemOf(where: string, type: unknown, parents: readonly unknown[]): FieldType {
  const item = typeOf(where, type, parents);
  // A count of what takes no room could claim any number of them.
  if (!takesRoom(item)) throw new TypeError(`${where}: the class has no fields.`);
  return item;
}

function takesRoom(type: FieldType): boolean {
  return type.kind !== 'struct' || type.fields.some((field) => field.optional || takesRoom(field.type));
}

interface MetadataField {
  readonly name: string;
  readonly type: unknown;
  readonly optional?: boolean;
  readonly deprecated?: boolean;
}

function structOfClass(where: string, type: unknown, parents: readonly unknown[]): FieldType & { readonly kind: 'struct' } {
  if (!Schema.is(type as typeof Schema)) {
    throw new TypeError(`${where} is ${inWords(type)} without fields: use schema({ … }) or a class with @type().`);
  }
  if (parents.includes(type)) throw new TypeError(`${where}: a message cannot nest a class in itself.`);
  const metadata = (type as unknown as Record<symbol, Readonly<Record<string | number, unknown>>>)[Symbol.metadata] ?? {};
  const fields: Field[] = [];
  for (let index = 0; index <= Number(metadata[$numFields] ?? -1); index++) {
    const { name, type: fieldType, optional = false, deprecated = false } = metadata[index] as MetadataField;
    if (deprecated) continue;
    checkName(`${where}.${name}`, name);
    fields.push({ name, type: typeOf(`${where}.${name}`, fieldType, [...parents, type]), optional });
  }
  return { kind: 'struct', fields };
}
