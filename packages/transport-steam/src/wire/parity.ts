import { COALESCED_BYTES } from './packet.ts';

/**
 * The exclusive or of all fragments of a group stands in for any one of them that is lost, as in RFC 5109: their lengths, and their bytes
 * as if zeros were behind the shorter ones.
 *
 *   lengths u16 | bytes
 */
export const PARITY_HEADER_BYTES = 2;

/** So many fragments have one parity, at most: it costs an eighth of a large message, and a third of the smallest that has one. */
const GROUP_FRAGMENTS = 8;

/** Without one: a message of two is not lost so much more often than a packet that a third one would be worth it. */
const MOST_WITHOUT = 2;

/**
 * The groups of a message, each with its parity. Fragment `i` is in group `i` modulo their number: neighbours, which are lost together, are
 * not in the same one.
 */
export function parityGroups(fragments: number): number {
  return fragments <= MOST_WITHOUT ? 0 : Math.ceil(fragments / GROUP_FRAGMENTS);
}

// By words: by bytes it takes four times as long. A fragment has any alignment, and is copied for it.
const sum = new Uint32Array(COALESCED_BYTES / 4);
const sumBytes = new Uint8Array(sum.buffer);
const term = new Uint32Array(sum.length);
const termBytes = new Uint8Array(term.buffer);

/** The parity of a group, the first of which is the longest. A view that the next call writes over. */
export function parityOf(group: readonly Uint8Array[]): Uint8Array {
  sum.fill(0);
  for (const fragment of group) add(fragment);
  return sumBytes.subarray(0, PARITY_HEADER_BYTES + (group[0] as Uint8Array).length);
}

/** The one of a group that is lost, from its parity and all the others. Undefined when these cannot be of one message. */
export function restoreLost(parity: Uint8Array, others: readonly Uint8Array[]): Uint8Array | undefined {
  sumBytes.set(parity);
  sumBytes.fill(0, parity.length);
  for (const fragment of others) add(fragment);
  const end = PARITY_HEADER_BYTES + (((sumBytes[0] as number) << 8) | (sumBytes[1] as number));
  if (end === PARITY_HEADER_BYTES || end > parity.length) return undefined;
  return sumBytes.subarray(end).every((byte) => byte === 0) ? sumBytes.slice(PARITY_HEADER_BYTES, end) : undefined;
}

function add(fragment: Uint8Array): void {
  const end = PARITY_HEADER_BYTES + fragment.length;
  termBytes[0] = fragment.length >> 8;
  termBytes[1] = fragment.length & 0xff;
  termBytes.set(fragment, PARITY_HEADER_BYTES);
  termBytes.fill(0, end);
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) ^ (term[i] as number);
}
