import type { MessageContract } from './types.ts';

/** In the hello of an end that has no message definitions. */
export const NO_DEFINITIONS = 0n;

const FINGERPRINT_BITS = 64;

export function fingerprintOf(contract: MessageContract | undefined): bigint {
  return contract?.fingerprint ?? NO_DEFINITIONS;
}

/** @throws TypeError | RangeError that says what a contract must be */
export function checkContract(value: unknown): void {
  const { fingerprint, description, firstDifference } = Object(value) as Partial<MessageContract>;
  if (typeof fingerprint !== 'bigint' || typeof description !== 'string' || typeof firstDifference !== 'function') {
    throw new TypeError(
      `option contract must be { fingerprint: bigint, description: string, firstDifference(theirs) }, not ${String(value)}`,
    );
  }
  if (BigInt.asUintN(FINGERPRINT_BITS, fingerprint) !== fingerprint) {
    throw new RangeError(`option contract.fingerprint must have at most ${FINGERPRINT_BITS} bits, not ${fingerprint}`);
  }
}
