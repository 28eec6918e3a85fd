import type { ArraySchema, CollectionSchema, FieldBuilder, MapSchema, Schema, SetSchema, ToJSON } from '@colyseus/schema';
import type { MessageFields, SchemaClass } from './FieldType.ts';

// Which payload belongs to which fields. As in @colyseus/schema, the brands of a builder decide, never `undefined extends T`.

type BrandsOf<F> =
  F extends FieldBuilder<unknown, infer D extends boolean, infer O extends boolean>
    ? { hasDefault: D; optional: O }
    : { hasDefault: false; optional: false };

type ValueOf<F> = F extends FieldBuilder<infer V, boolean, boolean> ? V : F extends SchemaClass ? InstanceType<F> : never;

type Collected = ArraySchema<never> | MapSchema<never> | SetSchema<never> | CollectionSchema<never> | Schema;

/** Collections have a default in @colyseus/schema, an empty one; in a message an empty one is sent, not left out. */
type MayBeLeftOut<F> = BrandsOf<F>['optional'] extends true
  ? true
  : BrandsOf<F>['hasDefault'] extends true
    ? [Extract<ValueOf<F>, Collected>] extends [never]
      ? true
      : false
    : false;

type Flat<T> = { [K in keyof T]: T[K] };

/** A value as it arrives: plain objects, arrays and records. */
type Received<V> = V extends Uint8Array ? Uint8Array : ToJSON<{ value: V }> extends { value: infer R } ? R : never;

/** A value as it may be sent: also instances of the classes, and `Map` and `Set`. */
type Sent<V> = V extends Uint8Array
  ? Uint8Array
  : V extends MapSchema<infer U>
    ? Readonly<Record<string, Sent<U>>> | ReadonlyMap<string, Sent<U>> | MapSchema<U>
    : V extends ArraySchema<infer U>
      ? readonly Sent<U>[] | ArraySchema<U> | (U extends number ? Uint8Array : never)
      : V extends SetSchema<infer U>
        ? readonly Sent<U>[] | ReadonlySet<Sent<U>> | SetSchema<U>
        : V extends CollectionSchema<infer U>
          ? readonly Sent<U>[] | ReadonlySet<Sent<U>> | CollectionSchema<U>
          : V extends Schema
            ? V | SentObject<V>
            : V;

type SentObject<T> = Flat<{ readonly [K in keyof ToJSON<T>]: K extends keyof T ? Sent<T[K]> : never }>;

/** What arrives for these fields. */
export type ReceivedPayload<F extends MessageFields | SchemaClass> = F extends SchemaClass
  ? Flat<ToJSON<InstanceType<F>>>
  : Flat<
      { -readonly [K in keyof F as BrandsOf<F[K]>['optional'] extends true ? never : K]: Received<ValueOf<F[K]>> } & {
        -readonly [K in keyof F as BrandsOf<F[K]>['optional'] extends true ? K : never]?: Received<
          Exclude<ValueOf<F[K]>, undefined>
        >;
      }
    >;

/** What may be sent for these fields. */
export type SentPayload<F extends MessageFields | SchemaClass> = F extends SchemaClass
  ? InstanceType<F> | SentObject<InstanceType<F>>
  : Flat<
      { readonly [K in keyof F as MayBeLeftOut<F[K]> extends true ? never : K]: Sent<ValueOf<F[K]>> } & {
        readonly [K in keyof F as MayBeLeftOut<F[K]> extends true ? K : never]?: Sent<ValueOf<F[K]>> | undefined;
      }
    >;
