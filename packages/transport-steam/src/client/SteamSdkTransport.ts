import { CloseCode, Protocol, type Room } from '@colyseus/sdk';
import { CloseCode as ConnectionCloseCode } from '../connection/Connection.ts';
import { isReliable } from '../connection/delivery.ts';
import type { ConnectionEvents, Delivery } from '../connection/types.ts';
import type { SteamError } from '../driver/SteamError.ts';
import { compactHead, isCompact } from '../messages/compact.ts';
import type { DeclaredMessage } from '../messages/DeclaredMessage.ts';
import { readMessage, routeOf } from '../messages/edge.ts';
import { hasForeignPayload } from '../messages/foreignPayload.ts';
import { handOver } from '../messages/handover.ts';
import { carriesMessage, readMessageHead } from '../messages/messageType.ts';
import type { GameCalls } from './GameCalls.ts';
import { hasSoundHandshake } from './handshake.ts';
import type { PlayerConnection, PlayerLink } from './PlayerLink.ts';
import { parseSteamUrl } from './steamAddress.ts';

/** The SDK's own seam, which its main entry does not export by name. */
export type SdkConnection = Room['connection'];
export type SdkTransport = SdkConnection['transport'];
export type SdkEvents = SdkConnection['events'];

/** Modifier bits stand above the code (`PROTOCOL_CODE_MASK` in `@colyseus/shared-types`). */
const CODE_MASK = 0x1f;

/** After these the SDK comes back. */
const COMES_BACK: ReadonlySet<number> = new Set([
  CloseCode.GOING_AWAY,
  CloseCode.NO_STATUS_RECEIVED,
  CloseCode.ABNORMAL_CLOSURE,
  CloseCode.MAY_TRY_RECONNECT,
]);

const MISFIT = 'a message does not fit its declaration';
const UNREADABLE = 'the host sent what cannot be read';

/**
 * A room's transport in the SDK, in the place of its `WebSocketTransport`, and one for all of the room's connections: the SDK calls
 * {@link connect} again for each reconnection. `onclose` comes exactly once for each, and nothing of a former one comes any more.
 */
export class SteamSdkTransport implements SdkTransport {
  /** Of the last {@link connect}; the SDK's debug panel shows it. */
  url?: string;
  readonly #events: SdkEvents;
  readonly #link: PlayerLink;
  readonly #game: GameCalls;
  readonly #lingerMs: () => number | undefined;
  #connection: PlayerConnection | undefined;
  #failure: SteamError | undefined;
  /** The host has the player in the room: core hears nobody before. */
  #hasJoined = false;
  /** Of the link, when the room was opened. */
  #generation: number | undefined;
  /** The player has left: there is no next connection. */
  #hasLeft = false;

  /** `events` is the SDK's live map: whoever listens may change between two events. */
  constructor(events: SdkEvents, link: PlayerLink, game: GameCalls, lingerMs: () => number | undefined) {
    this.#events = events;
    this.#link = link;
    this.#game = game;
    this.#lingerMs = lingerMs;
  }

  /**
   * Whether what is sent now is heard. Until the room has the player back the SDK keeps what he says, and sends it then: else what he says
   * meanwhile would be lost, or overtake what was kept.
   */
  get isOpen(): boolean {
    return this.#hasJoined && this.#connection?.state === 'open';
  }

  /** Why the last connection ended, when nobody closed it: the SDK is told code and reason only. */
  get failure(): SteamError | undefined {
    return this.#failure;
  }

  /** @throws TypeError when the URL does not lead to a Steam user. */
  connect(url: string): void {
    // The SDK's timer for the next attempt to reconnect has not heard of it.
    if (this.#hasLeft) return;
    const { host, target } = parseSteamUrl(url);
    const former = this.#connection;
    this.#connection = undefined;
    this.#failure = undefined;
    this.#hasJoined = false;
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
        if (!isSound(frame)) {
          refuse(connection, UNREADABLE);
          return;
        }
        if (this.#link.knowsMessages && hasForeignPayload(frame)) {
          refuse(connection, MISFIT);
          return;
        }
        const code = (frame[0] ?? 0) & CODE_MASK;
        if (reliable && code === Protocol.ROOM_STATE) hasState = true;
        // It overtook the state that it patches: the SDK has nothing yet to decode it with.
        if (!reliable && code === Protocol.ROOM_STATE_PATCH && !hasState) return;
        this.#give(connection, exactly(frame));
        // Behind the SDK's own handling of it, in which it sends what it has kept.
        if (code === Protocol.JOIN_ROOM) this.#hasJoined = true;
      },
      onClose: (closeCode, reason, error) => {
        if (!isCurrent()) return;
        this.#connection = undefined;
        this.#failure = error;
        this.#events.onclose?.({ code: this.#hasLeft && COMES_BACK.has(closeCode) ? CloseCode.CONSENTED : closeCode, reason });
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

  /**
   * The player has said that he leaves: however the connection ends now, the SDK does not come back. False when nobody has heard him, as the
   * room does not have him: then it is over at once, and nothing is told any more.
   */
  leave(): boolean {
    this.#hasLeft = true;
    if (this.isOpen) return true;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close(CloseCode.CONSENTED);
    return false;
  }

  #receiveMessage(connection: PlayerConnection, frame: Uint8Array, reliable: boolean): void {
    const read = readMessage(frame);
    if (read === undefined) {
      refuse(connection, MISFIT);
      return;
    }
    connection.countReceived(read.declared.name, frame.length, reliable);
    handOver(read.declared, read.payload, (canonical) => this.#give(connection, canonical));
  }

  /**
   * The SDK throws at what it cannot read, and over any other transport that is an uncaught exception. A host must not end our process: what
   * he garbled ends the room. What the game's own handlers throw is the game's to see.
   */
  #give(connection: PlayerConnection, data: ArrayBufferLike | Uint8Array): void {
    try {
      this.#events.onmessage?.({ data });
    } catch (error) {
      if (this.#game.hasThrown(error)) throw error;
      refuse(connection, `${UNREADABLE}: ${String(error)}`);
    }
  }

  #send(frame: Uint8Array, delivery: Delivery): void {
    this.#connection?.send(frame, delivery);
  }
}

function refuse(connection: PlayerConnection, reason: string): void {
  connection.countRejected();
  connection.close(ConnectionCloseCode.InvalidPayload, reason);
}

/** Whether the SDK can read it at all: what it would stumble over for ever, or once for each message on the console. */
function isSound(frame: Uint8Array): boolean {
  return hasSoundHandshake(frame) && (!carriesMessage(frame) || readMessageHead(frame) !== undefined);
}

/** The SDK takes an ArrayBuffer without copying, as a whole; of a view it makes its own copy. */
function exactly(frame: Uint8Array): ArrayBufferLike | Uint8Array {
  return frame.byteLength === frame.buffer.byteLength ? frame.buffer : frame;
}
