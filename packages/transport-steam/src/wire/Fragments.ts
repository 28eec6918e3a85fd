import type { WholeFrame } from './chunks.ts';
import { ControlType } from './control.ts';
import { COALESCED_BYTES, PACKET_HEADER_BYTES, sequenceDistance } from './packet.ts';
import { PARITY_HEADER_BYTES, parityGroups, parityOf, restoreLost } from './parity.ts';

/**
 * An unreliable message over one packet travels as fragments: packets that share one sequence number.
 *
 *   0c | code | index | count | bytes
 *
 * From three on there is a parity behind them for each group (`parity.ts`), with the indices from `count` on.
 */
const FRAGMENT_HEADER_BYTES = 4;

/** What is behind the header, at most: a parity has as much. */
const LARGEST_BYTES = COALESCED_BYTES - PACKET_HEADER_BYTES - FRAGMENT_HEADER_BYTES;

/** Message bytes in one fragment. */
export const FRAGMENT_BYTES = LARGEST_BYTES - PARITY_HEADER_BYTES;

/** The indices of their parities fit one byte, too. */
export const MAX_FRAGMENTS = 224;

/** Packets that a message of so many bytes takes, its parities included. */
export function fragmentPackets(bytes: number): number {
  const count = Math.ceil(bytes / FRAGMENT_BYTES);
  return count + parityGroups(count);
}

/** What is given to `emit` of all sessions. */
const frame = new Uint8Array(FRAGMENT_HEADER_BYTES + LARGEST_BYTES);

/**
 * Calls `emit` with the payload of each fragment frame, a view that the next one is written over. The payload must need at least two, and at
 * most {@link MAX_FRAGMENTS}.
 */
export function splitIntoFragments(code: number, payload: Uint8Array, emit: (fragment: Uint8Array) => void): void {
  const count = Math.ceil(payload.length / FRAGMENT_BYTES);
  const parts = Array.from({ length: count }, (_, index) =>
    payload.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES),
  );
  const emitPart = (index: number, data: Uint8Array) => {
    frame[0] = ControlType.Fragment;
    frame[1] = code;
    frame[2] = index;
    frame[3] = count;
    frame.set(data, FRAGMENT_HEADER_BYTES);
    emit(frame.subarray(0, FRAGMENT_HEADER_BYTES + data.length));
  };
  for (const [index, data] of parts.entries()) emitPart(index, data);
  const groups = parityGroups(count);
  for (let group = 0; group < groups; group++) {
    emitPart(count + group, parityOf(parts.filter((_, index) => index % groups === group)));
  }
}

/** Unfinished messages, at most. A newer one pushes out the oldest. */
const MAX_UNFINISHED = 8;

/** Finished messages that are remembered, at most: what comes late of one must not begin it again. */
const MAX_FINISHED = 32;

/** What was not complete after so long never will be, or is too old to matter. */
const MAX_AGE_MS = 2_000;

/** Nor is a message that is so many packets behind: the numbers come round, and the parts of another one must not complete it. */
const MAX_BEHIND = 256;

interface Unfinished {
  readonly sequence: number;
  readonly code: number;
  readonly count: number;
  /** Those of the message, and behind them the parities. */
  readonly parts: (Uint8Array | undefined)[];
  readonly startedAt: number;
  /** Of the message, without the parities. */
  missing: number;
  bytes: number;
  heldBytes: number;
}

/** Puts fragments together again. Holds at most 8 messages, `maxBytes` in all with their parities, for 2 seconds and 256 packets. */
export class Fragments {
  readonly #maxBytes: number;
  /** Oldest first. */
  readonly #unfinished: Unfinished[] = [];
  /** Their numbers, oldest first. */
  readonly #finished: number[] = [];
  #heldBytes = 0;
  #evicted = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes held for messages that are not complete. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Messages that were dropped for newer ones, because more were begun than are held. */
  get evicted(): number {
    return this.#evicted;
  }

  /** An unreliable packet came, whatever is in it. To be called before {@link accept}. */
  pass(sequence: number): void {
    while (this.#finished.length > 0 && isFar(sequence, this.#finished[0] as number)) this.#finished.shift();
    if (this.#unfinished.length === 0) return;
    this.#dropOldestWhile((oldest) => isFar(sequence, oldest.sequence));
  }

  /** The frame when this fragment completes it; `partial` when more must come; `malformed` when it cannot be right, or is over the limit. */
  accept(sequence: number, payload: Uint8Array, now: number): WholeFrame | 'partial' | 'malformed' {
    if (payload.length <= FRAGMENT_HEADER_BYTES) return 'malformed';
    const code = payload[1] as number;
    const index = payload[2] as number;
    const count = payload[3] as number;
    const groups = parityGroups(count);
    if (count < 2 || count > MAX_FRAGMENTS || index >= count + groups) return 'malformed';
    const bytes = payload.length - FRAGMENT_HEADER_BYTES;
    if (index < count ? bytes > FRAGMENT_BYTES : bytes !== LARGEST_BYTES) return 'malformed';
    if (this.#finished.includes(sequence)) return 'partial';

    let message = this.#unfinished.find((unfinished) => unfinished.sequence === sequence);
    if (message !== undefined && (message.code !== code || message.count !== count)) {
      // The number came round again: the old message lost a part.
      this.#drop(message);
      message = undefined;
    }
    if (message === undefined) {
      const parts = new Array(count + groups);
      message = { sequence, code, count, parts, startedAt: now, missing: count, bytes: 0, heldBytes: 0 };
      this.#unfinished.push(message);
    }
    if (message.parts[index] !== undefined) return 'partial';

    // A copy: the view would keep its whole packet in memory, however few of its bytes are counted here.
    this.#hold(message, index, payload.slice(FRAGMENT_HEADER_BYTES));
    const group = index < count ? index % groups : index - count;
    const isSound = groups === 0 || this.#restore(message, group, groups);
    if (!isSound || message.bytes > this.#maxBytes) {
      this.#finish(message);
      return 'malformed';
    }
    if (message.missing === 0) {
      this.#finish(message);
      return { code, payload: concatenate(message) };
    }
    this.#dropOldestWhile(() => {
      const isTooMuch = this.#unfinished.length > MAX_UNFINISHED || this.#heldBytes > this.#maxBytes;
      if (isTooMuch) this.#evicted++;
      return isTooMuch;
    });
    return 'partial';
  }

  /** Forgets what is too old. */
  tick(now: number): void {
    if (this.#unfinished.length === 0) return;
    this.#dropOldestWhile(({ startedAt }) => now - startedAt >= MAX_AGE_MS);
  }

  clear(): void {
    this.#unfinished.length = this.#finished.length = 0;
    this.#heldBytes = 0;
  }

  #hold(message: Unfinished, index: number, data: Uint8Array): void {
    message.parts[index] = data;
    message.heldBytes += data.length;
    this.#heldBytes += data.length;
    if (index >= message.count) return;
    message.missing--;
    message.bytes += data.length;
  }

  /** Makes the lost fragment of a group from the others, when it is the only one and the parity is there. False when these cannot be right. */
  #restore(message: Unfinished, group: number, groups: number): boolean {
    const parity = message.parts[message.count + group];
    if (parity === undefined) return true;
    let lost: number | undefined;
    const others: Uint8Array[] = [];
    for (let index = group; index < message.count; index += groups) {
      const part = message.parts[index];
      if (part !== undefined) others.push(part);
      else if (lost === undefined) lost = index;
      else return true;
    }
    if (lost === undefined) return true;
    const restored = restoreLost(parity, others);
    if (restored === undefined) return false;
    this.#hold(message, lost, restored);
    return true;
  }

  #finish(message: Unfinished): void {
    this.#drop(message);
    if (this.#finished.push(message.sequence) > MAX_FINISHED) this.#finished.shift();
  }

  #dropOldestWhile(isTooMuch: (oldest: Unfinished) => boolean): void {
    for (let oldest = this.#unfinished[0]; oldest !== undefined && isTooMuch(oldest); oldest = this.#unfinished[0]) {
      this.#drop(oldest);
    }
  }

  #drop(message: Unfinished): void {
    this.#unfinished.splice(this.#unfinished.indexOf(message), 1);
    this.#heldBytes -= message.heldBytes;
  }
}

function isFar(sequence: number, other: number): boolean {
  return Math.abs(sequenceDistance(sequence, other)) >= MAX_BEHIND;
}

function concatenate({ bytes, count, parts }: Unfinished): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts.slice(0, count) as Uint8Array[]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
