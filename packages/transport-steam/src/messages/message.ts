import type { MessageFields, SchemaClass } from './FieldType.ts';
import type { ReceivedPayload, SentPayload } from './payloads.ts';
import type { Travel } from './travel.ts';

declare const payloads: unique symbol;

/** What {@link message} returns: one entry of {@link defineMessages}. */
export interface MessageDefinition<R = unknown, S = unknown> {
  /** Undefined: the message has no payload. */
  readonly fields: MessageFields | SchemaClass | undefined;
  readonly travel: Travel;
  /** In types only: what arrives, and what may be sent. */
  readonly [payloads]?: { readonly received: R; readonly sent: S };
}

/** Payload of each message as it arrives: `MessagesOf<typeof messages>['move']`. */
export type MessagesOf<M> = {
  [K in keyof DefinitionsOf<M>]: DefinitionsOf<M>[K] extends MessageDefinition<infer R, unknown> ? R : never;
};

/** Payload of each message as it may be sent: also without what has a default, and with instances, `Map` and `Set`. */
export type SentMessagesOf<M> = {
  [K in keyof DefinitionsOf<M>]: DefinitionsOf<M>[K] extends MessageDefinition<unknown, infer S> ? S : never;
};

type DefinitionsOf<M> = M extends { readonly definitions: infer D } ? D : never;

/**
 * Declares a message: what it looks like and how it travels. No fields: it has no payload.
 *
 * @example message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true })
 */
export function message(fields?: undefined, travel?: Travel): MessageDefinition<undefined, undefined>;
export function message<F extends MessageFields | SchemaClass>(
  fields: F,
  travel?: Travel,
): MessageDefinition<ReceivedPayload<F>, SentPayload<F>>;
export function message(fields?: MessageFields | SchemaClass, travel: Travel = {}): MessageDefinition {
  return { fields, travel };
}
