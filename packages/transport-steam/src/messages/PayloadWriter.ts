import { Fault } from './MessageError.ts';

const FIRST_BYTES = 4096;
/** A scratch buffer that grew beyond this is given back after the message. */
const KEPT_BYTES = 256 * 1024;
/** No message may be larger than this; what carries it has a bound of its own, and a lower one. */
const MAX_BYTES = 0x3fff_ffff;

const SHORT_TEXT = 40;

const encoder = new TextEncoder();

/** Where a message is written to: a scratch buffer for all of them, and the place in it. Numbers are big-endian. */
export class PayloadWriter {
  bytes = new Uint8Array(FIRST_BYTES);
  view = new DataView(this.bytes.buffer);
  at = 0;
  /** Where the byte is that takes the next bit, and that bit; 0x100 when it has taken eight. */
  #bitsAt = 0;
  #bit = 0x100;

  begin(head: Uint8Array | undefined): void {
    this.at = 0;
    this.#bit = 0x100;
    if (head !== undefined) this.raw(head);
  }

  /** What was written since `begin`, in a buffer of its own. */
  finish(): Uint8Array {
    const written = this.bytes.slice(0, this.at);
    if (this.bytes.length > KEPT_BYTES) this.#use(new Uint8Array(FIRST_BYTES));
    return written;
  }

  /** Makes room for as many bytes at `at`. */
  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.#grow(count);
  }

  /** The next bit: of the byte that was begun for bits, or of a new one when that is full. */
  bit(value: boolean): void {
    if (this.#bit === 0x100) {
      this.reserve(1);
      this.#bitsAt = this.at++;
      this.#bit = 1;
      this.bytes[this.#bitsAt] = 0;
    }
    if (value) this.bytes[this.#bitsAt]! |= this.#bit;
    this.#bit <<= 1;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Seven bits a byte, the lowest first; the highest bit says that more follow. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Length as a varint, then UTF-8. Half of a surrogate pair becomes U+FFFD, as everywhere where text is sent. */
  text(value: string, max: number): void {
    const start = this.at;
    // No code unit takes more than three bytes: up to here the length takes one.
    if (value.length * 3 <= 0x7f) {
      // For all of it: the buffer must be the same when the length is known.
      this.reserve(1 + value.length * 3);
      this.at = start + 1;
      this.bytes[start] = this.textRest(value, max);
      return;
    }
    this.varint(value.length);
    const textAt = this.at;
    const written = this.textRest(value, max);
    const longer = varintLength(written) - (textAt - start);
    if (longer > 0) {
      this.reserve(longer);
      this.bytes.copyWithin(textAt + longer, textAt, textAt + written);
    }
    this.at = start;
    this.varint(written);
    this.at += written;
  }

  /** UTF-8 alone, where nothing follows. Returns its length. */
  textRest(value: string, max: number): number {
    // What is too long in code units is too long in bytes: nothing grows for it.
    checkLength(value.length, max, value);
    this.reserve(value.length * 3);
    const start = this.at;
    const written = value.length <= SHORT_TEXT ? this.#shortText(value) : this.#encoded(value);
    checkLength(written, max, value);
    this.at = start + written;
    return written;
  }

  /** A loop is faster than the encoder, as long as all of it is ASCII. */
  #shortText(value: string): number {
    const { bytes, at } = this;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) return this.#encoded(value);
      bytes[at + i] = unit;
    }
    return value.length;
  }

  #encoded(value: string): number {
    return encoder.encodeInto(value, this.bytes.subarray(this.at)).written;
  }

  #grow(count: number): void {
    const needed = this.at + count;
    if (needed > MAX_BYTES) throw new Fault(`makes the message larger than ${MAX_BYTES} bytes`);
    const larger = new Uint8Array(Math.min(MAX_BYTES, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.at));
    this.#use(larger);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

function varintLength(value: number): number {
  return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}

function checkLength(length: number, max: number, value: string): void {
  if (length > max) throw new Fault(`must be at most ${max} bytes of UTF-8, not ${length}`, value);
}
