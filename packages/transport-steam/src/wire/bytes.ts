const utf8Encoder = new TextEncoder();
/** Text comes out as it went in: a leading U+FEFF is part of it, not a mark to take off. */
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** The text, or undefined when the bytes are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** As much of `text` as fits `maxBytes` of UTF-8, whole characters only. */
export function utf8Truncated(text: string, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(maxBytes);
  const { written } = utf8Encoder.encodeInto(text, bytes);
  return bytes.subarray(0, written);
}

/** Builds a control frame. Grows as needed; not for the hot path. Numbers are big-endian. */
export class ByteWriter {
  #buffer: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 64) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
    return this;
  }

  u64(value: bigint): this {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value);
    this.#length += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Length as u16, then UTF-8. The caller has bounded the text. */
  text16(value: string): this {
    const bytes = utf8(value);
    return this.u16(bytes.length).bytes(bytes);
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/**
 * Reads what a peer wrote. A read past the end gives zero or nothing and sets {@link failed}: decoders check it once, at the end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;
  failed = false;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  u8(): number {
    return this.#take(1) ? (this.#bytes[this.#at - 1] as number) : 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return ((this.u16() << 16) | this.u16()) >>> 0;
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** The next `length` bytes, as a view. */
  bytes(length: number): Uint8Array {
    return this.#take(length) ? this.#bytes.subarray(this.#at - length, this.#at) : this.#bytes.subarray(0, 0);
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** A length as u16, then UTF-8. */
  text16(): string {
    return this.#text(this.bytes(this.u16()));
  }

  /** A length as u8, then UTF-8 of at most `maxBytes`. */
  text8(maxBytes: number): string {
    const bytes = this.bytes(this.u8());
    if (bytes.length > maxBytes) this.failed = true;
    return this.#text(bytes);
  }

  /** All that is left, as UTF-8 of at most `maxBytes`. */
  textRest(maxBytes: number): string {
    const bytes = this.rest();
    if (bytes.length > maxBytes) this.failed = true;
    return this.#text(bytes);
  }

  #text(bytes: Uint8Array): string {
    const text = this.failed ? undefined : utf8Text(bytes);
    if (text === undefined) this.failed = true;
    return text ?? '';
  }

  #take(length: number): boolean {
    if (this.failed || this.#at + length > this.#bytes.length) {
      this.failed = true;
      return false;
    }
    this.#at += length;
    return true;
  }
}
