import { ChunkAssembler, type WholeFrame } from '../wire/chunks.ts';
import { Compression, decodeCompressed, isCompressed } from '../wire/compression.ts';
import { ControlType } from '../wire/control.ts';
import { Fragments } from '../wire/Fragments.ts';
import {
  COALESCED_BYTES,
  CODE_MASK,
  Code,
  isReliablePacket,
  MAX_UNCONFIRMED,
  PACKET_HEADER_BYTES,
  readFrames,
  SEQUENCE_MASK,
  sequenceOf,
  tagOf,
} from '../wire/packet.ts';
import type { SessionContext } from './context.ts';
import { WORK_BYTES } from './InboundBudget.ts';

/** Where a frame came from: the packet that it was in, or the last of its fragments. */
export interface Origin {
  readonly reliable: boolean;
  readonly sequence: number;
  /** Tells one packet from another with the same sequence number: a packet may hold several frames of one connection. */
  readonly packet: number;
  readonly now: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Takes a whole frame; `origin` is written over by the next packet. False when it cannot be right. */
export type FrameHandler = (code: number, payload: Uint8Array, origin: Origin) => boolean;

/**
 * - `taken`: it was of this session, and all is well.
 * - `stale`: it belongs to another session, older or newer.
 * - `malformed`: an unreliable packet that cannot be right. It alone is lost.
 * - a text: the reliable stream is broken, and why. Nothing that comes after can be trusted.
 */
export type Verdict = 'taken' | 'stale' | 'malformed' | { readonly breach: string };

/** Everything that comes from one peer in one session: packets in, whole frames out, each reliable one once and in order. */
export class Inbox {
  readonly #maxMessageBytes: number;
  readonly #handle: FrameHandler;
  readonly #budget: Pick<SessionContext, 'spend' | 'fine'>;
  readonly #chunks: ChunkAssembler;
  /** Made with the first one: most sessions of a host have none. */
  #fragments: Fragments | undefined;
  #tag = -1;
  /** Reliable packets taken so far: the next one has this number, on the ring. */
  #taken = 0;
  #packets = 0;
  /** Of the packet that is being read. */
  #reading: Writable<Origin> | undefined;
  /** Used for every packet: one is read after the other. */
  readonly #origin: Writable<Origin> = { reliable: false, sequence: 0, packet: 0, now: 0 };
  #compression: Compression = Compression.None;
  /** The last packet that made a compressed frame whole. */
  #inflated = -1;

  /** `budget` is asked before what was decompressed is read: false when it is too much. */
  constructor(maxMessageBytes: number, budget: Pick<SessionContext, 'spend' | 'fine'>, handle: FrameHandler) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#budget = budget;
    this.#handle = handle;
    this.#chunks = new ChunkAssembler(maxMessageBytes);
  }

  /** The tag in the peer's packets; -1 before he has said hello. */
  get tag(): number {
    return this.#tag;
  }

  /** Bytes held for messages that are not complete. */
  get heldBytes(): number {
    return this.#chunks.heldBytes + (this.#fragments?.heldBytes ?? 0);
  }

  /** Unreliable messages that were dropped unfinished, because more were begun than are held. */
  get evicted(): number {
    return this.#fragments?.evicted ?? 0;
  }

  /** From now on packets with this tag are read. `compression` is what both sides agreed on. */
  open(tag: number, compression: Compression): void {
    this.#tag = tag;
    this.#compression = compression;
  }

  receive(packet: Uint8Array, now: number): Verdict {
    if (packet.length < PACKET_HEADER_BYTES || tagOf(packet) !== this.#tag) return 'stale';
    const reliable = isReliablePacket(packet);
    const sequence = sequenceOf(packet);
    const isMany = ((packet[0] as number) & CODE_MASK) === Code.Many;
    if (packet.length > COALESCED_BYTES && (isMany || !reliable)) {
      // Nobody coalesces more, and frames cost by number, not by size.
      return reliable ? { breach: `a packet of many frames has ${packet.length} bytes` } : 'malformed';
    }
    if (reliable) {
      const expected = this.#taken & SEQUENCE_MASK;
      if (sequence !== expected) {
        // The beginning was repeated, and we have it.
        if (this.#taken <= MAX_UNCONFIRMED && sequence < this.#taken) return 'taken';
        return { breach: `reliable packets are missing: ${sequence} came in place of ${expected}` };
      }
      this.#taken++;
    } else {
      this.#fragments?.pass(sequence);
    }
    if (this.#read(packet, reliable, sequence, now)) return 'taken';
    return reliable ? { breach: 'a malformed packet came' } : 'malformed';
  }

  tick(now: number): void {
    this.#fragments?.tick(now);
  }

  clear(): void {
    this.#chunks.clear();
    this.#fragments?.clear();
  }

  #read(packet: Uint8Array, reliable: boolean, sequence: number, now: number): boolean {
    const outer = this.#reading;
    // Unless the game polls in a handler.
    const origin = outer === undefined ? this.#origin : { ...outer };
    origin.reliable = reliable;
    origin.sequence = sequence;
    origin.packet = this.#packets++;
    origin.now = now;
    this.#reading = origin;
    try {
      return readFrames(packet, this.#takeFrame);
    } finally {
      this.#reading = outer;
    }
  }

  readonly #takeFrame = (code: number, payload: Uint8Array): boolean =>
    this.#receiveFrame(code, payload, this.#reading as Origin);

  #receiveFrame(code: number, payload: Uint8Array, origin: Origin): boolean {
    if (code !== Code.Control) return this.#handle(code, payload, origin);
    const type = payload[0];
    if (type === ControlType.Compressed) return this.#receiveCompressed(payload, origin);
    if (!origin.reliable) {
      if (type !== ControlType.Fragment) return false;
      this.#fragments ??= new Fragments(this.#maxMessageBytes);
      return this.#receiveWhole(this.#fragments.accept(origin.sequence, payload, origin.now), origin);
    }
    if (type === ControlType.Chunk) return this.#receiveWhole(this.#chunks.accept(payload), origin);
    return this.#handle(code, payload, origin);
  }

  #receiveWhole(frame: WholeFrame | 'partial' | 'malformed', origin: Origin): boolean {
    if (frame === 'partial') return true;
    if (frame === 'malformed' || frame.code >= Code.Many) return false;
    if (isCompressed(frame.code, frame.payload)) return this.#receiveCompressed(frame.payload, origin);
    const isControl = frame.code === Code.Control;
    if (isControl && (!origin.reliable || frame.payload[0] === ControlType.Chunk)) return false;
    return this.#handle(frame.code, frame.payload, origin);
  }

  /** One a packet: each costs a call of zlib, however small it is. */
  #receiveCompressed(payload: Uint8Array, origin: Origin): boolean {
    if (this.#inflated === origin.packet) return false;
    this.#inflated = origin.packet;
    const frame = decodeCompressed(this.#compression, payload, this.#maxMessageBytes);
    if (frame === undefined) {
      // What zlib cannot read costs it an error with a stack: a hundred times what the packet counted as.
      this.#budget.fine(origin.now);
      return false;
    }
    if (frame.code === Code.Control && !origin.reliable) return false;
    if (!this.#budget.spend(frame.payload.length / WORK_BYTES, origin.now)) return false;
    return this.#handle(frame.code, frame.payload, origin);
  }
}
