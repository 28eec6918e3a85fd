import type { PlayerConnection } from '../client/PlayerLink.ts';
import { CloseCode } from '../connection/Connection.ts';
import { isReliable, tooLarge } from '../connection/delivery.ts';
import { guard } from '../connection/guard.ts';
import type { ConnectionEvents, Delivery, SendOptions } from '../connection/types.ts';
import { SteamError } from '../driver/SteamError.ts';
import { closeFrame, creditFrame, dataFrame, type End, openFrame } from './frames.ts';
import { Inflow } from './Inflow.ts';
import { Outflow } from './Outflow.ts';

/** What a {@link PageConnection} needs of the page's session. */
export interface ConnectionPort {
  readonly windowBytes: number;
  /** Of the owner. */
  readonly ownerWindowBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxMessageBytes: number;
  transmit(frame: Uint8Array<ArrayBuffer>): void;
  /** Both ends have closed it. */
  forget(id: number): void;
}

/** A connection of a page's room: its far end is a connection to the host, in the process that owns Steam. */
export class PageConnection implements PlayerConnection {
  readonly id: number;
  readonly #host: bigint;
  readonly #port: ConnectionPort;
  readonly #events: ConnectionEvents;
  readonly #out: Outflow;
  readonly #in: Inflow;
  #state: PlayerConnection['state'] = 'opening';
  #hasSaidClose = false;

  constructor(port: ConnectionPort, id: number, host: bigint, target: string, events: ConnectionEvents) {
    this.id = id;
    this.#host = host;
    this.#port = port;
    this.#events = events;
    this.#out = new Outflow(port.ownerWindowBytes, port.maxBufferedBytes, (frame) => port.transmit(frame));
    this.#in = new Inflow(port.windowBytes, (bytes) => port.transmit(creditFrame(id, bytes)));
    port.transmit(openFrame(id, host, target));
  }

  get state(): PlayerConnection['state'] {
    return this.#state;
  }

  /** Bytes that wait here, because the owner has not taken what was sent before. */
  get bufferedAmount(): number {
    return this.#out.bufferedAmount;
  }

  /**
   * Copied before it returns. Does nothing when the connection is closing or closed. What is over the bound of what may wait closes it, as slow.
   *
   * @throws RangeError when the message is over `maxMessageBytes` of the owner
   */
  send(bytes: Uint8Array, delivery: Delivery = 'reliable', how?: SendOptions): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return;
    if (bytes.length > this.#port.maxMessageBytes) throw tooLarge(this.#host, bytes.length, this.#port.maxMessageBytes);
    const latest = isReliable(delivery) ? undefined : how?.latest;
    if (this.#out.send(dataFrame(this.id, bytes, delivery, latest), isReliable(delivery))) return;
    this.#out.clear();
    this.close(CloseCode.SlowPeer, `more than ${this.#port.maxBufferedBytes} bytes wait for the owner of the bridge`);
  }

  close(code: number = CloseCode.NoStatus, reason = ''): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#hasSaidClose = this.#out.finish(closeFrame(this.id, { code, error: undefined, reason }));
    // Nothing is called from inside a method of a connection.
    queueMicrotask(() => guard(() => this.#events.onClose(code, reason)));
  }

  /** By type it is the owner who counts: he reads the type of what passes. */
  countReceived(): void {}

  /** The close that follows says it. */
  countRejected(): void {}

  handleOpened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    guard(() => this.#events.onOpen?.());
  }

  /** False when it was not allowed to come. */
  handleData(bytes: Uint8Array, delivery: Delivery, cost: number): boolean {
    if (!this.#in.receive(cost)) return false;
    // An offer that has ended already is told without having been open.
    if (this.#state === 'opening' || this.#state === 'open') guard(() => this.#events.onMessage(bytes, isReliable(delivery)));
    this.#in.take(cost);
    return true;
  }

  /** False when so much was never sent. */
  handleCredit(bytes: number): boolean {
    return this.#out.credit(bytes);
  }

  /** The owner has closed it, and is told that we have, too. */
  handleClose(end: End): void {
    this.#out.clear();
    if (!this.#hasSaidClose) this.#port.transmit(closeFrame(this.id, { code: CloseCode.NoStatus, error: undefined, reason: '' }));
    this.#port.forget(this.id);
    this.#end(end);
  }

  /** There is no bridge any more. */
  handleLost(end: End): void {
    this.#out.clear();
    this.#end(end);
  }

  #end({ code, error, reason }: End): void {
    const isOver = this.#state === 'closing' || this.#state === 'closed';
    this.#state = 'closed';
    if (isOver) return;
    const cause = error === undefined ? undefined : new SteamError(error, reason);
    guard(() => this.#events.onClose(code, reason, cause));
  }
}
