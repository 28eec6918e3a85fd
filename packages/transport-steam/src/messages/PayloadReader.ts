import { Fault } from './MessageError.ts';
import { readVarint } from './varint.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NO_BYTES = new Uint8Array(0);
/** Up to this many characters of ASCII, a loop is faster than the decoder. */
const SHORT_TEXT = 24;

/** Reads what {@link PayloadWriter} wrote, or what a peer says it wrote. Throws a {@link Fault} for everything else. */
export class PayloadReader {
  bytes: Uint8Array = NO_BYTES;
  at = 0;
  /** Bits that are left of the byte that was begun for bits, the next one lowest, under a 1. No bits: 1. */
  #bits = 1;

  begin(bytes: Uint8Array, from: number): void {
    this.bytes = bytes;
    this.at = from;
    this.#bits = 1;
  }

  /** Everything was read, and bits that nobody asked for are clear. */
  end(): void {
    const left = this.bytes.length - this.at;
    if (left !== 0) throw new Fault(`has ${left} bytes too many`);
    if ((this.#bits & (this.#bits - 1)) !== 0) throw new Fault('has bits set that belong to nothing');
    this.bytes = NO_BYTES;
  }

  /** Moves on by as many bytes, and returns where they begin. */
  take(count: number): number {
    const { at } = this;
    if (count > this.bytes.length - at) throw new Fault('is cut off');
    this.at = at + count;
    return at;
  }

  bit(): boolean {
    if (this.#bits === 1) this.#bits = 0x100 | this.bytes[this.take(1)]!;
    const bit = this.#bits & 1;
    this.#bits >>= 1;
    return bit === 1;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u16(): number {
    const at = this.take(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  i32(): number {
    const at = this.take(4);
    const { bytes } = this;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  varint(): number {
    const at = this.take(1);
    const first = this.bytes[at]!;
    if (first < 0x80) return first;
    const read = readVarint(this.bytes, at);
    if (read === undefined) throw new Fault('has a length that is not a varint of 32 bits in its shortest form');
    this.at = read.end;
    return read.value;
  }

  /** A number of items, each of at least `minBits`: as many as the rest of the message may hold. */
  count(minBits: number, max: number): number {
    const count = this.varint();
    if (count > max) throw new Fault(`has ${count} items, more than ${max}`);
    // Bits of a byte that was begun before may hold some more.
    if (count * minBits > (this.bytes.length - this.at) * 8 + 8) throw new Fault(`has ${count} items, of which some are missing`);
    return count;
  }

  /** The next `length` bytes, as a view: never a Buffer, whatever the message came in. */
  raw(length: number): Uint8Array {
    const at = this.take(length);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, length);
  }

  text(max: number): string {
    return this.#textOf(this.varint(), max);
  }

  /** All that is left, as text. */
  textRest(max: number): string {
    return this.#textOf(this.bytes.length - this.at, max);
  }

  /** All that is left, as bytes. */
  rawRest(max: number): Uint8Array {
    const length = this.bytes.length - this.at;
    if (length > max) throw new Fault(`has ${length} bytes, more than ${max}`);
    return this.raw(length);
  }

  #textOf(length: number, max: number): string {
    if (length > max) throw new Fault(`has ${length} bytes of text, more than ${max}`);
    const at = this.take(length);
    const { bytes } = this;
    if (length <= SHORT_TEXT) {
      let text = '';
      let i = at;
      for (; i < this.at; i++) {
        const byte = bytes[i]!;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (i === this.at) return text;
    }
    try {
      return decoder.decode(bytes.subarray(at, this.at));
    } catch {
      throw new Fault('is not UTF-8');
    }
  }
}
