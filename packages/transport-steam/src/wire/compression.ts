import { brotliCompressSync, brotliDecompressSync, constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { WholeFrame } from './chunks.ts';
import { ControlType, REQUEST_HEADER_BYTES } from './control.ts';
import { Code } from './packet.ts';

/**
 * A frame whose payload is worth it travels compressed, inside a control frame of its own, on either lane:
 *
 *   0d | code | plain length u32 | compressed bytes
 *
 * The algorithm is not said: a session has one, which both hellos named, or none.
 */
export const Compression = {
  None: 0,
  /** RFC 1951, without a header. */
  Deflate: 1,
  /** RFC 7932. */
  Brotli: 2,
} as const;
export type Compression = (typeof Compression)[keyof typeof Compression];

const COMPRESSED_HEADER_BYTES = 6;

/**
 * A frame grows to no more than this many times what was received for it: else a few bytes a packet would keep a receiver busy. The
 * fastest level of deflate never does better; what brotli packs tighter goes as it is.
 */
export const MAX_RATIO = 256;

/** The fastest: games send while they have a frame to draw. */
const DEFLATE_LEVEL = 1;

/** Smaller than deflate in about twice its time; the levels above cost much and save little. */
const BROTLI_QUALITY = 4;

/** Whether a frame holds another, compressed one. */
export function isCompressed(code: number, payload: Uint8Array): boolean {
  return code === Code.Control && payload[0] === ControlType.Compressed;
}

/**
 * The payload of the control frame that holds this frame. It may be larger than what it holds. Undefined when the receiver would not take it: it is
 * compressed beyond {@link MAX_RATIO}. `compressed` is the payload's, for who has it already.
 */
export function encodeCompressed(
  algorithm: Compression,
  code: number,
  payload: Uint8Array,
  compressed: Uint8Array = compress(algorithm, payload),
): Uint8Array | undefined {
  if (payload.length > MAX_RATIO * (COMPRESSED_HEADER_BYTES + compressed.length)) return undefined;
  return new ByteWriter(COMPRESSED_HEADER_BYTES + compressed.length)
    .u8(ControlType.Compressed)
    .u8(code)
    .u32(payload.length)
    .bytes(compressed)
    .finish();
}

/**
 * The frame that was compressed: data, a request or a response. Undefined when it cannot be right, or is over the limit. No more is
 * made of it than the length that it announces, which is checked before.
 */
export function decodeCompressed(algorithm: Compression, payload: Uint8Array, maxMessageBytes: number): WholeFrame | undefined {
  const reader = new ByteReader(payload, 1);
  const code = reader.u8();
  const plainBytes = reader.u32();
  const compressed = reader.rest();
  const maxBytes = code === Code.Control ? maxMessageBytes + REQUEST_HEADER_BYTES : maxMessageBytes;
  if (reader.failed || code >= Code.Many || plainBytes === 0) return undefined;
  if (plainBytes > maxBytes || plainBytes > MAX_RATIO * payload.length) return undefined;
  const plain = decompress(algorithm, compressed, plainBytes);
  if (plain === undefined) return undefined;
  const isAllowed = code !== Code.Control || plain[0] === ControlType.Request || plain[0] === ControlType.Response;
  return isAllowed ? { code, payload: plain } : undefined;
}

/** @returns what `decodeCompressed` takes behind its header; None is no algorithm */
export function compress(algorithm: Compression, bytes: Uint8Array): Uint8Array {
  if (algorithm === Compression.Deflate) return deflateRawSync(bytes, { level: DEFLATE_LEVEL });
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** Undefined unless these bytes, all of them, make exactly `plainBytes`. */
function decompress(algorithm: Compression, bytes: Uint8Array, plainBytes: number): Uint8Array | undefined {
  if (algorithm === Compression.None) return undefined;
  const inflate = algorithm === Compression.Deflate ? inflateRawSync : brotliDecompressSync;
  // One byte of room behind: zlib asks for a second buffer when the first is full. With `info` it tells what it has read.
  const options = { maxOutputLength: plainBytes, chunkSize: Math.max(plainBytes + 1, constants.Z_MIN_CHUNK), info: true };
  try {
    const { buffer, engine } = inflate(bytes, options) as unknown as Inflated;
    if (buffer.length !== plainBytes || engine.bytesWritten !== bytes.length) return undefined;
    // No Buffer: the slice() of one is no copy.
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  } catch {
    return undefined;
  }
}

/** What zlib returns with `info`, of which its types know nothing. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
