import { encode } from '@colyseus/schema';
import type { DeclaredMessage } from './DeclaredMessage.ts';
import { DeclaredPayload, EXTENSION_TYPE, extensionData } from './extension.ts';
import type { Messages } from './Messages.ts';
import { readVarint, varintBytes } from './varint.ts';

/**
 * First bytes of a message between ends that have agreed on the fingerprint. Colyseus' own frames begin with a code of five bits;
 * of the three bits above, it uses 0x40 and 0x80 as modifiers, so that none begins with 0x20 to 0x3f.
 */
const Compact = {
  /** 0x20 to 0x3e: messages 0 to 30. */
  First: 0x20,
  /** The id follows as a varint. */
  Long: 0x3f,
} as const;

const SHORT_IDS = Compact.Long - Compact.First;

/** Protocol.ROOM_DATA of Colyseus: the type follows, then the payload as msgpack. */
const ROOM_DATA = 13;

const heads = new Map<number, Uint8Array>();

/** What comes before the bytes of a message in a compact frame. Give it to `declared.encode(payload, head)` to copy nothing twice. */
export function compactHead(declared: DeclaredMessage): Uint8Array {
  const { id } = declared;
  let head = heads.get(id);
  if (head === undefined) {
    head = Uint8Array.from(id < SHORT_IDS ? [Compact.First + id] : [Compact.Long, ...varintBytes(id)]);
    heads.set(id, head);
  }
  return head;
}

/** A frame of the encoded payload `bytes`. */
export function compactFrame(declared: DeclaredMessage, bytes: Uint8Array): Uint8Array {
  return joined(compactHead(declared), bytes);
}

/** True for what {@link compactFrame} makes, false for what Colyseus does. */
export function isCompact(frame: Uint8Array): boolean {
  const first = frame[0];
  return first !== undefined && first >= Compact.First && first <= Compact.Long;
}

/** The message of a compact frame, and a view of its payload's bytes. Undefined when it is none, or of no message that we know. */
export function readCompact(
  frame: Uint8Array,
  messages: Messages,
): { readonly declared: DeclaredMessage; readonly bytes: Uint8Array } | undefined {
  if (!isCompact(frame)) return undefined;
  const first = frame[0]!;
  const id = first === Compact.Long ? readVarint(frame, 1) : { value: first - Compact.First, end: 1 };
  if (id === undefined || (first === Compact.Long && id.value < SHORT_IDS)) return undefined;
  const declared = messages.at(id.value);
  return declared && { declared, bytes: frame.subarray(id.end) };
}

/** The frame that Colyseus makes of the message: `getMessageBytes.raw(ROOM_DATA, name, new DeclaredPayload(declared, bytes))`. */
export function canonicalFrame(declared: DeclaredMessage, bytes: Uint8Array): Uint8Array {
  const data = extensionData(new DeclaredPayload(declared, bytes));
  return joined(canonicalHead(declared.name), extensionHead(data.length), data);
}

const canonicalHeads = new Map<string, Uint8Array>();

/** What comes before the payload in a frame of Colyseus. */
export function canonicalHead(name: string): Uint8Array {
  let head = canonicalHeads.get(name);
  if (head === undefined) {
    const it = { offset: 1 };
    const buffer = new Uint8Array(6 + name.length * 3);
    buffer[0] = ROOM_DATA;
    encode.string(buffer, name, it);
    head = buffer.slice(0, it.offset);
    canonicalHeads.set(name, head);
  }
  return head;
}

/** msgpack's header of an extension: five lengths have a byte of their own, the others a length of 1, 2 or 4 bytes. */
function extensionHead(length: number): Uint8Array {
  const fixed = [1, 2, 4, 8, 16].indexOf(length);
  if (fixed >= 0) return Uint8Array.of(0xd4 + fixed, EXTENSION_TYPE);
  if (length <= 0xff) return Uint8Array.of(0xc7, length, EXTENSION_TYPE);
  if (length <= 0xffff) return Uint8Array.of(0xc8, length >> 8, length, EXTENSION_TYPE);
  return Uint8Array.of(0xc9, length >> 24, length >> 16, length >> 8, length, EXTENSION_TYPE);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
