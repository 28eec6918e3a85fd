import { getMessageBytes, Protocol } from '@colyseus/core';
import { compactHead } from '../messages/compact.ts';
import type { DeclaredMessage } from '../messages/DeclaredMessage.ts';
import { type MessageRoute, routeOf } from '../messages/edge.ts';
import { checkPacking, DeclaredPayload, registeredMessages, registerMessages } from '../messages/extension.ts';
import type { Messages } from '../messages/Messages.ts';

/** A declared message on its way out: what our own links send in the place of Colyseus' frame. */
export interface OutgoingMessage {
  readonly declared: DeclaredMessage;
  readonly route: MessageRoute;
  /** See `messages/compact.ts`. One for all who get it. */
  readonly frame: Uint8Array;
}

/** On the frame that core made for a message, which core keeps and hands to each client as it is. */
const OUTGOING = Symbol('declared message');

/** Whose clients may be in the rooms of this process. */
let steamTransports = 0;
let otherTransports = 0;
let isHooked = false;

/**
 * Lets the rooms of this process send and receive `messages` as they are declared, on whatever transport: `client.send()`,
 * `room.broadcast()` and `onMessage` stay as they are. Option `messages` of {@link SteamTransport} does this for its own players; this
 * is for a server on another transport, or on both. One set in a process. What it returns takes it back.
 *
 * @throws Error when other messages are in use already, or this process has another msgpackr than core
 */
export function useMessages(messages: Messages): () => void {
  const takeBack = use(messages);
  otherTransports++;
  return once(() => {
    otherTransports--;
    takeBack();
  });
}

/** As {@link useMessages}, for players of this transport, who need no frames of Colyseus. */
export function useMessagesOverSteam(messages: Messages): () => void {
  const takeBack = use(messages);
  steamTransports++;
  return once(() => {
    steamTransports--;
    takeBack();
  });
}

/** What core made `frame` of, when that was a declared message. */
export function outgoingMessage(frame: Uint8Array): OutgoingMessage | undefined {
  return (frame as Uint8Array & { [OUTGOING]?: OutgoingMessage })[OUTGOING];
}

function use(messages: Messages): () => void {
  const takeBack = registerMessages(messages);
  try {
    hookCore();
  } catch (error) {
    takeBack();
    throw error;
  }
  return takeBack;
}

/** `getMessageBytes.raw` makes the frame of every `client.send()` and `broadcast()`, once for all recipients, on every transport. */
function hookCore(): void {
  if (isHooked) return;
  const { raw } = getMessageBytes;
  checkPacking((payload) => raw(Protocol.ROOM_DATA, 0, payload), '@colyseus/core');
  isHooked = true;
  getMessageBytes.raw = (code, type, message, rawMessage) => {
    const isInUse = steamTransports + otherTransports > 0;
    const declared = isInUse && code === Protocol.ROOM_DATA ? registeredMessages()?.get(type) : undefined;
    if (declared === undefined) return raw(code, type, message, rawMessage);
    const head = compactHead(declared);
    const frame = declared.encode(message, head);
    let canonical: Buffer & { [OUTGOING]?: OutgoingMessage };
    if (otherTransports === 0) {
      canonical = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength); // nobody else will send it
    } else {
      const payload = declared.hasPayload ? new DeclaredPayload(declared, frame.subarray(head.length)) : undefined;
      canonical = raw(code, type, payload);
    }
    canonical[OUTGOING] = { declared, route: routeOf(declared, message), frame };
    return canonical;
  };
}

function once(call: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    call();
  };
}
