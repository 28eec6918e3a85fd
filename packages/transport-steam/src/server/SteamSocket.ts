import { EventEmitter } from 'node:events';
import { CloseCode } from '@colyseus/core';
import { type Connection, CloseCode as ConnectionCloseCode } from '../connection/Connection.ts';
import type { ConnectionEvents, Delivery, SendOptions } from '../connection/types.ts';
import { isCompact } from '../messages/compact.ts';
import { readMessage } from '../messages/edge.ts';
import { hasForeignPayload } from '../messages/foreignPayload.ts';
import { handOver } from '../messages/handover.ts';
import { carriesMessage, readMessageHead } from '../messages/messageType.ts';
import type { DelayLine } from './DelayLine.ts';
import type { FaultLog } from './FaultLog.ts';
import { stampedInputs } from './inputs.ts';
import { UnreliableSequence } from './UnreliableSequence.ts';
import type { OutgoingMessage } from './useMessages.ts';

/** Of a WebSocket (WHATWG): core compares `readyState` with `WebSocket.OPEN`. */
export const ReadyState = { OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
export type ReadyState = (typeof ReadyState)[keyof typeof ReadyState];

/** Core's own listener of the end of a link. */
type LeaveListener = (code: number, reason: string) => unknown;

type SendCallback = (error?: Error) => void;

const MISFIT = 'a message does not fit its declaration';

/** What the links of a transport have in common. */
export interface SocketContext {
  readonly line: DelayLine;
  readonly faults: FaultLog;
  /** Both ends have declared the same messages: they travel in their own frames. */
  readonly knowsMessages: boolean;
}

/**
 * One player's link to one room: what core holds as `client.ref`, and what `ws` is to `@colyseus/ws-transport`.
 *
 * Emits `'message'` with a Buffer for each frame, and `'close'` with code and reason exactly once. Core puts {@link onleave} on it, and on
 * a reconnection gives it to the former client object too: whatever belongs to the link stands here, not in the client.
 */
export class SteamSocket extends EventEmitter {
  /** Who is there, from Steam: never from something he sent. */
  readonly steamId: bigint;
  /** For the connection. */
  readonly events: ConnectionEvents;
  readonly #context: SocketContext;
  readonly #connection: Connection;
  readonly #sequence = new UnreliableSequence();
  #readyState: ReadyState;
  /** What the room is told instead of the code that the player was told. */
  #closesAs: number | undefined;
  #onleave: LeaveListener | undefined;
  #left: Promise<unknown> | undefined;
  #holdsLoss = false;
  /** The end that is held. */
  #tellLoss: (() => void) | undefined;
  #refusedUnreliable = false;
  #stampedInputs = 0;

  /** `connect` makes the connection with the events of this socket, or has one already. */
  constructor(context: SocketContext, connect: (events: ConnectionEvents) => Connection) {
    super();
    this.#context = context;
    this.events = {
      onMessage: (bytes, reliable) => this.#receive(bytes, reliable),
      onClose: (code, reason) => this.#end(code, reason),
    };
    this.#connection = connect(this.events);
    this.steamId = this.#connection.peer;
    this.#readyState = this.#connection.state === 'open' ? ReadyState.OPEN : ReadyState.CLOSED;
  }

  get readyState(): ReadyState {
    return this.#readyState;
  }

  /** Core sets it, and adds and removes what it reads here as a listener of `'close'`. */
  get onleave(): LeaveListener | undefined {
    return this.#onleave;
  }

  set onleave(listener: LeaveListener) {
    this.#onleave = (...end) => {
      this.#left = Promise.resolve(listener(...end));
    };
  }

  /** Settles when the room is through with the end of this link; undefined when it has not heard of it. */
  get left(): Promise<unknown> | undefined {
    return this.#left;
  }

  get knowsMessages(): boolean {
    return this.#context.knowsMessages;
  }

  /** Of the frame that is being read: see {@link stampedInputs}. */
  get stampedInputs(): number {
    return this.#stampedInputs;
  }

  /** Bytes for this player that Steam has not taken yet. */
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  /**
   * Sends one frame, reliably and in order. Never throws: core would leave out the players after this one. A frame over the limit
   * ends the link with 1009, since nothing behind a missing frame can be right.
   */
  send(frame: Uint8Array, callback?: SendCallback): void {
    this.#send(frame, 'reliable', undefined, callback, (error) => this.#refuseFrame(error));
  }

  /** Sends a declared message, as it is declared. Never throws. */
  sendMessage({ declared, route, frame }: OutgoingMessage, callback?: SendCallback): void {
    const { delivery } = declared;
    const isReliable = delivery === 'reliable' || delivery === 'buffered';
    this.#send(frame, delivery, route, callback, (error) => {
      if (isReliable) this.#refuseFrame(error);
      else this.#refuseUnreliable(error);
    });
  }

  /** Sends one frame that may be lost. Never throws. */
  sendUnreliable(frame: Uint8Array, callback?: SendCallback): void {
    if (this.#isClosed(callback)) return;
    this.#send(this.#sequence.stamp(frame), 'unreliable', undefined, callback, (error) => this.#refuseUnreliable(error));
  }

  /**
   * Ends the link, after what was sent before. Without a code the player hears 1005, as from a WebSocket.
   *
   * @throws RangeError when `code` is not a 16-bit number.
   */
  close(code: number = CloseCode.NO_STATUS_RECEIVED, reason?: string): void {
    if (!Number.isInteger(code) || code < 0 || code > 0xffff) {
      throw new RangeError(`close code must be a whole number from 0 to 65535, not ${code}`);
    }
    if (this.#readyState !== ReadyState.OPEN) return;
    this.#readyState = ReadyState.CLOSING;
    this.#context.line.push(() => this.#connection.close(code, reason));
  }

  /**
   * Ends a link that another one of the same player takes the place of. The room hears of a lost link (1006), so that it holds the
   * seat; the player's end, should it still live, is told with a code that does not make it dial again.
   */
  giveWay(): void {
    // It is lost already, and the room will hear how.
    if (this.#tellLoss !== undefined) return;
    this.#closesAs = CloseCode.ABNORMAL_CLOSURE;
    const reason = 'the same player came back on another connection';
    if (this.#holdsLoss) this.#context.line.push(() => this.#connection.close(CloseCode.WITH_ERROR, reason));
    else this.close(CloseCode.WITH_ERROR, reason);
  }

  /**
   * From now on the room does not hear that the link is lost, and takes it for open: it would give up the seat of a player whom it is just
   * taking back. What this returns ends that. A leave on purpose, and an end of the host's own, are told as ever.
   */
  holdLoss(): () => void {
    this.#holdsLoss = true;
    return () => {
      this.#holdsLoss = false;
      this.#tellLoss?.();
    };
  }

  /**
   * Ends the link of a player who is sent away. He hears this code and reason; the room hears of a consented leave (4000), on which no game
   * holds a seat: any other code would call `onDrop`.
   */
  sendAway(code: number, reason: string): void {
    this.#closesAs = CloseCode.CONSENTED;
    this.close(code, reason);
  }

  /** Nothing behind a missing frame can be right. */
  #refuseFrame(error: Error): void {
    this.#context.faults.add(this.steamId, error.message);
    this.close(ConnectionCloseCode.MessageTooBig, error.message);
  }

  #refuseUnreliable(error: Error): void {
    if (this.#refusedUnreliable) return;
    this.#refusedUnreliable = true; // once: a state of this size comes again with every patch
    this.#context.faults.add(this.steamId, error.message);
  }

  #send(
    frame: Uint8Array,
    delivery: Delivery,
    how: SendOptions | undefined,
    callback: SendCallback | undefined,
    refused: (error: Error) => void,
  ): void {
    if (this.#isClosed(callback)) return;
    const { line } = this.#context;
    if (!line.isDelaying) {
      this.#sendNow(frame, delivery, how, callback, refused);
      return;
    }
    // Core sends views of a buffer that it writes to next.
    const bytes = new Uint8Array(frame);
    line.push(() => this.#sendNow(bytes, delivery, how, callback, refused));
  }

  #sendNow(
    frame: Uint8Array,
    delivery: Delivery,
    how: SendOptions | undefined,
    callback: SendCallback | undefined,
    refused: (error: Error) => void,
  ): void {
    try {
      this.#connection.send(frame, delivery, how);
    } catch (error) {
      refused(error as Error);
      callback?.(error as Error);
      return;
    }
    callback?.();
  }

  /** Whether nothing can be sent any more, told to `callback`. */
  #isClosed(callback: SendCallback | undefined): boolean {
    if (this.#readyState === ReadyState.OPEN) return false;
    callback?.(new Error('the connection is not open'));
    return true;
  }

  /** A frame came that no end of ours sends: the link ends with 1007, and nothing of it reaches the room. */
  refuse(what: string): void {
    if (this.#readyState !== ReadyState.OPEN) return;
    this.#connection.countRejected();
    this.#context.faults.add(this.steamId, `${what}: his link to a room ends`);
    this.close(ConnectionCloseCode.InvalidPayload, what);
  }

  #receive(bytes: Uint8Array, reliable: boolean): void {
    if (this.#readyState !== ReadyState.OPEN) return;
    if (isCompact(bytes)) this.#receiveMessage(bytes, reliable);
    else if (carriesMessage(bytes) && readMessageHead(bytes) === undefined) this.refuse('a message has no whole type');
    else if (this.knowsMessages && hasForeignPayload(bytes)) this.refuse(MISFIT);
    else this.#receiveFrame(bytes);
  }

  #receiveMessage(frame: Uint8Array, reliable: boolean): void {
    const read = readMessage(frame);
    if (read === undefined) {
      this.refuse(MISFIT);
      return;
    }
    this.#connection.countReceived(read.declared.name, frame.length, reliable);
    handOver(read.declared, read.payload, (canonical) => this.#emit(canonical));
  }

  #receiveFrame(frame: Uint8Array): void {
    const stamped = stampedInputs(frame);
    if (stamped === undefined) {
      this.refuse('an input cannot be read');
      return;
    }
    this.#stampedInputs = stamped;
    this.#emit(frame);
  }

  #emit(bytes: Uint8Array): void {
    try {
      this.emit('message', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      // Core reads message types outside of any try: what a player garbles, or a handler of the game fails at, ends his link only.
      this.#context.faults.add(this.steamId, error);
      this.close(ConnectionCloseCode.InternalError, 'the host could not handle a message');
    }
  }

  #end(code: number, reason: string): void {
    if (this.#readyState === ReadyState.CLOSED) return;
    if (this.#holdsLoss && this.#readyState === ReadyState.OPEN && code !== CloseCode.CONSENTED) {
      this.#tellLoss = () => this.#end(code, reason);
      return;
    }
    this.#readyState = ReadyState.CLOSED;
    this.emit('close', this.#closesAs ?? code, reason);
  }
}
