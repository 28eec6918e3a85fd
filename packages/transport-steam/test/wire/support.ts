import { Compression } from '../../src/wire/compression.ts';
import { encodeHello, type Hello } from '../../src/wire/hello.ts';

/** A hello of an end that has no definitions of messages, and does not compress. */
export function greeting(hello: Partial<Hello> = {}): Uint8Array {
  return encodeHello({
    epoch: 1,
    echo: undefined,
    tag: 1,
    maxMessageBytes: 1_048_576,
    fingerprint: 0n,
    compression: Compression.None,
    personaName: '',
    ...hello,
  });
}

/** `'01 02*3'` is 01 02 02 02. */
export function fromHex(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const match = /^([0-9a-f]{2})(?:\*(\d+))?$/.exec(word);
    if (match === null) throw new Error(`${word} is not hex`);
    for (let i = 0; i < Number(match[2] ?? 1); i++) bytes.push(Number.parseInt(match[1]!, 16));
  }
  return Uint8Array.from(bytes);
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Bytes that tell where they stand: 0, 1, 2 … 250, 0 … */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
}

/** The slow and obvious codec: digits in, digits out. Every field is written as so many bytes, the highest first. */
export function field(value: number | bigint, bytes: number): number[] {
  const digits = value.toString(16).padStart(2 * bytes, '0');
  return Array.from({ length: bytes }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

/** Reads {@link field}s, and throws when there is nothing left to read. */
export class SlowReader {
  readonly #left: number[];

  constructor(bytes: Uint8Array) {
    this.#left = Array.from(bytes);
  }

  field(bytes: number): number {
    return this.bytes(bytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  bytes(length = this.#left.length): Uint8Array {
    if (length > this.#left.length) throw new RangeError('nothing left to read');
    return Uint8Array.from(this.#left.splice(0, length));
  }

  text(length?: number): string {
    const bytes = this.bytes(length);
    const text = Buffer.from(bytes).toString('utf8');
    if (!Buffer.from(text).equals(bytes)) throw new Error('not UTF-8');
    return text;
  }
}

/** What a slow decoder reads, or undefined when it throws. */
export function slowly<T>(bytes: Uint8Array, read: (reader: SlowReader) => T): T | undefined {
  try {
    return read(new SlowReader(bytes));
  } catch {
    return undefined;
  }
}
