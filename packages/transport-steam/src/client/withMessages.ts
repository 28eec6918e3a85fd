import type { Room } from '@colyseus/sdk';
import type { DeclaredMessage } from '../messages/DeclaredMessage.ts';
import { DeclaredPayload, registerMessages } from '../messages/extension.ts';
import type { Messages } from '../messages/Messages.ts';

/** What a room of the SDK sends with, without its overloads. */
interface Sender {
  send(type: string | number, payload?: unknown, callback?: unknown): void;
  sendUnreliable(type: string | number, payload?: unknown): void;
  request(type: string | number, payload?: unknown, options?: unknown): Promise<unknown>;
}

/** Sends a message as it is declared, or by `unreliable` all the same, or drops it. False: the SDK has to send it. */
type Direct = (declared: DeclaredMessage, payload: unknown, delivery?: 'unreliable') => boolean;

/**
 * Lets a room that was joined over another transport, such as WebSocket, send and receive `messages`: schema-encoded, reliably.
 * Rooms of {@link SteamSDK} do so by its option `messages`, and travel as declared.
 *
 * @throws Error when this process uses other messages already
 */
export function withMessages<R extends Room>(room: R, messages: Messages): R {
  const takeBack = registerMessages(messages);
  room.onLeave.once(takeBack);
  sendDeclared(room, messages);
  return room;
}

/** Has `room.send()`, `sendUnreliable()` and `request()` encode what is declared. */
export function sendDeclared(room: object, messages: Messages, direct: Direct = () => false): void {
  const sender = room as Sender;
  const { send, sendUnreliable, request } = sender;

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
