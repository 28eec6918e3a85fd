import { ByteReader } from './bytes.ts';
import type { WholeFrame } from './chunks.ts';
import { ControlType } from './control.ts';
import { COALESCED_BYTES, PACKET_HEADER_BYTES } from './packet.ts';

/**
 * An unreliable message over one packet travels as fragments: packets that share one sequence number.
 *
 *   0c | code | index | count | bytes
 */
const FRAGMENT_HEADER_BYTES = 4;

/** Message bytes in one fragment. */
export const FRAGMENT_BYTES = COALESCED_BYTES - PACKET_HEADER_BYTES - FRAGMENT_HEADER_BYTES;

/** `count` is one byte. */
export const MAX_FRAGMENTS = 255;

/** Calls `emit` with the payload of each fragment frame. The payload must need at least two, and at most {@link MAX_FRAGMENTS}. */
export function splitIntoFragments(code: number, payload: Uint8Array, emit: (fragment: Uint8Array) => void): void {
  const count = Math.ceil(payload.length / FRAGMENT_BYTES);
  for (let index = 0; index < count; index++) {
    const data = payload.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES);
    const fragment = new Uint8Array(FRAGMENT_HEADER_BYTES + data.length);
    fragment[0] = ControlType.Fragment;
    fragment[1] = code;
    fragment[2] = index;
    fragment[3] = count;
    fragment.set(data, FRAGMENT_HEADER_BYTES);
    emit(fragment);
  }
}

/** Unfinished messages, at most. A newer one pushes out the oldest. */
const MAX_UNFINISHED = 8;

/** What was not complete after so long never will be, or is too old to matter. */
const MAX_AGE_MS = 2_000;

interface Unfinished {
  readonly code: number;
  readonly parts: (Uint8Array | undefined)[];
  readonly startedAt: number;
  missing: number;
  bytes: number;
}

/** Puts fragments together again. Holds at most 8 messages, `maxBytes` in all, for 2 seconds. */
export class Fragments {
  readonly #maxBytes: number;
  readonly #unfinished = new Map<number, Unfinished>();
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes held for messages that are not complete. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The frame when this fragment completes it; `partial` when more must come; `malformed` when it cannot be right, or is over the limit. */
  accept(sequence: number, payload: Uint8Array, now: number): WholeFrame | 'partial' | 'malformed' {
    const reader = new ByteReader(payload, 1);
    const code = reader.u8();
    const index = reader.u8();
    const count = reader.u8();
    const data = reader.rest();
    if (reader.failed || count < 2 || index >= count || data.length === 0) return 'malformed';

    let message = this.#unfinished.get(sequence);
    if (message !== undefined && (message.code !== code || message.parts.length !== count)) {
      // The number came round again: the old message lost a part.
      this.#drop(sequence, message);
      message = undefined;
    }
    if (message === undefined) {
      message = { code, parts: new Array(count), startedAt: now, missing: count, bytes: 0 };
      this.#unfinished.set(sequence, message);
    }
    if (message.parts[index] !== undefined) return 'partial';

    // A copy: the view would keep its whole packet in memory, however few of its bytes are counted here.
    message.parts[index] = data.slice();
    message.missing--;
    message.bytes += data.length;
    this.#heldBytes += data.length;
    if (message.bytes > this.#maxBytes) {
      this.#drop(sequence, message);
      return 'malformed';
    }
    if (message.missing === 0) {
      this.#drop(sequence, message);
      return { code, payload: concatenate(message) };
    }
    this.#makeRoom();
    return 'partial';
  }

  /** Forgets what is too old. */
  tick(now: number): void {
    for (const [sequence, message] of this.#unfinished) {
      if (now - message.startedAt < MAX_AGE_MS) return;
      this.#drop(sequence, message);
    }
  }

  clear(): void {
    this.#unfinished.clear();
    this.#heldBytes = 0;
  }

  #makeRoom(): void {
    for (const [sequence, oldest] of this.#unfinished) {
      if (this.#unfinished.size <= MAX_UNFINISHED && this.#heldBytes <= this.#maxBytes) return;
      this.#drop(sequence, oldest);
    }
  }

  #drop(sequence: number, message: Unfinished): void {
    this.#unfinished.delete(sequence);
    this.#heldBytes -= message.bytes;
  }
}

function concatenate(message: Unfinished): Uint8Array {
  const whole = new Uint8Array(message.bytes);
  let at = 0;
  for (const part of message.parts) {
    if (part === undefined) continue;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
