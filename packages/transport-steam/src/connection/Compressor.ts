import { Compression, compress, encodeCompressed } from '../wire/compression.ts';
import { COALESCED_BYTES, Code, PACKET_HEADER_BYTES } from '../wire/packet.ts';
import type { ResolvedCompression } from './compressionOptions.ts';

/** A frame must become smaller by at least this share: what saves less is not worth the receiver's time. */
const LEAST_SAVING = 0.05;

/** The largest payload of a lone packet on the unreliable lane. */
const PACKET_BYTES = COALESCED_BYTES - PACKET_HEADER_BYTES;

/** What goes on the wire: the frame itself, or the one that holds it compressed. */
export interface OutgoingFrame {
  readonly code: number;
  readonly payload: Uint8Array;
}

/** What was compressed for one session, for the others that the same bytes go to. */
const forAll = new WeakMap<Uint8Array, { readonly algorithm: Compression; readonly compressed: Uint8Array }>();

/** Decides which frames of one session go compressed, and makes them so. */
export class Compressor {
  readonly #options: ResolvedCompression;
  /** What both sides agreed on: nothing before the peer has said hello. */
  #algorithm: Compression = Compression.None;

  /** Bytes of the frames that were compressed, before it. */
  from = 0;
  /** And after it. */
  to = 0;

  constructor(options: ResolvedCompression) {
    this.#options = options;
  }

  agree(algorithm: Compression): void {
    this.#algorithm = algorithm;
  }

  /**
   * Data, a request or a response; other control frames never come here. `isShared`: the payload is never written to again, and may go to
   * others.
   */
  pack(code: number, payload: Uint8Array, sentAs: 'reliable' | 'unreliable', isShared = false): OutgoingFrame {
    const isUnreliable = sentAs === 'unreliable';
    const { thresholdBytes, unreliable } = this.#options;
    const plain = { code, payload };
    if (this.#algorithm === Compression.None || payload.length < thresholdBytes || (isUnreliable && !unreliable)) return plain;
    const compressed = isShared ? this.#compressForAll(payload) : undefined;
    const packed = encodeCompressed(this.#algorithm, code, payload, compressed);
    if (packed === undefined || !isWorthIt(payload.length, packed.length, isUnreliable)) return plain;
    return { code: Code.Control, payload: packed };
  }

  #compressForAll(payload: Uint8Array): Uint8Array {
    const known = forAll.get(payload);
    if (known?.algorithm === this.#algorithm) return known.compressed;
    const compressed = compress(this.#algorithm, payload);
    forAll.set(payload, { algorithm: this.#algorithm, compressed });
    return compressed;
  }

  /** What {@link pack} made of a payload of so many bytes is on its way. */
  count(bytes: number, { payload }: OutgoingFrame): void {
    // Nothing is packed into as many bytes.
    if (payload.length === bytes) return;
    this.from += bytes;
    this.to += payload.length;
  }
}

function isWorthIt(from: number, to: number, isUnreliable: boolean): boolean {
  // One packet in place of fragments, of which a single lost one loses the message.
  if (isUnreliable && from > PACKET_BYTES && to <= PACKET_BYTES) return true;
  return to <= from * (1 - LEAST_SAVING);
}
