import type { DeclaredMessage } from './DeclaredMessage.ts';
import { EXTENSION_TYPE, registeredMessages } from './extension.ts';
import { carriesMessage, MessageCode, readMessageHead } from './messageType.ts';
import { readVarint } from './varint.ts';

/**
 * True when a frame of Colyseus' own names a declared message and carries something else: msgpack as it comes, another message's
 * payload, bytes that are none. Handlers of a declared message get what was declared, or nothing. Our own ends send such frames
 * for requests, and for what was said while the link was away.
 */
export function hasForeignPayload(frame: Uint8Array): boolean {
  const messages = registeredMessages();
  if (messages === undefined || !carriesMessage(frame)) return false;
  const head = readMessageHead(frame);
  const declared = head && messages.get(head.type);
  // What has no whole type is no message of any type.
  if (head === undefined || declared === undefined) return false;
  if (head.code === MessageCode.RoomDataBytes) return true;
  return declared.hasPayload || head.end < frame.length ? !isOf(declared, frame.subarray(head.end)) : false;
}

/** Whether this is our extension of msgpack, all of it, with a payload of that message. */
function isOf(declared: DeclaredMessage, packed: Uint8Array): boolean {
  const data = extensionIn(packed);
  const id = data && readVarint(data, 0);
  if (data === undefined || id?.value !== declared.id) return false;
  try {
    declared.decode(data, id.end);
    return true;
  } catch {
    return false;
  }
}

/** The data of an extension of ours that fills these bytes. */
function extensionIn(packed: Uint8Array): Uint8Array | undefined {
  const first = packed[0] ?? 0;
  let length: number;
  let at = 1;
  if (first >= 0xd4 && first <= 0xd8) {
    length = 1 << (first - 0xd4);
  } else if (first >= 0xc7 && first <= 0xc9) {
    const sizeBytes = 1 << (first - 0xc7);
    length = 0;
    for (; at <= sizeBytes; at++) length = length * 256 + (packed[at] ?? 0);
  } else {
    return undefined;
  }
  return packed[at] === EXTENSION_TYPE && packed.length === at + 1 + length ? packed.subarray(at + 1) : undefined;
}
