import type { FieldType } from './FieldType.ts';
import { Fault, inWords } from './MessageError.ts';
import { type Codec, primitives } from './primitives.ts';

/** Arrays and sets: a count, then the items. */
export function listCodec(item: Codec, { item: { kind }, max }: FieldType & { kind: 'list' }): Codec {
  const isBytes = item === primitives.uint8;
  const { minBits } = item;
  return {
    minBits: 8,
    write(to, value) {
      if (isBytes && value instanceof Uint8Array) {
        checkCount(value.length, max, value);
        to.varint(value.length);
        to.raw(value);
        return;
      }
      const items = itemsOf(value, kind);
      // Once: a getter of an item might change it.
      const { length } = items;
      checkCount(length, max, value);
      to.varint(length);
      let i = 0;
      try {
        for (; i < length; i++) item.write(to, items[i]);
      } catch (error) {
        throw error instanceof Fault ? error.under(`[${i}]`) : error;
      }
    },
    read(from) {
      const count = from.count(minBits, max);
      const items: unknown[] = [];
      let i = 0;
      try {
        for (; i < count; i++) items.push(item.read(from));
      } catch (error) {
        throw error instanceof Fault ? error.under(`[${i}]`) : error;
      }
      return items;
    },
  };
}

/** An array, or anything that can be gone through: `ArraySchema`, `Set`, `SetSchema`. */
function itemsOf(value: unknown, kind: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value) || value instanceof Map) {
    throw Fault.misfit(`an array (of ${kind})`, value);
  }
  return [...(value as Iterable<unknown>)];
}

function checkCount(count: number, max: number, value: unknown): void {
  if (count > max) throw new Fault(`must have at most ${max} items, not ${count}`, value);
}

/** Of a key: its length. */
const KEY_MIN_BITS = 8;

/** Maps: a count, then key and value of each entry. They arrive as an object without a prototype: no key means anything but itself. */
export function mapCodec(item: Codec, max: number): Codec {
  return {
    minBits: 8,
    write(to, value) {
      const entries = entriesOf(value);
      checkCount(entries.length, max, value);
      to.varint(entries.length);
      for (const [key, entry] of entries) {
        if (typeof key !== 'string') throw Fault.misfit('a map with strings as keys', value);
        try {
          to.text(key, max);
          item.write(to, entry);
        } catch (error) {
          throw error instanceof Fault ? error.under(step(key)) : error;
        }
      }
    },
    read(from) {
      const count = from.count(KEY_MIN_BITS + item.minBits, max);
      const entries: Record<string, unknown> = Object.create(null);
      for (let i = 0; i < count; i++) {
        const key = from.text(max);
        if (key in entries) throw new Fault('has a key twice').under(step(key));
        try {
          entries[key] = item.read(from);
        } catch (error) {
          throw error instanceof Fault ? error.under(step(key)) : error;
        }
      }
      return entries;
    },
  };
}

function step(key: string): string {
  return `[${inWords(key)}]`;
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw Fault.misfit('an object or a Map', value);
  }
  const { entries } = value as Partial<ReadonlyMap<unknown, unknown>>;
  // MapSchema is no Map, but goes through its entries as one. A record may have an entry of that name, which is no function.
  if (typeof entries === 'function') return [...entries.call(value as ReadonlyMap<unknown, unknown>)];
  return Object.entries(value);
}
