import { COALESCED_BYTES, Code, FRAME_HEADER_BYTES, type Lane, PACKET_HEADER_BYTES, writePacketHeader } from './packet.ts';

/** Every session has two writers, and those who are idle write heartbeats. */
const LEAST_BUFFER_BYTES = 64;

/** As many as a packet has in either form. */
const MOST_BUFFER_BYTES = COALESCED_BYTES + FRAME_HEADER_BYTES;

const NO_BUFFER = new Uint8Array();

/**
 * Puts the frames of one turn into as few packets as fit.
 *
 * The first frame is written behind room for two headers, so that the packet can become either of its two forms without moving a byte:
 *
 *   many   [packet header 3][frame header 2][payload]…     from 0
 *   lone        [packet header 3           ][payload]      from 2
 */
export class PacketWriter {
  readonly #lane: Lane;
  #buffer = NO_BUFFER;
  /** Bytes of the packet in its `many` form; 0 while empty. */
  #length = 0;
  #frames = 0;
  #firstCode = 0;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  get isEmpty(): boolean {
    return this.#frames === 0;
  }

  /** Bytes that wait here, headers included. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** Whether a frame of `bytes` can join the packet. One that does not fit an empty writer fits no coalesced packet at all. */
  fits(bytes: number): boolean {
    return this.#frames === 0
      ? PACKET_HEADER_BYTES + bytes <= COALESCED_BYTES
      : this.#length + FRAME_HEADER_BYTES + bytes <= COALESCED_BYTES;
  }

  /** Copies the frame in. The caller has asked {@link fits}. */
  append(code: number, payload: Uint8Array): void {
    if (this.#frames === 0) {
      this.#firstCode = code;
      this.#length = PACKET_HEADER_BYTES;
    }
    const end = this.#length + FRAME_HEADER_BYTES + payload.length;
    if (end > this.#buffer.length) this.#grow(end);
    const header = (code << 11) | payload.length;
    this.#buffer[this.#length] = header >> 8;
    this.#buffer[this.#length + 1] = header & 0xff;
    this.#buffer.set(payload, this.#length + FRAME_HEADER_BYTES);
    this.#length = end;
    this.#frames++;
  }

  /** The packet, and an empty writer. The bytes are a view that the next {@link append} writes over. */
  take(tag: number, sequence: number): Uint8Array {
    const lone = this.#frames === 1;
    const start = lone ? FRAME_HEADER_BYTES : 0;
    writePacketHeader(this.#buffer, start, this.#lane, lone ? this.#firstCode : Code.Many, tag, sequence);
    const packet = this.#buffer.subarray(start, this.#length);
    this.clear();
    return packet;
  }

  clear(): void {
    this.#length = 0;
    this.#frames = 0;
  }

  #grow(bytes: number): void {
    const wanted = Math.max(bytes, this.#buffer.length * 2, LEAST_BUFFER_BYTES);
    const larger = new Uint8Array(Math.min(wanted, MOST_BUFFER_BYTES));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
