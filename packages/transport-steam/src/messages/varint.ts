/** A whole number below 2^32, seven bits a byte, the lowest first; the highest bit says that more follow. */
export function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** The number at `at` and where it ends, or undefined when there is none in its shortest form. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return (byte === 0 && i > 0) || value > 0xffff_ffff ? undefined : { value, end: at + i + 1 };
  }
  return undefined;
}
