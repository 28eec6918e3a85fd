import { isCompressed } from '../wire/compression.ts';
import type { PacketWriter } from '../wire/PacketWriter.ts';
import { COALESCED_BYTES } from '../wire/packet.ts';
import type { OutgoingFrame } from './Compressor.ts';
import type { Riders } from './Riders.ts';
import type { Counters, Route } from './traffic.ts';

/** Codes of connections are below this: a key and a code make one number. */
const CODES = 32;

/** Messages whose buffers are kept when they have gone, for the next ones of their keys. */
const KEPT = 256;

export interface LatestMessage {
  readonly id: number;
  /** The connection, by its code. */
  readonly owner: number;
  /** Of the frame: not that of the connection when it is compressed. */
  code: number;
  bytes: Uint8Array;
  /** Of the message, before compression. */
  messageBytes: number;
  route: Route;
  type: Counters | undefined;
  /** Not yet given to Steam. */
  isDue: boolean;
  /** In the packet that is being written. */
  isLoaded: boolean;
}

/**
 * Unreliable messages of which only the newest of each connection and key matters. They stay here until Steam takes them, and until
 * then a newer one replaces an older one.
 */
export class LatestMessages {
  /** Made when there is the first: most sessions never have one. */
  #byId: Map<number, LatestMessage> | undefined;
  /** In the order in which their keys began to wait. */
  readonly #due: LatestMessage[] = [];

  /** Messages that a newer one replaced. */
  replaced = 0;

  /** Messages that wait. */
  get size(): number {
    return this.#due.length;
  }

  /** The one that waits longest. */
  get first(): LatestMessage | undefined {
    return this.#due[0];
  }

  /** Copies the frame. `owner` is the code of the connection, `key` an unsigned 32 bit number. */
  put(
    owner: number,
    key: number,
    { code, payload }: OutgoingFrame,
    messageBytes: number,
    route: Route,
    type: Counters | undefined,
  ): void {
    const id = key * CODES + owner;
    this.#byId ??= new Map();
    let message = this.#byId.get(id);
    if (message === undefined) {
      const bytes = new Uint8Array(payload);
      message = { id, owner, code, bytes, messageBytes, route, type, isDue: false, isLoaded: false };
      this.#byId.set(id, message);
    } else {
      if (message.isDue) this.#countReplaced(message);
      if (message.bytes.length === payload.length) message.bytes.set(payload);
      else message.bytes = new Uint8Array(payload);
      message.code = code;
      message.messageBytes = messageBytes;
      message.route = route;
      message.type = type;
    }
    if (!message.isDue) this.#due.push(message);
    message.isDue = true;
  }

  /** A newer message of this key goes another way. */
  replace(owner: number, key: number): void {
    const message = this.#byId?.get(key * CODES + owner);
    if (message?.isDue !== true) return;
    this.#countReplaced(message);
    this.remove(message);
  }

  /**
   * Appends those of this route that fit, oldest first; of those that are compressed one, if the packet has none (`hasCompressed`).
   * {@link unload} must follow.
   */
  load(route: Route, writer: PacketWriter, riders: Riders, hasCompressed: boolean): void {
    let isTaken = hasCompressed;
    for (const message of this.#due) {
      if (!isSameWay(message.route, route) || !writer.fits(message.bytes.length)) continue;
      const isPacked = isCompressed(message.code, message.bytes);
      if (isPacked && isTaken) continue;
      isTaken ||= isPacked;
      writer.append(message.code, message.bytes);
      riders.add(message.route.counters, message.type);
      message.isLoaded = true;
    }
  }

  /** What was loaded has gone, and `gone` is told of each; or it has not, and waits on. */
  unload(gone: ((message: LatestMessage) => void) | undefined): void {
    let left = 0;
    for (const message of this.#due) {
      if (message.isLoaded && gone !== undefined) {
        gone(message);
        this.#settle(message);
      } else {
        this.#due[left++] = message;
      }
      message.isLoaded = false;
    }
    this.#due.length = left;
  }

  /** It has gone, or must not go. */
  remove(message: LatestMessage): void {
    this.#due.splice(this.#due.indexOf(message), 1);
    this.#settle(message);
  }

  /** A connection is over, and its slot may soon be another's. */
  forget(owner: number): void {
    for (const message of this.#byId?.values() ?? []) {
      if (message.owner !== owner) continue;
      this.#byId?.delete(message.id);
      if (message.isDue) this.#due.splice(this.#due.indexOf(message), 1);
    }
  }

  clear(): void {
    this.#byId = undefined;
    this.#due.length = 0;
  }

  #settle(message: LatestMessage): void {
    message.isDue = false;
    const known = this.#byId;
    if (known !== undefined && (known.size > KEPT || message.bytes.length > COALESCED_BYTES)) known.delete(message.id);
  }

  #countReplaced({ route, type }: LatestMessage): void {
    this.replaced++;
    route.counters.replaced++;
    if (type !== undefined) type.replaced++;
  }
}

/** Whether two messages may share a packet. */
export function isSameWay(a: Route, b: Route): boolean {
  return a.sendType === b.sendType && a.steamChannel === b.steamChannel;
}
