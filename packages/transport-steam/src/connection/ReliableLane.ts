import { SendType } from '../driver/SteamDriver.ts';
import { CHUNK_BYTES, CHUNK_HEADER_BYTES, splitIntoChunks } from '../wire/chunks.ts';
import { isCompressed } from '../wire/compression.ts';
import { PacketWriter } from '../wire/PacketWriter.ts';
import { Code, Lane, MAX_UNCONFIRMED, PACKET_HEADER_BYTES, SEQUENCE_MASK, writePacketHeader } from '../wire/packet.ts';
import type { Transmit } from './Outbox.ts';
import { Riders } from './Riders.ts';
import type { Counters, Route } from './traffic.ts';
import { type WaitingPacket, WaitingPackets } from './WaitingPackets.ts';

/** What goes alone is written here, of all sessions: Steam has copied it before the next one comes. A chunk is the largest. */
const largePacket = new Uint8Array(PACKET_HEADER_BYTES + CHUNK_HEADER_BYTES + CHUNK_BYTES);

/** The reliable half of an {@link Outbox}: in order, and repeated until the peer is known to have the session. */
export class ReliableLane {
  readonly #tag: number;
  readonly #transmit: Transmit;
  readonly #writer = new PacketWriter(Lane.Reliable);
  readonly #riders = new Riders();
  /** Whether all frames in the packet may wait (Nagle): one that may not takes the others along. */
  #mayWait = true;
  /** A packet holds one compressed frame at most: a receiver takes no more. */
  #hasCompressed = false;
  #sequence = 0;
  readonly #waiting: WaitingPackets;
  /** The packets sent so far, until the peer is known to have the session: see {@link repeat}. */
  #unconfirmed: WaitingPacket[] | undefined = [];

  constructor(tag: number, transmit: Transmit) {
    this.#tag = tag;
    this.#transmit = transmit;
    this.#waiting = new WaitingPackets(transmit);
  }

  /** Bytes that Steam has not taken. */
  get queuedBytes(): number {
    return this.#waiting.bytes + this.#writer.pendingBytes;
  }

  /** How often Steam took a packet not at once. */
  get retries(): number {
    return this.#waiting.retries;
  }

  /** Nothing is left to give to Steam. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#writer.isEmpty;
  }

  /** A hello, in its place in the stream. Takes the packet over. */
  sendHello(packet: Uint8Array): void {
    this.#close();
    this.#give({ packet, sendType: SendType.Reliable, riders: [], isHello: true });
  }

  /** On the way of a reliable route; of an unreliable one, what is too large for it. */
  send(code: number, payload: Uint8Array, { sendType, counters }: Route, type?: Counters): void {
    const mayWait = sendType === SendType.ReliableWithBuffering;
    const isPacked = isCompressed(code, payload);
    if (!this.#writer.fits(payload.length) || (isPacked && this.#hasCompressed)) {
      this.#close();
      if (!this.#writer.fits(payload.length)) {
        this.#sendLarge(code, payload, mayWait, type === undefined ? [counters] : [counters, type]);
        return;
      }
    }
    this.#mayWait &&= mayWait;
    this.#hasCompressed ||= isPacked;
    this.#writer.append(code, payload);
    this.#riders.add(counters, type);
  }

  /** Gives everything to Steam that it takes now. */
  flush(): void {
    this.#close();
    if (this.#waiting.size > 0) this.#waiting.drain((waiting) => this.#try(waiting));
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
    this.#writer.clear();
    this.#hasCompressed = false;
    this.#riders.clear();
    this.#waiting.clear();
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
    writePacketHeader(packet, 0, Lane.Reliable, code, this.#tag, this.#nextSequence());
    packet.set(payload, PACKET_HEADER_BYTES);
    if (this.#unconfirmed === undefined && this.#waiting.size === 0) {
      if (this.#transmit(packet, sendType)) return;
      this.#waiting.countRetry(riders);
      this.#waiting.add({ packet: packet.slice(), sendType, riders });
      return;
    }
    this.#give({ packet: packet.slice(), sendType, riders });
  }

  /** Gives the packet to Steam that is being written. */
  #close(): void {
    if (this.#writer.isEmpty) return;
    const sendType = this.#mayWait ? SendType.ReliableWithBuffering : SendType.Reliable;
    this.#mayWait = true;
    this.#hasCompressed = false;
    const packet = this.#writer.take(this.#tag, this.#nextSequence());
    if (this.#unconfirmed === undefined && this.#waiting.size === 0) {
      if (this.#transmit(packet, sendType)) {
        this.#riders.clear();
        return;
      }
      this.#waiting.refuse(this.#riders);
      this.#waiting.add({ packet: packet.slice(), sendType, riders: this.#riders.take() });
      return;
    }
    this.#give({ packet: packet.slice(), sendType, riders: this.#riders.take() });
  }

  /** Sends or queues a packet that nobody else writes to. */
  #give(waiting: WaitingPacket): void {
    if (this.#waiting.size > 0 || !this.#try(waiting)) this.#waiting.add(waiting);
  }

  #try(waiting: WaitingPacket): boolean {
    const unconfirmed = this.#unconfirmed;
    if (unconfirmed !== undefined && unconfirmed.length >= MAX_UNCONFIRMED) return false;
    if (!this.#waiting.transmit(waiting)) return false;
    if (!waiting.isHello) unconfirmed?.push(waiting);
    return true;
  }

  #nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & SEQUENCE_MASK;
    return sequence;
  }
}
