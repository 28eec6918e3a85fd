/** Deeper is no message of a game: each level is one of the decoder's on the stack. */
const MAX_DEPTH = 64;

/** Extensions: what msgpackr writes for `undefined`, and msgpack's own dates. */
const UNDEFINED = 0x00;
const TIMESTAMP = 0xff;

/**
 * Whether bytes are one value of msgpack, whole, of the kinds that a game sends: what of JSON, dates, bytes, integers of 64 bits and `undefined`.
 *
 * To be asked before they are decoded: a decoder goes by the counts in them, and makes room for as many; it goes as deep as they say; and msgpackr
 * makes whatever its extensions stand for, of which some only have a meaning inside of its own process.
 */
export function isSoundMsgpack(bytes: Uint8Array, from = 0): boolean {
  /** Values that are to come, for each level that we are in. Each takes a byte at least, so that whatever they say, the bytes are the end of it. */
  const open = [{ values: 1, areKeys: false }];
  let at = from;
  for (;;) {
    const level = open.at(-1);
    if (level === undefined) return at === bytes.length;
    if (level.values === 0) {
      open.pop();
      continue;
    }
    // In a map each other value is a key: an even number of values is to come before one.
    const isKey = level.areKeys && level.values % 2 === 0;
    level.values--;
    const head = readHead(bytes, at);
    if (head === undefined || (isKey && !head.isText)) return false;
    at = head.end;
    if (head.values === 0) continue;
    if (open.length >= MAX_DEPTH) return false;
    open.push({ values: head.values, areKeys: head.isMap });
  }
}

interface Head {
  /** Where the next value begins, or the first one in it. */
  readonly end: number;
  /** In it. */
  readonly values: number;
  readonly isMap: boolean;
  readonly isText: boolean;
}

/** Undefined for what is cut off, or not of our kinds. */
function readHead(bytes: Uint8Array, at: number): Head | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80 || first >= 0xe0) return leaf(bytes, at + 1);
  if (first < 0x90) return branch(bytes, at + 1, 2 * (first & 0x0f), true);
  if (first < 0xa0) return branch(bytes, at + 1, first & 0x0f, false);
  if (first < 0xc0) return leaf(bytes, at + 1 + (first & 0x1f), true);
  switch (first) {
    case 0xc0: // nil, false, true
    case 0xc2:
    case 0xc3:
      return leaf(bytes, at + 1);
    case 0xc4: // bytes
    case 0xc5:
    case 0xc6:
      return counted(bytes, at, 1 << (first - 0xc4), false);
    case 0xc7: // an extension of 12 bytes: what a date far away takes
      return bytes[at + 1] === 12 && bytes[at + 2] === TIMESTAMP ? leaf(bytes, at + 3 + 12) : undefined;
    case 0xca: // float 32, 64
    case 0xcb:
      return leaf(bytes, at + 1 + (4 << (first - 0xca)));
    case 0xcc: // integers
    case 0xcd:
    case 0xce:
    case 0xcf:
      return leaf(bytes, at + 1 + (1 << (first - 0xcc)));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return leaf(bytes, at + 1 + (1 << (first - 0xd0)));
    case 0xd4: // extensions of 1, 4 and 8 bytes
      return bytes[at + 1] === UNDEFINED || bytes[at + 1] === TIMESTAMP ? leaf(bytes, at + 3) : undefined;
    case 0xd6:
    case 0xd7:
      return bytes[at + 1] === TIMESTAMP ? leaf(bytes, at + 2 + (4 << (first - 0xd6))) : undefined;
    case 0xd9: // text
    case 0xda:
    case 0xdb:
      return counted(bytes, at, 1 << (first - 0xd9), true);
    case 0xdc: // lists and maps
    case 0xdd:
      return many(bytes, at, 2 << (first - 0xdc), false);
    case 0xde:
    case 0xdf:
      return many(bytes, at, 2 << (first - 0xde), true);
    default:
      return undefined;
  }
}

function counted(bytes: Uint8Array, at: number, sizeBytes: number, isText: boolean): Head | undefined {
  const begin = at + 1 + sizeBytes;
  return begin > bytes.length ? undefined : leaf(bytes, begin + numberAt(bytes, at + 1, sizeBytes), isText);
}

function many(bytes: Uint8Array, at: number, sizeBytes: number, isMap: boolean): Head | undefined {
  const begin = at + 1 + sizeBytes;
  if (begin > bytes.length) return undefined;
  const count = numberAt(bytes, at + 1, sizeBytes);
  return branch(bytes, begin, isMap ? 2 * count : count, isMap);
}

function leaf(bytes: Uint8Array, end: number, isText = false): Head | undefined {
  return end > bytes.length ? undefined : { end, values: 0, isMap: false, isText };
}

function branch(bytes: Uint8Array, end: number, values: number, isMap: boolean): Head | undefined {
  return end > bytes.length ? undefined : { end, values, isMap, isText: false };
}

function numberAt(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let i = 0; i < sizeBytes; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}
