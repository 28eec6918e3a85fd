import { FRAGMENT_BYTES, MAX_FRAGMENTS } from '../wire/Fragments.ts';
import { COALESCED_BYTES, PACKET_HEADER_BYTES } from '../wire/packet.ts';
import type { ResolvedOptions } from './options.ts';
import type { Delivery } from './types.ts';

/** The largest unreliable message that fits one packet. */
const UNRELIABLE_BYTES = COALESCED_BYTES - PACKET_HEADER_BYTES;

/**
 * Whether a message goes by the unreliable lane: not when it is too large for it and may be promoted, or too large for fragments.
 *
 * @throws RangeError where an oversized message is to be rejected
 */
export function goesUnreliable(bytes: number, delivery: Delivery, oversized: ResolvedOptions['oversizedUnreliable']): boolean {
  if (delivery === 'reliable' || delivery === 'buffered') return false;
  if (bytes <= UNRELIABLE_BYTES) return true;
  if (oversized === 'reject') {
    throw new RangeError(
      `unreliable message of ${bytes} bytes is over the ${UNRELIABLE_BYTES} bytes of one packet (oversizedUnreliable: reject)`,
    );
  }
  return oversized === 'fragment' && bytes <= FRAGMENT_BYTES * MAX_FRAGMENTS;
}

export function tooLarge(peer: bigint, bytes: number, limit: number): RangeError {
  return new RangeError(
    `message of ${bytes} bytes to Steam user ${peer} is over the limit of ${limit} bytes: ` +
      'raise maxMessageBytes at both ends, or send less at once',
  );
}
