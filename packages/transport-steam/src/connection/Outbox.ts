import { SendType } from '../driver/SteamDriver.ts';
import { CHUNK_BYTES, splitIntoChunks } from '../wire/chunks.ts';
import { splitIntoFragments } from '../wire/Fragments.ts';
import { PacketWriter } from '../wire/PacketWriter.ts';
import { Code, Lane, MAX_UNCONFIRMED, PACKET_HEADER_BYTES, SEQUENCE_MASK, writePacketHeader } from '../wire/packet.ts';

/** Gives a packet to Steam, which has copied it when this returns. False: not now. */
export type Transmit = (packet: Uint8Array, sendType: SendType) => boolean;

/** Unreliable packets that wait for Steam, at most: what is older than these is stale. */
const UNRELIABLE_QUEUE = 64;

interface Waiting {
  readonly packet: Uint8Array;
  readonly sendType: SendType;
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
  /** Whether all frames in the reliable packet may wait (Nagle): one that may not takes the others along. */
  #mayWait = true;
  readonly #unreliable = new PacketWriter(Lane.Unreliable);
  readonly #unreliableNoDelay = new PacketWriter(Lane.Unreliable);
  #reliableSequence = 0;
  #unreliableSequence = 0;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #waitingUnreliable: Waiting[] = [];
  /** The reliable packets sent so far, until the peer is known to have the session: see {@link repeat}. */
  #unconfirmed: Waiting[] | undefined = [];

  /** Unreliable packets thrown away because Steam took none. */
  dropped = 0;

  constructor(tag: number, transmit: Transmit) {
    this.#tag = tag;
    this.#transmit = transmit;
  }

  /** Reliable bytes that Steam has not taken. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#reliable.pendingBytes;
  }

  /** The number of the next unreliable packet: what is sent from now on has this one, or a later one. */
  get unreliableSequence(): number {
    return this.#unreliableSequence;
  }

  /** Nothing is left to give to Steam. */
  get isEmpty(): boolean {
    return (
      this.#waiting.length === 0 &&
      this.#waitingUnreliable.length === 0 &&
      this.#reliable.isEmpty &&
      this.#unreliable.isEmpty &&
      this.#unreliableNoDelay.isEmpty
    );
  }

  /** A hello, in its place in the reliable stream. Takes the packet over. */
  sendHello(packet: Uint8Array): void {
    this.#closeReliable();
    this.#give({ packet, sendType: SendType.Reliable, isHello: true });
  }

  sendReliable(code: number, payload: Uint8Array, mayWait = false): void {
    if (!this.#reliable.fits(payload.length)) {
      this.#closeReliable();
      if (!this.#reliable.fits(payload.length)) {
        this.#sendLarge(code, payload, mayWait);
        return;
      }
    }
    this.#mayWait &&= mayWait;
    this.#reliable.append(code, payload);
  }

  /** The payload must fit one packet, or the fragments of one message (`wire/Fragments.ts`). */
  sendUnreliable(code: number, payload: Uint8Array, noDelay: boolean): void {
    const writer = noDelay ? this.#unreliableNoDelay : this.#unreliable;
    const sendType = noDelay ? SendType.UnreliableNoDelay : SendType.Unreliable;
    // What was said first gets the lower number: the receiver drops what comes after a higher one.
    if (noDelay) this.#closeUnreliable(this.#unreliable, SendType.Unreliable);
    else this.#closeUnreliable(this.#unreliableNoDelay, SendType.UnreliableNoDelay);
    if (!writer.fits(payload.length)) {
      this.#closeUnreliable(writer, sendType);
      if (!writer.fits(payload.length)) {
        const sequence = this.#nextUnreliable();
        splitIntoFragments(code, payload, (fragment) => {
          writer.append(Code.Control, fragment);
          this.#giveUnreliable(writer.take(this.#tag, sequence), sendType);
        });
        return;
      }
    }
    writer.append(code, payload);
  }

  /** Gives everything to Steam that it takes now. True when nothing waits any more. */
  flush(): boolean {
    this.#closeReliable();
    this.#closeUnreliable(this.#unreliableNoDelay, SendType.UnreliableNoDelay);
    this.#closeUnreliable(this.#unreliable, SendType.Unreliable);
    this.#waitingBytes -= drain(this.#waiting, (waiting) => this.#try(waiting));
    drain(this.#waitingUnreliable, ({ packet, sendType }) => this.#transmit(packet, sendType));
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
    this.#unreliable.clear();
    this.#unreliableNoDelay.clear();
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#waitingUnreliable.length = 0;
    this.#unconfirmed = undefined;
  }

  #sendLarge(code: number, payload: Uint8Array, mayWait: boolean): void {
    if (payload.length > CHUNK_BYTES) {
      splitIntoChunks(code, payload, (chunk) => this.#sendAlone(Code.Control, chunk, mayWait));
    } else {
      this.#sendAlone(code, payload, mayWait);
    }
  }

  #sendAlone(code: number, payload: Uint8Array, mayWait: boolean): void {
    const packet = new Uint8Array(PACKET_HEADER_BYTES + payload.length);
    writePacketHeader(packet, 0, Lane.Reliable, code, this.#tag, this.#nextReliable());
    packet.set(payload, PACKET_HEADER_BYTES);
    this.#give({ packet, sendType: mayWait ? SendType.ReliableWithBuffering : SendType.Reliable });
  }

  #closeReliable(): void {
    if (this.#reliable.isEmpty) return;
    const sendType = this.#mayWait ? SendType.ReliableWithBuffering : SendType.Reliable;
    this.#mayWait = true;
    const packet = this.#reliable.take(this.#tag, this.#nextReliable());
    if (this.#unconfirmed === undefined && this.#waiting.length === 0 && this.#transmit(packet, sendType)) return;
    this.#give({ packet: packet.slice(), sendType });
  }

  #closeUnreliable(writer: PacketWriter, sendType: SendType): void {
    if (!writer.isEmpty) this.#giveUnreliable(writer.take(this.#tag, this.#nextUnreliable()), sendType);
  }

  /** Sends or queues a packet that nobody else writes to. */
  #give(waiting: Waiting): void {
    if (this.#waiting.length === 0 && this.#try(waiting)) return;
    this.#waiting.push(waiting);
    this.#waitingBytes += waiting.packet.length;
  }

  #try(waiting: Waiting): boolean {
    const unconfirmed = this.#unconfirmed;
    if (unconfirmed !== undefined && unconfirmed.length >= MAX_UNCONFIRMED) return false;
    if (!this.#transmit(waiting.packet, waiting.sendType)) return false;
    if (!waiting.isHello) unconfirmed?.push(waiting);
    return true;
  }

  #giveUnreliable(packet: Uint8Array, sendType: SendType): void {
    if (this.#waitingUnreliable.length === 0 && this.#transmit(packet, sendType)) return;
    this.#waitingUnreliable.push({ packet: packet.slice(), sendType });
    if (this.#waitingUnreliable.length > UNRELIABLE_QUEUE) {
      this.#waitingUnreliable.shift();
      this.dropped++;
    }
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
