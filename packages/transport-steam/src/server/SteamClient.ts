import {
  type Client,
  type ClientPrivate,
  ClientState,
  debugMessage,
  enqueueClientRaw,
  getMessageBytes,
  type ISendOptions,
  logger,
  Protocol,
} from '@colyseus/core';
import { carefulDecoder, type InputDecoder } from './inputs.ts';
import type { ReadyState, SteamSocket } from './SteamSocket.ts';
import { outgoingMessage } from './useMessages.ts';

/**
 * A player in a room, as `onJoin` and `onMessage` get him.
 *
 * Everything goes through `this.ref`, never a handle of its own: on a reconnection core gives the new link's `ref` to the former
 * client object, and both must then talk to the same link.
 */
export class SteamClient implements Client, ClientPrivate {
  // biome-ignore lint/suspicious/noExplicitAny: core's Client types its messages by the keys of this, and `unknown` has none
  declare '~messages': any;
  readonly id: string;
  readonly sessionId: string;
  ref: SteamSocket;
  state: ClientState = ClientState.JOINING;
  reconnectionToken = '';

  /** Core deletes it once the join is acknowledged, and takes its absence for that. */
  _enqueuedMessages?: unknown[] = [];
  _joinedAt = 0;
  _numMessagesLastSecond = 0;
  _messageCountResetsAt = 0;
  _lastMessageTime = 0;
  #inputDecoder: InputDecoder | undefined;

  constructor(sessionId: string, ref: SteamSocket) {
    this.id = sessionId;
    this.sessionId = sessionId;
    this.ref = ref;
  }

  get readyState(): ReadyState {
    return this.ref.readyState;
  }

  /** Core sets it in a room with inputs, and reads with it whatever comes; elsewhere there is none. */
  get _inputDecoder(): InputDecoder {
    return this.#inputDecoder as InputDecoder;
  }

  set _inputDecoder(decoder: InputDecoder) {
    this.#inputDecoder = carefulDecoder(
      decoder,
      () => this.ref.stampedInputs,
      () => this.ref.refuse('an input cannot be read'),
    );
  }

  send(type: PropertyKey, message?: unknown, options?: ISendOptions): void {
    debugMessage("send(to %s): '%s' -> %j", this.sessionId, type, message);
    this.enqueueRaw(getMessageBytes.raw(Protocol.ROOM_DATA, type as string | number, message), options);
  }

  sendBytes(type: string | number, bytes: Uint8Array, options?: ISendOptions): void {
    debugMessage("send bytes(to %s): '%s' -> %j", this.sessionId, type, bytes);
    this.enqueueRaw(getMessageBytes.raw(Protocol.ROOM_DATA_BYTES, type, undefined, bytes), options);
  }

  enqueueRaw(data: Uint8Array, options?: ISendOptions): void {
    enqueueClientRaw(this, data, options);
  }

  /**
   * One frame, reliably and in order, copied before this returns; one of a declared message as that is declared. Never throws; does
   * nothing when the link is not open.
   * `callback` is called when Steam has it, or with the error.
   */
  raw(data: Uint8Array, _options?: ISendOptions, callback?: (error?: Error) => void): void {
    const message = this.ref.knowsMessages ? outgoingMessage(data) : undefined;
    if (message === undefined) this.ref.send(data, callback);
    else this.ref.sendMessage(message, callback);
  }

  /** One frame that may be lost, else as {@link raw}. That it is here tells core that `@unreliable` state can go this way. */
  rawUnreliable(data: Uint8Array, _options?: ISendOptions, callback?: (error?: Error) => void): void {
    this.ref.sendUnreliable(data, callback);
  }

  error(code: number, message = '', callback?: (error?: Error) => void): void {
    this.raw(getMessageBytes[Protocol.ERROR](code, message), undefined, callback);
  }

  leave(code?: number, reason?: string): void {
    this.ref.close(code, reason);
  }

  /** @deprecated as in every Colyseus transport: use {@link leave}. */
  close(code?: number, reason?: string): void {
    logger.warn('DEPRECATION WARNING: use client.leave() instead of client.close()');
    this.leave(code, reason);
  }

  toJSON(): { sessionId: string; readyState: ReadyState } {
    return { sessionId: this.sessionId, readyState: this.readyState };
  }
}

/**
 * The SteamID of a player, as Steam says it: nothing that a player sends can change it. Undefined for a client of another transport.
 *
 * @param client of a room, in any of its callbacks
 */
export function steamIdOf(client: Client): bigint | undefined {
  const { steamId } = client.ref as Partial<SteamSocket>;
  return typeof steamId === 'bigint' ? steamId : undefined;
}
