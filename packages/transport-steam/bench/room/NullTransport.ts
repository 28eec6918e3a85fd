import { EventEmitter } from 'node:events';
import {
  type Client,
  type ClientPrivate,
  ClientState,
  connectClientToRoom,
  createAuthContext,
  enqueueClientRaw,
  getMessageBytes,
  type ISendOptions,
  matchMaker,
  Protocol,
  Transport,
} from '@colyseus/core';
import { INPUT_FRAME } from './Arena.ts';
import { sendInputs } from './inputs.ts';

/**
 * Carries nothing: its players are made in this process, and what is sent to them is dropped. What a server takes on it is what Colyseus
 * takes, and every transport on top of its own.
 */
export class NullTransport extends Transport {
  readonly #players: NullClient[] = [];
  #stopInputs = (): void => {};

  override listen(_port?: number | string, _hostname?: string, _backlog?: number, callback?: () => void): this {
    callback?.();
    return this;
  }

  override bindRouter(): void {}

  override shutdown(): void {}

  override simulateLatency(): void {}

  /** What was sent to the players so far. */
  get sent(): number {
    return this.#players.reduce((sum, player) => sum + player.sent, 0);
  }

  /** `onSend` gets what is dropped: a view that is written over. What is returned has the room receive a frame of the player's. */
  async join(roomName: string, onSend?: (frame: Uint8Array) => void): Promise<(frame: Buffer) => void> {
    const { roomId, sessionId } = await matchMaker.joinOrCreate(roomName, {});
    const player = new NullClient(sessionId, onSend);
    await connectClientToRoom(matchMaker.getLocalRoomById(roomId), player, createAuthContext({ headers: {} }), {});
    player.ref.emit('message', Buffer.of(Protocol.JOIN_ROOM));
    this.#players.push(player);
    return (frame) => void player.ref.emit('message', frame);
  }

  /** Everybody sends inputs from now on. */
  begin(): void {
    const frame = Buffer.from(INPUT_FRAME);
    this.#stopInputs = sendInputs(this.#players.length, (player) => this.#players[player]?.ref.emit('message', frame));
  }

  end(): void {
    this.#stopInputs();
  }
}

class NullClient implements Client, ClientPrivate {
  // biome-ignore lint/suspicious/noExplicitAny: core's own type
  declare '~messages': any;
  readonly ref = new EventEmitter();
  readonly readyState = 1;
  readonly id: string;
  readonly sessionId: string;
  state: ClientState = ClientState.JOINING;
  reconnectionToken = '';
  _enqueuedMessages?: unknown[] = [];
  _joinedAt = 0;
  sent = 0;

  readonly #onSend: ((frame: Uint8Array) => void) | undefined;

  constructor(sessionId: string, onSend: ((frame: Uint8Array) => void) | undefined) {
    this.id = this.sessionId = sessionId;
    this.#onSend = onSend;
  }

  raw(frame: Uint8Array): void {
    this.sent++;
    this.#onSend?.(frame);
  }

  enqueueRaw(data: Uint8Array): void {
    enqueueClientRaw(this, data);
  }

  send(type: PropertyKey, message?: unknown, _options?: ISendOptions): void {
    this.enqueueRaw(getMessageBytes.raw(Protocol.ROOM_DATA, type as string, message));
  }

  sendBytes(type: string | number, bytes: Uint8Array): void {
    this.enqueueRaw(getMessageBytes.raw(Protocol.ROOM_DATA_BYTES, type, undefined, bytes));
  }

  error(): void {}

  leave(): void {}

  close(): void {}
}
