import { payloadCodec } from './codec.ts';
import type { DeclaredMessage } from './DeclaredMessage.ts';
import { describeMessage, fnv1a64 } from './description.ts';
import { type FieldType, structOf } from './FieldType.ts';
import { Fault, inWords } from './MessageError.ts';
import type { MessageDefinition } from './message.ts';
import { PayloadReader } from './PayloadReader.ts';
import { PayloadWriter } from './PayloadWriter.ts';
import type { Codec } from './primitives.ts';
import { checkTravel, type MessageDelivery } from './travel.ts';

const MAX_NAME_CHARACTERS = 128;

const SIMPLE: readonly FieldType['kind'][] = ['primitive', 'quantized', 'string'];

export type MessageDefinitions = Readonly<Record<string, MessageDefinition>>;

/** All messages of a game, for both of its sides. {@link defineMessages} makes one. */
export class Messages<D extends MessageDefinitions = MessageDefinitions> {
  /** As given to {@link defineMessages}. */
  readonly definitions: D;
  /** What travels and how, a line for each message in the order of their ids. The same text, the same bytes. */
  readonly description: string;
  /** 64 bits of {@link description}. */
  readonly fingerprint: bigint;
  readonly #byId: readonly Declared[];
  readonly #byName: ReadonlyMap<string, Declared>;

  constructor(definitions: D) {
    // By name: who moves a line in the file of one end has changed nothing.
    const names = Object.keys(definitions).sort();
    this.definitions = definitions;
    this.#byId = names.map((name, id) => new Declared(id, name, definitions[name]!));
    this.#byName = new Map(this.#byId.map((declared) => [declared.name, declared]));
    this.description = this.#byId.map((declared) => describeMessage(declared, declared.type)).join('\n');
    this.fingerprint = fnv1a64(this.description);
  }

  get size(): number {
    return this.#byId.length;
  }

  /** The message of that name, as Colyseus gives it. */
  get(name: string | number | symbol): DeclaredMessage | undefined {
    return typeof name === 'symbol' ? undefined : this.#byName.get(typeof name === 'number' ? String(name) : name);
  }

  at(id: number): DeclaredMessage | undefined {
    return this.#byId[id];
  }

  [Symbol.iterator](): Iterator<DeclaredMessage> {
    return this.#byId[Symbol.iterator]();
  }
}

/**
 * Declares the messages of a game once, in a file that both sides import.
 *
 * @example
 * export const messages = defineMessages({
 *   move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
 *   chat: message({ text: t.string() }),
 * });
 */
export function defineMessages<D extends MessageDefinitions>(definitions: D): Messages<D> {
  return new Messages(definitions);
}

const reader = new PayloadReader();
/** Taken while it is written to: a getter of a payload may encode a message of its own. */
let freeWriter: PayloadWriter | undefined;

class Declared implements DeclaredMessage {
  readonly id: number;
  readonly name: string;
  readonly delivery: MessageDelivery;
  readonly channel: string;
  readonly latest: boolean | string;
  readonly hasPayload: boolean;
  readonly type: (FieldType & { readonly kind: 'struct' }) | undefined;
  readonly #codec: Codec;

  constructor(id: number, name: string, definition: MessageDefinition) {
    checkName(name);
    if (typeof definition?.travel !== 'object' || definition.travel === null) {
      throw new TypeError(`message ${name} is ${inWords(definition)}: declare it with message(), and its travel as an object.`);
    }
    const { delivery, channel, latest } = checkTravel(name, definition.travel);
    this.id = id;
    this.name = name;
    this.delivery = delivery;
    this.channel = channel;
    this.latest = latest;
    this.type = definition.fields === undefined ? undefined : structOf(`message ${name}`, definition.fields);
    this.hasPayload = this.type !== undefined;
    if (typeof latest === 'string') checkLatestField(name, latest, this.type);
    this.#codec = this.type === undefined ? nothing : payloadCodec(this.type);
  }

  encode(payload: unknown, head?: Uint8Array): Uint8Array {
    const writer = freeWriter ?? new PayloadWriter();
    freeWriter = undefined;
    try {
      writer.begin(head);
      this.#codec.write(writer, payload);
      return writer.finish();
    } catch (error) {
      throw error instanceof Fault ? error.toMessageError(this.name) : error;
    } finally {
      freeWriter = writer;
    }
  }

  decode(bytes: Uint8Array, from = 0): unknown {
    try {
      reader.begin(bytes, from);
      const payload = this.#codec.read(reader);
      reader.end();
      return payload;
    } catch (error) {
      throw error instanceof Fault ? error.toMessageError(this.name) : error;
    }
  }
}

const nothing: Codec = {
  minBits: 0,
  write(_to, value) {
    if (value !== undefined) throw Fault.misfit('absent', value);
  },
  read: () => undefined,
};

/** What tells apart must be a value, not a list of them. */
function checkLatestField(name: string, latest: string, type: FieldType | undefined): void {
  const fields = type?.kind === 'struct' ? type.fields.filter((field) => SIMPLE.includes(field.type.kind)) : [];
  if (fields.some((field) => field.name === latest)) return;
  const known = fields.map((field) => field.name).join(', ') || 'none';
  throw new TypeError(`message ${name}: latest must be a field with a simple value (${known}), not ${inWords(latest)}.`);
}

function checkName(name: string): void {
  if (name === '' || name.length > MAX_NAME_CHARACTERS || name === '*') {
    throw new RangeError(
      `message ${inWords(name)}: a name has 1 to ${MAX_NAME_CHARACTERS} characters, and * is for what was not declared.`,
    );
  }
}
