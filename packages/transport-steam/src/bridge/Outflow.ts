import { costOf } from './frames.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * What one stream sends: so much may be on its way, and the rest waits until the other end has taken it. Reliable frames wait in order; of
 * unreliable ones the oldest are dropped.
 */
export class Outflow {
  readonly #windowBytes: number;
  readonly #maxWaitingBytes: number;
  readonly #transmit: (frame: Bytes) => void;
  #onTheWay = 0;
  #waiting: Bytes[] = [];
  #first = 0;
  #waitingBytes = 0;
  #unreliable: Bytes[] = [];
  #unreliableBytes = 0;
  #dropped = 0;

  constructor(windowBytes: number, maxWaitingBytes: number, transmit: (frame: Bytes) => void) {
    this.#windowBytes = windowBytes;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#transmit = transmit;
  }

  /** Bytes that wait here; as much as the window may be on its way besides. */
  get bufferedAmount(): number {
    return this.#waitingBytes + this.#unreliableBytes;
  }

  /** Unreliable frames that were not sent. */
  get dropped(): number {
    return this.#dropped;
  }

  /** False when more would wait than may: nothing of it is sent then. */
  send(frame: Bytes, isReliable: boolean): boolean {
    if (this.#isOpen && this.bufferedAmount === 0) {
      this.#go(frame);
      return true;
    }
    if (!isReliable) {
      this.#keepUnreliable(frame);
      return true;
    }
    if (this.#waitingBytes + costOf(frame.length) > this.#maxWaitingBytes) return false;
    this.#waiting.push(frame);
    this.#waitingBytes += costOf(frame.length);
    return true;
  }

  /** Sends a last frame behind all others, whatever the bound. False when it waits. */
  finish(frame: Bytes): boolean {
    this.#unreliable = [];
    this.#unreliableBytes = 0;
    if (this.#waitingBytes === 0) {
      this.#transmit(frame);
      return true;
    }
    this.#waiting.push(frame);
    this.#waitingBytes += costOf(frame.length);
    return false;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#waitingBytes = 0;
    this.#unreliable = [];
    this.#unreliableBytes = 0;
  }

  /** The other end has taken so much. False when that was never sent. */
  credit(bytes: number): boolean {
    if (bytes > this.#onTheWay) return false;
    this.#onTheWay -= bytes;
    this.#flush();
    return true;
  }

  /** One frame may go over the window: the largest must get through, however small the window is. */
  get #isOpen(): boolean {
    return this.#onTheWay < this.#windowBytes;
  }

  #flush(): void {
    while (this.#isOpen && this.#first < this.#waiting.length) {
      const frame = this.#waiting[this.#first++] as Bytes;
      this.#waitingBytes -= costOf(frame.length);
      this.#go(frame);
    }
    if (this.#first === this.#waiting.length) {
      this.#waiting = [];
      this.#first = 0;
    }
    while (this.#isOpen) {
      const frame = this.#unreliable.shift();
      if (frame === undefined) return;
      this.#unreliableBytes -= costOf(frame.length);
      this.#go(frame);
    }
  }

  #go(frame: Bytes): void {
    this.#onTheWay += costOf(frame.length);
    this.#transmit(frame);
  }

  #keepUnreliable(frame: Bytes): void {
    this.#unreliable.push(frame);
    this.#unreliableBytes += costOf(frame.length);
    while (this.#unreliableBytes > this.#windowBytes) {
      this.#unreliableBytes -= costOf((this.#unreliable.shift() as Bytes).length);
      this.#dropped++;
    }
  }
}
