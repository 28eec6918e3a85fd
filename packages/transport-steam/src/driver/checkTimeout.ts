import { describe } from './describe.ts';

/** A timer of Node goes no further. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws RangeError naming the value and the bounds */
export function checkTimeoutMs(timeoutMs: unknown): number {
  if (typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  throw new RangeError(`option timeoutMs must be from 1 to ${MAX_TIMEOUT_MS}, not ${describe(timeoutMs)}`);
}
