import { type FieldBuilder, schema, t } from '@colyseus/schema';
import fc from 'fast-check';
import {
  atMost,
  bytes,
  type DeclaredMessage,
  defineMessages,
  type MessageFields,
  message,
  type SchemaClass,
} from '../../src/messages.ts';

/** A field, and the values that it takes and gives back unchanged. */
interface FieldCase {
  readonly field: FieldBuilder<unknown, boolean, boolean>;
  readonly value: fc.Arbitrary<unknown>;
  readonly optional: boolean;
}

/** What may be an item of a collection: a name of a type, or a class. */
interface ItemCase {
  readonly item: string | SchemaClass;
  readonly value: fc.Arbitrary<unknown>;
}

/** A message, and a payload that fits it. */
export interface MessageCase {
  readonly declared: DeclaredMessage;
  readonly payload: unknown;
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 300, unit: 'grapheme' }), fc.string());
const safeInteger = fc.maxSafeInteger();
const number = fc.oneof(
  fc.integer(),
  fc.integer({ min: -300, max: 70_000 }),
  fc.constantFrom(127, 128, 16_511, 16_512, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, -32, -33, -256, -257, -65_536, -65_537),
  fc.constantFrom(-(2 ** 32), -(2 ** 32) - 1, -0, Number.NaN, Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER),
  fc.double(),
  fc.float(),
);

/** Every type by name, and its values. */
export const primitiveValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  number,
  boolean: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  uint8: fc.integer({ min: 0, max: 0xff }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer(),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  int64: safeInteger,
  uint64: fc.maxSafeNat(),
  bigint64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  biguint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float(),
  float64: fc.double(),
};

const primitiveItem: fc.Arbitrary<ItemCase> = fc
  .constantFrom(...Object.keys(primitiveValues))
  .map((item) => ({ item, value: primitiveValues[item]! }));

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/), { minLength: 1, maxLength: 6 });

/** Fields of `depth` more levels, as a definition and the payloads that fit it. */
function fieldsCase(depth: number): fc.Arbitrary<{ fields: MessageFields; value: fc.Arbitrary<Record<string, unknown>> }> {
  return names.chain((fieldNames) =>
    fc.tuple(...fieldNames.map(() => fieldCase(depth))).map((cases) => ({
      fields: Object.fromEntries(fieldNames.map((name, i) => [name, cases[i]!.field])),
      value: fc.record(Object.fromEntries(fieldNames.map((name, i) => [name, cases[i]!.value])), {
        requiredKeys: fieldNames.filter((_, i) => !cases[i]!.optional),
      }),
    })),
  );
}

function fieldCase(depth: number): fc.Arbitrary<FieldCase> {
  const required = depth === 0 ? primitiveField : fc.oneof({ weight: 2, arbitrary: primitiveField }, collectionField(depth - 1));
  return fc.tuple(required, fc.boolean()).map(([{ field, value }, optional]) => ({
    field: optional ? field.optional() : field,
    value,
    optional,
  }));
}

const primitiveField: fc.Arbitrary<FieldCase> = fc
  .constantFrom(...Object.keys(primitiveValues))
  .map((name) => ({ field: t[name as 'string'](), value: primitiveValues[name]!, optional: false }));

function itemCase(depth: number): fc.Arbitrary<ItemCase> {
  const classes = fieldsCase(depth).map(({ fields, value }) => ({ item: schema(fields as never) as SchemaClass, value }));
  return fc.oneof(primitiveItem, classes);
}

function collectionField(depth: number): fc.Arbitrary<FieldCase> {
  return fc.tuple(itemCase(depth), fc.constantFrom('array', 'map', 'set', 'ref')).map(([{ item, value }, kind]) => {
    if (kind === 'map') {
      const entries = fc.dictionary(text, value, { maxKeys: 5 });
      return { field: t.map(item as 'string'), value: entries, optional: false };
    }
    if (kind === 'ref' && typeof item !== 'string') return { field: t.ref(item as never), value, optional: false };
    const field = kind === 'set' ? t.set(item as 'string') : t.array(item as 'string');
    return { field, value: fc.array(value, { maxLength: 20 }), optional: false };
  });
}

/** Bytes are a field of a message only: @colyseus/schema does not know them. */
const withBytes = fc.record({ voice: fc.uint8Array({ maxLength: 200 }) }).map(({ voice }) => ({ voice }));

/** Random messages with random payloads. */
export const messageCase: fc.Arbitrary<MessageCase> = fc.oneof(
  { weight: 8, arbitrary: fieldsCase(2).chain(({ fields, value }) => value.map((payload) => caseOf(fields, payload))) },
  withBytes.map((payload) => caseOf({ voice: bytes(200) }, payload)),
  text.map((value) => caseOf({ first: atMost(t.string(), 5000), last: t.uint8() }, { first: value, last: 1 })),
);

function caseOf(fields: MessageFields, payload: unknown): MessageCase {
  return { declared: declare(fields), payload };
}

/** One message of these fields. */
export function declare(fields: MessageFields | SchemaClass): DeclaredMessage {
  return defineMessages({ test: message(fields) }).at(0)!;
}
