import { concat, field } from '../../wire/support.ts';

/** Something here that reads what somebody else wrote: a peer, the owner of a lobby, a page, a process of this machine. */
export interface Decoder {
  readonly name: string;
  /** What an honest one writes: what cases begin as, beside the corpus. */
  readonly seeds: readonly Uint8Array[];
  /**
   * Reads. Whether there was something in it; a case for which this throws or rejects is a find.
   */
  decode(bytes: Uint8Array): boolean | Promise<boolean>;
}

export const text = new TextEncoder();

/** What tells of a host and a path, any bytes as characters. */
export const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** As texts come out of Steam and out of a socket: what is no UTF-8 has U+FFFD in its place. */
export const utf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

/** Throws when a decoder does what it must not. */
export function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Keys that somebody else chose are on nothing but what was made of his bytes. */
export function checkNothingPolluted(): void {
  check(({} as { polluted?: unknown }).polluted === undefined && Object.keys(Object.prototype).length === 0, 'pollution');
}

export function orError<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}

/**
 * False for what a function may throw or reject with, as its contract says; anything else is thrown on. By name: what Node throws
 * has other constructors than what is thrown inside of Jest.
 */
export function allowed(error: unknown, ...kinds: readonly { readonly name: string }[]): false {
  const { name } = (error as Error).constructor;
  if (kinds.some((kind) => kind.name === name)) return false;
  throw error;
}

/** Several payloads in one case: each with its length before it. */
export function parts(payloads: readonly Uint8Array[]): Uint8Array {
  return concat(...payloads.flatMap((payload) => [field(payload.length, 2), payload]));
}

export function partsOf(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = (bytes[at]! << 8) | bytes[at + 1]!;
    found.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

/** Values in a value, each object once. */
export function sizeOf(value: unknown): number {
  const left = [value];
  const seen = new Set<unknown>();
  let size = 0;
  while (left.length > 0) {
    const each = left.pop();
    size++;
    if (typeof each !== 'object' || each === null || ArrayBuffer.isView(each) || each instanceof ArrayBuffer || seen.has(each))
      continue;
    seen.add(each);
    // An array may be longer than what is in it.
    if (Array.isArray(each)) size += each.length;
    const items = each instanceof Map ? each.values() : each instanceof Set ? each : Object.values(each);
    for (const item of items) left.push(item);
  }
  return size;
}

/** Lists and objects in one another. */
export function depthOf(value: unknown): number {
  const isBranch = (each: unknown) => typeof each === 'object' && each !== null;
  let depth = 0;
  for (let level = [value].filter(isBranch); level.length > 0; depth++) {
    level = level.flatMap((each) => Object.values(each as object)).filter(isBranch);
  }
  return depth;
}
