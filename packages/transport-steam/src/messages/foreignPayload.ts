import { decode } from '@colyseus/schema';
import { EXTENSION_TYPE, registeredMessages } from './extension.ts';
import { readVarint } from './varint.ts';

/** Codes of Colyseus' frames that carry a message with its type; modifiers stand above. */
const Code = { RoomData: 13, RoomRequest: 21 } as const;
const CODE_MASK = 0x1f;

/**
 * True when a frame of Colyseus' own names a declared message and carries something else: msgpack as it comes, or another message's
 * payload. Room handlers of a declared message get what was declared, or nothing. Our own ends send such frames for requests, and for
 * what was said while the link was away.
 */
export function hasForeignPayload(frame: Uint8Array): boolean {
  const messages = registeredMessages();
  const code = (frame[0] ?? 0) & CODE_MASK;
  if (messages === undefined || (code !== Code.RoomData && code !== Code.RoomRequest)) return false;
  const it = { offset: 1 };
  // What has no whole type is for Colyseus to refuse.
  try {
    if (code === Code.RoomRequest) decode.number(frame as never, it);
    const type = decode.stringCheck(frame as never, it) ? decode.string(frame as never, it) : decode.number(frame as never, it);
    const declared = messages.get(type);
    if (declared === undefined) return false;
    if (!declared.hasPayload && it.offset >= frame.length) return false;
    return idAt(frame, it.offset) !== declared.id;
  } catch {
    return false;
  }
}

/** The id in our extension of msgpack, when that is what stands there. */
function idAt(frame: Uint8Array, at: number): number | undefined {
  const first = frame[at] ?? 0;
  const isFixed = first >= 0xd4 && first <= 0xd8;
  if (!isFixed && !(first >= 0xc7 && first <= 0xc9)) return undefined;
  const typeAt = at + 1 + (isFixed ? 0 : 1 << (first - 0xc7));
  return frame[typeAt] === EXTENSION_TYPE ? readVarint(frame, typeAt + 1)?.value : undefined;
}
