import { getMessageBytes, Protocol } from '@colyseus/core';
import { compactHead } from '../messages/compact.ts';
import type { DeclaredMessage } from '../messages/DeclaredMessage.ts';
import { DeclaredPayload, registeredMessages, registerMessages } from '../messages/extension.ts';
import type { Messages } from '../messages/Messages.ts';

/** A declared message on its way out: what our own links send in the place of Colyseus' frame. */
export interface OutgoingMessage {
  readonly declared: DeclaredMessage;
  /** See `messages/compact.ts`. One for all who get it. */
  readonly frame: Uint8Array;
}

/** By the frame that core made for it, which core keeps and hands to each client as it is. */
const outgoing = new WeakMap<Uint8Array, OutgoingMessage>();

let isHooked = false;

/**
 * Lets the rooms of this process send and receive `messages` as they are declared, on whatever transport: `client.send()`,
 * `room.broadcast()` and `onMessage` stay as they are. Option `messages` of {@link SteamTransport} does this; on its own it is for a
 * server on another transport. One set in a process. What it returns takes it back.
 *
 * @throws Error when other messages are in use already
 */
export function useMessages(messages: Messages): () => void {
  const takeBack = registerMessages(messages);
  hookCore();
  return takeBack;
}

/** What core made `frame` of, when that was a declared message. */
export function outgoingMessage(frame: Uint8Array): OutgoingMessage | undefined {
  return outgoing.get(frame);
}

/** `getMessageBytes.raw` makes the frame of every `client.send()` and `broadcast()`, once for all recipients, on every transport. */
function hookCore(): void {
  if (isHooked) return;
  isHooked = true;
  const { raw } = getMessageBytes;
  getMessageBytes.raw = (code, type, message, rawMessage) => {
    const declared = code === Protocol.ROOM_DATA ? registeredMessages()?.get(type) : undefined;
    if (declared === undefined) return raw(code, type, message, rawMessage);
    const head = compactHead(declared);
    const frame = declared.encode(message, head);
    const payload = declared.hasPayload ? new DeclaredPayload(declared, frame.subarray(head.length)) : undefined;
    const canonical = raw(code, type, payload);
    outgoing.set(canonical, { declared, frame });
    return canonical;
  };
}
