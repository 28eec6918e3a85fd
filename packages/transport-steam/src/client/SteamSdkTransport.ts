import { CloseCode, Protocol, type Room } from '@colyseus/sdk';
import { type Connection, CloseCode as ConnectionCloseCode } from '../connection/Connection.ts';
import { isReliable } from '../connection/delivery.ts';
import type { ConnectionEvents, Delivery } from '../connection/types.ts';
import { compactHead, isCompact } from '../messages/compact.ts';
import type { DeclaredMessage } from '../messages/DeclaredMessage.ts';
import { readMessage, routeOf } from '../messages/edge.ts';
import { hasForeignPayload } from '../messages/foreignPayload.ts';
import { handOver } from '../messages/handover.ts';
import type { SteamLink } from './SteamLink.ts';
import { parseSteamUrl } from './steamAddress.ts';

/** The SDK's own seam, which its main entry does not export by name. */
export type SdkConnection = Room['connection'];
export type SdkTransport = SdkConnection['transport'];
export type SdkEvents = SdkConnection['events'];

/** Modifier bits stand above the code (`PROTOCOL_CODE_MASK` in `@colyseus/shared-types`). */
const CODE_MASK = 0x1f;

/**
 * A room's transport in the SDK, in the place of its `WebSocketTransport`, and one for all of the room's connections: the SDK calls
 * {@link connect} again for each reconnection. `onclose` comes exactly once for each, and nothing of a former one comes any more.
 */
export class SteamSdkTransport implements SdkTransport {
  /** Of the last {@link connect}; the SDK's debug panel shows it. */
  url?: string;
  readonly #events: SdkEvents;
  readonly #link: SteamLink;
  readonly #lingerMs: () => number | undefined;
  /** Both ends have declared the same messages. */
  readonly #knowsMessages: boolean;
  #connection: Connection | undefined;
  /** Of the link, when the room was opened. */
  #generation: number | undefined;

  /** `events` is the SDK's live map: whoever listens may change between two events. */
  constructor(events: SdkEvents, link: SteamLink, lingerMs: () => number | undefined) {
    this.#knowsMessages = link.endpoint.options.contract !== undefined;
    this.#events = events;
    this.#link = link;
    this.#lingerMs = lingerMs;
  }

  get isOpen(): boolean {
    return this.#connection?.state === 'open';
  }

  /** @throws TypeError when the URL does not lead to a Steam user. */
  connect(url: string): void {
    const { host, target } = parseSteamUrl(url);
    const former = this.#connection;
    this.#connection = undefined;
    former?.close();
    this.url = url;
    this.#generation ??= this.#link.generation;
    if (this.#generation !== this.#link.generation) {
      // The SDK's timer for the next attempt to reconnect has not heard of `client.close()`.
      queueMicrotask(() => this.#events.onclose?.({ code: CloseCode.CONSENTED, reason: '' }));
      return;
    }

    let hasState = false;
    const isCurrent = () => this.#connection === connection;
    const events: ConnectionEvents = {
      onOpen: () => {
        if (isCurrent()) this.#events.onopen?.({ type: 'open' });
      },
      onMessage: (frame, reliable) => {
        if (!isCurrent()) return;
        if (isCompact(frame)) {
          this.#receiveMessage(connection, frame, reliable);
          return;
        }
        if (this.#knowsMessages && hasForeignPayload(frame)) {
          refuse(connection);
          return;
        }
        const code = (frame[0] ?? 0) & CODE_MASK;
        if (reliable && code === Protocol.ROOM_STATE) hasState = true;
        // It overtook the state that it patches: the SDK has nothing yet to decode it with.
        if (!reliable && code === Protocol.ROOM_STATE_PATCH && !hasState) return;
        this.#events.onmessage?.({ data: exactly(frame) });
      },
      onClose: (closeCode, reason) => {
        if (!isCurrent()) return;
        this.#connection = undefined;
        this.#events.onclose?.({ code: closeCode, reason });
      },
    };
    const connection = this.#link.dial(host, target, events, this.#lingerMs);
    this.#connection = connection;
  }

  /**
   * Copied before it returns. Does nothing when there is no connection.
   *
   * @throws RangeError naming size and limit when the frame is over `maxMessageBytes`: `room.send()` passes it on to the game.
   */
  send(frame: Uint8Array): void {
    this.#send(frame, 'reliable');
  }

  /** As {@link send}, but it may be lost. */
  sendUnreliable(frame: Uint8Array): void {
    this.#send(frame, 'unreliable');
  }

  /** A declared message, as it is declared. @throws MessageError when the payload does not fit */
  sendMessage(declared: DeclaredMessage, payload: unknown, delivery: Delivery = declared.delivery): void {
    const frame = declared.encode(payload, compactHead(declared));
    // Declared reliable, and sent unreliable this once.
    if (isReliable(declared.delivery) && !isReliable(delivery)) this.#connection?.send(frame, delivery, { label: declared.name });
    else this.#connection?.send(frame, declared.delivery, routeOf(declared, payload));
  }

  /** Without a code both ends see 1005, as with a WebSocket. */
  close(code: number = CloseCode.NO_STATUS_RECEIVED, reason = ''): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (code === CloseCode.MAY_TRY_RECONNECT) {
      // The network is gone, and with it any acknowledgement: the SDK wants to begin its reconnection now.
      this.#connection = undefined;
      this.#events.onclose?.({ code, reason });
    }
    connection.close(code, reason);
  }

  #receiveMessage(connection: Connection, frame: Uint8Array, reliable: boolean): void {
    const read = readMessage(frame);
    if (read === undefined) {
      refuse(connection);
      return;
    }
    connection.countReceived(read.declared.name, frame.length, reliable);
    handOver(read.declared, read.payload, (canonical) => this.#events.onmessage?.({ data: canonical }));
  }

  #send(frame: Uint8Array, delivery: Delivery): void {
    this.#connection?.send(frame, delivery);
  }
}

function refuse(connection: Connection): void {
  connection.countRejected();
  connection.close(ConnectionCloseCode.InvalidPayload, 'a message does not fit its declaration');
}

/** The SDK takes an ArrayBuffer without copying, as a whole; of a view it makes its own copy. */
function exactly(frame: Uint8Array): ArrayBufferLike | Uint8Array {
  return frame.byteLength === frame.buffer.byteLength ? frame.buffer : frame;
}
