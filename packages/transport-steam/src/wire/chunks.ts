import { ByteReader, ByteWriter } from './bytes.ts';
import { ControlType, REQUEST_HEADER_BYTES } from './control.ts';

/**
 * A frame too large for one reliable packet travels as chunks, one behind the other in the ordered stream.
 *
 *   first chunk   0b | flags | code | total u32 | bytes
 *   the others    0b | flags | bytes
 */
const ChunkFlag = { First: 0x01, Last: 0x02 } as const;

/** Bytes of a frame in one chunk. Far below Steam's 1 MiB, so that a queue which is nearly full can still take one. */
export const CHUNK_BYTES = 65_536;

/** Of the first one, which has the longest. */
export const CHUNK_HEADER_BYTES = 7;

/** Calls `emit` with the payload of each chunk frame. */
export function splitIntoChunks(code: number, payload: Uint8Array, emit: (chunk: Uint8Array) => void): void {
  for (let at = 0; at < payload.length; at += CHUNK_BYTES) {
    const data = payload.subarray(at, at + CHUNK_BYTES);
    const first = at === 0 ? ChunkFlag.First : 0;
    const last = at + CHUNK_BYTES >= payload.length ? ChunkFlag.Last : 0;
    const writer = new ByteWriter(data.length + CHUNK_HEADER_BYTES).u8(ControlType.Chunk).u8(first | last);
    if (first) writer.u8(code).u32(payload.length);
    emit(writer.bytes(data).finish());
  }
}

/** A frame put together again. */
export interface WholeFrame {
  readonly code: number;
  readonly payload: Uint8Array;
}

/** Puts chunks together again: one frame at a time, as the stream is ordered. */
export class ChunkAssembler {
  readonly #maxBytes: number;
  #code = 0;
  #frame: Uint8Array | undefined;
  #filled = 0;

  /** `maxMessageBytes` limits a message, and the content of a request: its frame is a little larger. */
  constructor(maxMessageBytes: number) {
    this.#maxBytes = maxMessageBytes + REQUEST_HEADER_BYTES;
  }

  /** Bytes held for a frame that is not complete. */
  get heldBytes(): number {
    return this.#frame?.length ?? 0;
  }

  /** The frame when this chunk completes it; `partial` when more must come; `malformed` when it cannot be right, or is over the limit. */
  accept(payload: Uint8Array): WholeFrame | 'partial' | 'malformed' {
    const reader = new ByteReader(payload, 1);
    const flags = reader.u8();
    if (((flags & ChunkFlag.First) !== 0) === (this.#frame !== undefined)) return this.#fail();
    if (flags & ChunkFlag.First) {
      this.#code = reader.u8();
      const total = reader.u32();
      if (reader.failed || total > this.#maxBytes) return this.#fail();
      this.#frame = new Uint8Array(total);
    }
    const data = reader.rest();
    const frame = this.#frame;
    if (frame === undefined || data.length === 0 || this.#filled + data.length > frame.length) return this.#fail();
    frame.set(data, this.#filled);
    this.#filled += data.length;
    const complete = this.#filled === frame.length;
    if (complete !== ((flags & ChunkFlag.Last) !== 0)) return this.#fail();
    if (!complete) return 'partial';
    this.clear();
    return { code: this.#code, payload: frame };
  }

  clear(): void {
    this.#frame = undefined;
    this.#filled = 0;
  }

  #fail(): 'malformed' {
    this.clear();
    return 'malformed';
  }
}
