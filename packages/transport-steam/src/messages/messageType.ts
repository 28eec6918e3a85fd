import { decode } from '@colyseus/schema';

/** Codes of Colyseus' frames that carry a message with its type; modifiers stand above. */
export const MessageCode = { RoomData: 13, RoomDataBytes: 17, RoomRequest: 21 } as const;
const codes: readonly number[] = Object.values(MessageCode);
const CODE_MASK = 0x1f;

/** The beginning of a frame of Colyseus that carries a message. */
export interface MessageHead {
  readonly code: number;
  readonly type: string | number;
  /** Where the message itself begins. */
  readonly end: number;
}

/** Whether a frame of Colyseus carries a message, so that it must have a type. */
export function carriesMessage(frame: Uint8Array): boolean {
  return codes.includes((frame[0] ?? 0) & CODE_MASK);
}

/**
 * The type of the message in a frame of Colyseus. Undefined when it is not whole, which no SDK sends: Colyseus would read it all
 * the same, and say so on the console each time.
 */
export function readMessageHead(frame: Uint8Array): MessageHead | undefined {
  const it = { offset: 1 };
  const code = (frame[0] ?? 0) & CODE_MASK;
  if (code === MessageCode.RoomRequest) decode.number(frame as never, it);
  const type = isText(frame[it.offset]) ? readText(frame, it) : decode.number(frame as never, it);
  const isWhole = typeof type === 'string' || Number.isFinite(type);
  return isWhole && it.offset <= frame.length ? { code, type: type as string | number, end: it.offset } : undefined;
}

/** A string as `@colyseus/schema` writes it. Undefined when it is cut off, or has a byte with which no character begins. */
export function readText(bytes: Uint8Array, it: { offset: number }): string | undefined {
  if (!isText(bytes[it.offset])) return undefined;
  const begin = { offset: it.offset };
  const end = textLength(bytes, begin) + begin.offset;
  if (!(end <= bytes.length)) return undefined;
  let at = begin.offset;
  while (at < end) {
    const characterBytes = bytesOfCharacter(bytes[at] as number);
    if (characterBytes === 0) return undefined;
    at += characterBytes;
  }
  return at === end ? decode.string(bytes as never, it) : undefined;
}

/** Also of an empty one, which Colyseus takes for no number and no text. */
function isText(prefix: number | undefined): boolean {
  return prefix !== undefined && ((prefix >= 0xa0 && prefix < 0xc0) || (prefix >= 0xd9 && prefix <= 0xdb));
}

/** NaN when it is cut off. */
function textLength(bytes: Uint8Array, it: { offset: number }): number {
  const prefix = bytes[it.offset++] as number;
  if (prefix === 0xd9) return decode.uint8(bytes as never, it) ?? Number.NaN;
  if (prefix === 0xda) return decode.uint16(bytes as never, it);
  return prefix === 0xdb ? decode.uint32(bytes as never, it) : prefix & 0x1f;
}

/** As `@colyseus/schema` tells by the first byte. */
function bytesOfCharacter(first: number): number {
  if (first < 0x80) return 1;
  if ((first & 0xe0) === 0xc0) return 2;
  if ((first & 0xf0) === 0xe0) return 3;
  return (first & 0xf8) === 0xf0 ? 4 : 0;
}
