import { SendType } from '../driver/SteamDriver.ts';
import { CHUNK_BYTES, CHUNK_HEADER_BYTES, splitIntoChunks } from '../wire/chunks.ts';
import { isCompressed } from '../wire/compression.ts';
import { splitIntoFragments } from '../wire/Fragments.ts';
import { PacketWriter } from '../wire/PacketWriter.ts';
import { Code, Lane, MAX_UNCONFIRMED, PACKET_HEADER_BYTES, SEQUENCE_MASK, writePacketHeader } from '../wire/packet.ts';
import type { OutgoingFrame } from './Compressor.ts';
import { isSameWay, type LatestMessage, LatestMessages } from './LatestMessages.ts';
import { Riders } from './Riders.ts';
import { type Counters, countSent, type Route } from './traffic.ts';

/** Gives a packet to Steam, which has copied it when this returns. False: not now. The channel is that of `control` by default. */
export type Transmit = (packet: Uint8Array, sendType: SendType, steamChannel?: number) => boolean;

/** Unreliable packets that wait for Steam, at most: what is older than these is stale. */
const UNRELIABLE_QUEUE = 64;

/** What goes alone is written here, of all sessions: Steam has copied it before the next one comes. A chunk is the largest. */
const largePacket = new Uint8Array(PACKET_HEADER_BYTES + CHUNK_HEADER_BYTES + CHUNK_BYTES);

interface Waiting {
  readonly packet: Uint8Array;
  readonly sendType: SendType;
  readonly steamChannel?: number;
  /** Whose frames are in it. */
  readonly riders: readonly Counters[];
  /** A hello: no part of the sequence, and repeated by {@link Outbox.repeat} in its own way. */
  readonly isHello?: boolean;
}

/**
 * Everything on its way to one peer in one session: frames that wait for the end of the turn, and packets that Steam did not take yet.
 *
 * While Steam takes what it is given, a frame is copied once, into its packet, and nothing is allocated.
 */
export class Outbox {
  readonly #tag: number;
  readonly #transmit: Transmit;
  readonly #reliable = new PacketWriter(Lane.Reliable);
  readonly #reliableRiders = new Riders();
  /** Whether all frames in the reliable packet may wait (Nagle): one that may not takes the others along. */
  #mayWait = true;
  /** A packet holds one compressed frame at most: a receiver takes no more. */
  #hasCompressed = false;
  readonly #unreliable = new PacketWriter(Lane.Unreliable);
  #hasUnreliableCompressed = false;
  readonly #unreliableRiders = new Riders();
  /** Where the unreliable packet goes that is being written. */
  #route: Route | undefined;
  readonly #latest = new LatestMessages();
  #reliableSequence = 0;
  #unreliableSequence = 0;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #waitingUnreliable: Waiting[] = [];
  /** The reliable packets sent so far, until the peer is known to have the session: see {@link repeat}. */
  #unconfirmed: Waiting[] | undefined = [];

  /** Unreliable packets thrown away because Steam took none. */
  dropped = 0;

  /** How often Steam took a packet not at once. */
  retries = 0;

  constructor(tag: number, transmit: Transmit) {
    this.#tag = tag;
    this.#transmit = transmit;
  }

  /** Reliable bytes that Steam has not taken. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#reliable.pendingBytes;
  }

  /** Unreliable packets that Steam has not taken, and latest messages. */
  get queuedUnreliable(): number {
    return this.#waitingUnreliable.length + this.#latest.size;
  }

  /** Latest messages that a newer one replaced. */
  get replaced(): number {
    return this.#latest.replaced;
  }

  /** The number of the next unreliable packet: what is sent from now on has this one, or a later one. */
  get unreliableSequence(): number {
    return this.#unreliableSequence;
  }

  /** Nothing is left to give to Steam. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.queuedUnreliable === 0 && this.#reliable.isEmpty && this.#unreliable.isEmpty;
  }

  /** A hello, in its place in the reliable stream. Takes the packet over. */
  sendHello(packet: Uint8Array): void {
    this.#closeReliable();
    this.#give({ packet, sendType: SendType.Reliable, riders: [], isHello: true });
  }

  /** On the way of a reliable route; of an unreliable one, what is too large for it. */
  sendReliable(code: number, payload: Uint8Array, { sendType, counters }: Route, type?: Counters): void {
    const mayWait = sendType === SendType.ReliableWithBuffering;
    const isPacked = isCompressed(code, payload);
    if (!this.#reliable.fits(payload.length) || (isPacked && this.#hasCompressed)) {
      this.#closeReliable();
      if (!this.#reliable.fits(payload.length)) {
        this.#sendLarge(code, payload, mayWait, type === undefined ? [counters] : [counters, type]);
        return;
      }
    }
    this.#mayWait &&= mayWait;
    this.#hasCompressed ||= isPacked;
    this.#reliable.append(code, payload);
    this.#reliableRiders.add(counters, type);
  }

  /** The payload must fit one packet, or the fragments of one message (`wire/Fragments.ts`). */
  sendUnreliable(code: number, payload: Uint8Array, route: Route, type?: Counters): void {
    // What was said first gets the lower number: the receiver drops what comes after a higher one, on whatever Steam channel.
    if (this.#route !== undefined && !isSameWay(route, this.#route)) this.#closeUnreliable();
    const isPacked = isCompressed(code, payload);
    if (!this.#unreliable.fits(payload.length) || (isPacked && this.#hasUnreliableCompressed)) {
      this.#closeUnreliable();
      if (!this.#unreliable.fits(payload.length)) {
        this.#sendFragments(code, payload, route, type);
        return;
      }
    }
    this.#route = route;
    this.#hasUnreliableCompressed ||= isPacked;
    this.#unreliable.append(code, payload);
    this.#unreliableRiders.add(route.counters, type);
  }

  /** As {@link sendUnreliable}, at the end of the turn; until Steam takes it, a newer one of the same key takes its place. */
  sendLatest(owner: number, key: number, frame: OutgoingFrame, messageBytes: number, route: Route, type?: Counters): void {
    this.#latest.put(owner, key, frame, messageBytes, route, type);
  }

  /** A newer message of this key goes another way: reliably, for its size. */
  replaceLatest(owner: number, key: number): void {
    this.#latest.replace(owner, key);
  }

  /** A connection is over: what is held for it must not reach the next one in its slot. */
  forget(owner: number): void {
    this.#latest.forget(owner);
  }

  /** Gives everything to Steam that it takes now. True when nothing waits any more. */
  flush(): boolean {
    this.#closeReliable();
    if (this.#waiting.length > 0) this.#waitingBytes -= drain(this.#waiting, (waiting) => this.#try(waiting));
    if (this.#waitingUnreliable.length > 0) drain(this.#waitingUnreliable, (waiting) => this.#transmitAgain(waiting));
    while (this.#waitingUnreliable.length === 0 && this.#sendLatestPacket());
    this.#closeUnreliable();
    return this.isEmpty;
  }

  /** The peer has the session: what was sent need not be kept. */
  confirm(): void {
    this.#unconfirmed = undefined;
  }

  /**
   * Sends the unconfirmed packets of the session again: Steam drops a queue without a word when it gives up on a user, and the
   * receiver knows those that did arrive by their sequence numbers.
   */
  repeat(hello: Uint8Array): void {
    const packets = [{ packet: hello, sendType: SendType.Reliable }, ...(this.#unconfirmed ?? [])];
    for (const { packet, sendType } of packets) {
      if (!this.#transmit(packet, sendType)) return;
    }
  }

  clear(): void {
    this.#reliable.clear();
    this.#hasCompressed = this.#hasUnreliableCompressed = false;
    this.#reliableRiders.clear();
    this.#unreliable.clear();
    this.#unreliableRiders.clear();
    this.#latest.clear();
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#waitingUnreliable.length = 0;
    this.#unconfirmed = undefined;
  }

  #sendLarge(code: number, payload: Uint8Array, mayWait: boolean, riders: readonly Counters[]): void {
    if (payload.length > CHUNK_BYTES) {
      splitIntoChunks(code, payload, (chunk) => this.#sendAlone(Code.Control, chunk, mayWait, riders));
    } else {
      this.#sendAlone(code, payload, mayWait, riders);
    }
  }

  #sendAlone(code: number, payload: Uint8Array, mayWait: boolean, riders: readonly Counters[]): void {
    const sendType = mayWait ? SendType.ReliableWithBuffering : SendType.Reliable;
    const packet = largePacket.subarray(0, PACKET_HEADER_BYTES + payload.length);
    writePacketHeader(packet, 0, Lane.Reliable, code, this.#tag, this.#nextReliable());
    packet.set(payload, PACKET_HEADER_BYTES);
    if (this.#unconfirmed === undefined && this.#waiting.length === 0) {
      if (this.#transmit(packet, sendType)) return;
      this.#countRetry(riders);
      this.#queue({ packet: packet.slice(), sendType, riders });
      return;
    }
    this.#give({ packet: packet.slice(), sendType, riders });
  }

  #sendFragments(code: number, payload: Uint8Array, route: Route, type: Counters | undefined): void {
    const sequence = this.#nextUnreliable();
    this.#route = route;
    splitIntoFragments(code, payload, (fragment) => {
      this.#unreliable.append(Code.Control, fragment);
      this.#unreliableRiders.add(route.counters, type);
      this.#giveUnreliable(this.#unreliable.take(this.#tag, sequence));
    });
  }

  #closeReliable(): void {
    if (this.#reliable.isEmpty) return;
    const sendType = this.#mayWait ? SendType.ReliableWithBuffering : SendType.Reliable;
    this.#mayWait = true;
    this.#hasCompressed = false;
    const packet = this.#reliable.take(this.#tag, this.#nextReliable());
    if (this.#unconfirmed === undefined && this.#waiting.length === 0) {
      if (this.#transmit(packet, sendType)) {
        this.#reliableRiders.clear();
        return;
      }
      this.#refuse(this.#reliableRiders);
      this.#queue({ packet: packet.slice(), sendType, riders: this.#reliableRiders.take() });
      return;
    }
    this.#give({ packet: packet.slice(), sendType, riders: this.#reliableRiders.take() });
  }

  #closeUnreliable(): void {
    if (this.#unreliable.isEmpty) return;
    this.#hasUnreliableCompressed = false;
    this.#giveUnreliable(this.#unreliable.take(this.#tag, this.#nextUnreliable()));
  }

  /**
   * One packet of latest messages, behind what is in the unreliable packet already. They stay what they are, replaceable, when Steam
   * refuses it. True when there may be more.
   */
  #sendLatestPacket(): boolean {
    const { first } = this.#latest;
    if (first === undefined) return false;
    const isLone = this.#unreliable.isEmpty;
    if (isLone && !this.#unreliable.fits(first.bytes.length)) return this.#sendLatestFragments(first);
    const route = isLone || this.#route === undefined ? first.route : this.#route;
    const firmBytes = this.#unreliable.pendingBytes;
    const firmRiders = this.#unreliableRiders.size;
    this.#latest.load(route, this.#unreliable, this.#unreliableRiders, this.#hasUnreliableCompressed);
    this.#hasUnreliableCompressed = false;
    const packet = this.#unreliable.take(this.#tag, this.#unreliableSequence);
    if (this.#transmit(packet, route.sendType, route.steamChannel)) {
      this.#nextUnreliable();
      this.#unreliableRiders.clear();
      this.#latest.unload(countLatest);
      return true;
    }
    this.#refuse(this.#unreliableRiders);
    this.#latest.unload(undefined);
    const riders = this.#unreliableRiders.take(firmRiders);
    if (!isLone) {
      this.#nextUnreliable();
      // Cut off behind the last frame that was there before: a packet of many may hold one.
      const { sendType, steamChannel } = route;
      this.#queueUnreliable({ packet: packet.slice(0, firmBytes), sendType, steamChannel, riders });
    }
    return false;
  }

  /** The first of its fragments decides: Steam refuses it, or the message is on its way. */
  #sendLatestFragments(message: LatestMessage): boolean {
    const { code, bytes, route, type } = message;
    const sequence = this.#unreliableSequence;
    let state: 'new' | 'going' | 'refused' = 'new';
    this.#route = route;
    splitIntoFragments(code, bytes, (fragment) => {
      if (state === 'refused') return;
      this.#unreliable.append(Code.Control, fragment);
      this.#unreliableRiders.add(route.counters, type);
      const packet = this.#unreliable.take(this.#tag, sequence);
      if (state === 'going') {
        this.#giveUnreliable(packet);
      } else if (this.#transmit(packet, route.sendType, route.steamChannel)) {
        this.#unreliableRiders.clear();
        state = 'going';
      } else {
        this.#refuse(this.#unreliableRiders);
        this.#unreliableRiders.clear();
        state = 'refused';
      }
    });
    if ((state as string) === 'refused') return false;
    this.#nextUnreliable();
    countLatest(message);
    this.#latest.remove(message);
    return true;
  }

  /** Sends or queues a packet that nobody else writes to. */
  #give(waiting: Waiting): void {
    if (this.#waiting.length > 0 || !this.#try(waiting)) this.#queue(waiting);
  }

  #queue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += waiting.packet.length;
  }

  #try(waiting: Waiting): boolean {
    const unconfirmed = this.#unconfirmed;
    if (unconfirmed !== undefined && unconfirmed.length >= MAX_UNCONFIRMED) return false;
    if (!this.#transmitAgain(waiting)) return false;
    if (!waiting.isHello) unconfirmed?.push(waiting);
    return true;
  }

  #transmitAgain({ packet, sendType, steamChannel, riders }: Waiting): boolean {
    if (this.#transmit(packet, sendType, steamChannel)) return true;
    this.#countRetry(riders);
    return false;
  }

  #countRetry(riders: readonly Counters[]): void {
    this.retries++;
    for (const counters of riders) counters.retries++;
  }

  #refuse(riders: Riders): void {
    this.retries++;
    riders.refuse();
  }

  /** Sends or queues the unreliable packet that was just written. */
  #giveUnreliable(packet: Uint8Array): void {
    const { sendType, steamChannel } = this.#route as Route;
    if (this.#waitingUnreliable.length === 0) {
      if (this.#transmit(packet, sendType, steamChannel)) {
        this.#unreliableRiders.clear();
        return;
      }
      this.#refuse(this.#unreliableRiders);
    }
    this.#queueUnreliable({ packet: packet.slice(), sendType, steamChannel, riders: this.#unreliableRiders.take() });
  }

  #queueUnreliable(waiting: Waiting): void {
    this.#waitingUnreliable.push(waiting);
    if (this.#waitingUnreliable.length <= UNRELIABLE_QUEUE) return;
    this.dropped++;
    for (const counters of this.#waitingUnreliable.shift()?.riders ?? []) counters.dropped++;
  }

  #nextReliable(): number {
    const sequence = this.#reliableSequence;
    this.#reliableSequence = (sequence + 1) & SEQUENCE_MASK;
    return sequence;
  }

  #nextUnreliable(): number {
    const sequence = this.#unreliableSequence;
    this.#unreliableSequence = (sequence + 1) & SEQUENCE_MASK;
    return sequence;
  }
}

/** Unlike others, a latest message is counted when it goes: until then it may be replaced. */
function countLatest({ messageBytes, route, type }: LatestMessage): void {
  countSent(messageBytes, false, route, type);
}

/** Sends from the front what goes, and returns the bytes of it. */
function drain(queue: Waiting[], send: (waiting: Waiting) => boolean): number {
  let sent = 0;
  let bytes = 0;
  for (const waiting of queue) {
    if (!send(waiting)) break;
    sent++;
    bytes += waiting.packet.length;
  }
  if (sent > 0) queue.splice(0, sent);
  return bytes;
}
