import { COALESCED_BYTES, Code, FRAME_HEADER_BYTES, type Lane, PACKET_HEADER_BYTES, writePacketHeader } from './packet.ts';

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
  readonly #buffer = new Uint8Array(COALESCED_BYTES + FRAME_HEADER_BYTES);
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
    const header = (code << 11) | payload.length;
    this.#buffer[this.#length] = header >> 8;
    this.#buffer[this.#length + 1] = header & 0xff;
    this.#buffer.set(payload, this.#length + FRAME_HEADER_BYTES);
    this.#length += FRAME_HEADER_BYTES + payload.length;
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
}
