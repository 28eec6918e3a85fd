import { type ClientPrivate, Protocol, ProtocolModifier } from '@colyseus/core';
import { decode } from '@colyseus/schema';
import { readText } from '../messages/messageType.ts';

/** Reads the inputs of one player (`room.input()`) into the object that the room sees. */
export type InputDecoder = NonNullable<ClientPrivate['_inputDecoder']>;

/** Inputs in one unreliable frame, its newest and those before it (`historySize`): each costs the room a copy. */
export const MAX_INPUTS = 64;

const CODE_MASK = 0x1f;
/** First bytes of a field, of `@colyseus/schema`: the upper two bits are the operation, the others the field. */
const OPERATION_MASK = 0xc0;
const DELETE = 0x40;
const SWITCH_TO_STRUCTURE = 0xff;

/** Of a class of `@colyseus/schema`: its fields, by their numbers. */
type Fields = Readonly<Record<number, { readonly type: unknown } | undefined>>;

/**
 * The number of inputs that a frame has a time stamp for; 0 when it has none. Undefined when the frame cannot be right.
 *
 * To be asked before core reads it: it takes the number as it is, allocates as many and reads on behind the end (0.18.17).
 */
export function stampedInputs(frame: Uint8Array): number | undefined {
  // Not by destructuring, which makes an iterator: every frame of every player comes here.
  const first = frame[0] ?? 0;
  if ((first & CODE_MASK) !== Protocol.ROOM_INPUT_UNRELIABLE || (first & ProtocolModifier.TIMED) === 0) return 0;
  const it = { offset: 1 };
  const count = decode.number(frame as never, it);
  return Number.isInteger(count) && count >= 1 && count <= MAX_INPUTS && it.offset + count <= frame.length ? count : undefined;
}

/**
 * A decoder that takes nothing that an SDK would not have sent: `refuse` is called, and nothing read. Core's own believes the
 * lengths in a frame, and a negative one is read for ever; what does not fit it puts on the console, several lines for each byte
 * (`@colyseus/schema` 5.0.34).
 *
 * @param stamped what {@link stampedInputs} said of the frame that is being read
 */
export function carefulDecoder(decoder: InputDecoder, stamped: () => number, refuse: () => void): InputDecoder {
  const { instance } = decoder;
  const fields = (instance.constructor as unknown as Record<symbol, Fields>)[Symbol.metadata] ?? {};
  const careful: Pick<InputDecoder, 'instance' | 'decode' | 'decodeAll'> = {
    instance,
    decode(bytes) {
      if (isInput(bytes, fields)) return decoder.decode(bytes);
      refuse();
      return instance;
    },
    decodeAll(bytes, onInput) {
      const expected = stamped();
      const count = countInputs(bytes, fields);
      if (count !== undefined && (expected === 0 || count === expected)) return decoder.decodeAll(bytes, onInput);
      refuse();
      return expected;
    },
  };
  return careful as InputDecoder;
}

/** Inputs one behind the other, each with its length. Undefined when they are not. */
function countInputs(bytes: Uint8Array, fields: Fields): number | undefined {
  const it = { offset: 0 };
  if (!Number.isFinite(decode.number(bytes as never, it))) return undefined;
  let count = 0;
  while (it.offset < bytes.length) {
    const length = decode.number(bytes as never, it);
    const end = it.offset + length;
    if (!(Number.isInteger(length) && length >= 0 && end <= bytes.length) || ++count > MAX_INPUTS) return undefined;
    if (!isInput(bytes.subarray(it.offset, end), fields)) return undefined;
    it.offset = end;
  }
  return count;
}

/** Whether these are fields of the class, whole ones. */
function isInput(bytes: Uint8Array, fields: Fields): boolean {
  const it = { offset: 0 };
  while (it.offset < bytes.length) {
    const first = bytes[it.offset++] as number;
    const operation = first & OPERATION_MASK;
    const field = first === SWITCH_TO_STRUCTURE ? undefined : fields[operation === 0 ? first : first % operation];
    if (field === undefined) return false;
    if (operation !== DELETE && !skip(bytes, it, field.type)) return false;
  }
  return it.offset === bytes.length;
}

/** Moves on behind the value. False when there is none; inputs have primitive fields only. */
function skip(bytes: Uint8Array, it: { offset: number }, type: unknown): boolean {
  if (type === 'string') return readText(bytes, it) !== undefined;
  const { quantized } = Object(type) as { quantized?: { wire: string } };
  const name = quantized?.wire ?? type;
  if (typeof name !== 'string' || !Object.hasOwn(decode, name)) return false;
  const value: unknown = (decode as unknown as Record<string, (bytes: Uint8Array, it: { offset: number }) => unknown>)[name]?.(
    bytes,
    it,
  );
  return value !== undefined && it.offset <= bytes.length;
}
