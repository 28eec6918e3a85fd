import { FRAGMENT_BYTES, MAX_FRAGMENTS } from '../wire/Fragments.ts';
import { COALESCED_BYTES, PACKET_HEADER_BYTES } from '../wire/packet.ts';
import type { ResolvedOptions } from './options.ts';
import type { Delivery } from './types.ts';

/** The largest unreliable message that fits one packet. */
export const UNRELIABLE_BYTES = COALESCED_BYTES - PACKET_HEADER_BYTES;

/** Whether a message must arrive. */
export function isReliable(delivery: Delivery): boolean {
  return delivery === 'reliable' || delivery === 'buffered';
}

/** The largest key of `latest`. */
const LAST_KEY = 0xffff_ffff;

/**
 * Whether a message goes by the unreliable lane: not when it is too large for it and may be promoted, or too large for fragments.
 *
 * @throws RangeError where an oversized message is to be rejected
 */
export function goesUnreliable(bytes: number, delivery: Delivery, oversized: ResolvedOptions['oversizedUnreliable']): boolean {
  if (isReliable(delivery)) return false;
  if (bytes <= UNRELIABLE_BYTES) return true;
  if (oversized === 'reject') {
    throw new RangeError(
      `unreliable message of ${bytes} bytes is over the ${UNRELIABLE_BYTES} bytes of one packet (oversizedUnreliable: reject)`,
    );
  }
  return oversized === 'fragment' && bytes <= FRAGMENT_BYTES * MAX_FRAGMENTS;
}

/** @throws RangeError for a key that is none, or a delivery that replaces nothing */
export function checkLatest(key: number, delivery: Delivery): void {
  if (isReliable(delivery)) {
    throw new RangeError(
      `a message with latest: ${key} must be sent as unreliable or unreliableNoDelay, not as ${delivery}: what is reliable arrives, all of it`,
    );
  }
  if (!(Number.isInteger(key) && key >= 0 && key <= LAST_KEY)) {
    throw new RangeError(`latest must be a whole number from 0 to ${LAST_KEY}, not ${String(key)}`);
  }
}

export function tooLarge(peer: bigint, bytes: number, limit: number): RangeError {
  return new RangeError(
    `message of ${bytes} bytes to Steam user ${peer} is over the limit of ${limit} bytes: ` +
      'raise maxMessageBytes at both ends, or send less at once',
  );
}
