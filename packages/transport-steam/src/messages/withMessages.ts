import type { DeclaredMessage } from './DeclaredMessage.ts';
import { checkPacking, DeclaredPayload, registerMessages } from './extension.ts';
import type { Messages } from './Messages.ts';

/** What is used of a room of the SDK, without its overloads. */
interface Sender {
  send(type: string | number, payload?: unknown, callback?: unknown): void;
  sendUnreliable(type: string | number, payload?: unknown): void;
  request(type: string | number, payload?: unknown, options?: unknown): Promise<unknown>;
}

/** A room of the SDK. */
interface SdkRoom {
  readonly onLeave: { once(callback: () => void): unknown };
}

/** Sends a message as it is declared, or by `unreliable` all the same, or drops it. False: the SDK has to send it. */
type Direct = (declared: DeclaredMessage, payload: unknown, delivery?: 'unreliable') => boolean;

const SPEAKS = Symbol('declared messages');

/**
 * Lets a room that was joined over another transport, such as WebSocket, send and receive `messages`: schema-encoded, reliably. In a
 * browser, too. Rooms of `SteamSDK` do so by its option `messages`, and travel as declared: they are left as they are.
 *
 * @throws Error when this process uses other messages already, or has another msgpackr than the SDK
 */
export function withMessages<R extends SdkRoom>(room: R, messages: Messages): R {
  if (SPEAKS in room) return room;
  const takeBack = registerMessages(messages);
  room.onLeave.once(takeBack);
  sendDeclared(room, messages);
  return room;
}

/** Has `room.send()`, `sendUnreliable()` and `request()` encode what is declared. */
export function sendDeclared(room: object, messages: Messages, direct: Direct = () => false): void {
  const sender = room as Sender & { packr?: { pack(value: unknown): Uint8Array } };
  const { send, sendUnreliable, request, packr } = sender;
  if (packr !== undefined) checkPacking((payload) => packr.pack(payload), '@colyseus/sdk');
  Object.defineProperty(room, SPEAKS, { value: true });

  const encoded = (type: string | number, payload: unknown): unknown => {
    const declared = messages.get(type);
    if (declared === undefined) return payload;
    const bytes = declared.encode(payload);
    return declared.hasPayload ? new DeclaredPayload(declared, bytes) : undefined;
  };

  sender.send = (type, payload, callback) => {
    if (callback !== undefined) {
      send.call(room, type, payload, callback); // which is a request
      return;
    }
    const declared = messages.get(type);
    if (declared === undefined || !direct(declared, payload)) send.call(room, type, encoded(type, payload));
  };
  sender.sendUnreliable = (type, payload) => {
    const declared = messages.get(type);
    if (declared === undefined || !direct(declared, payload, 'unreliable')) {
      sendUnreliable.call(room, type, encoded(type, payload));
    }
  };
  sender.request = async (type, payload, options) => request.call(room, type, encoded(type, payload), options);
}
