import { describe } from '../driver/describe.ts';

/** The longest pause that can be announced; what a peer grants of it is his affair. Unit: ms. */
const MAX_PAUSE_MS = 3_600_000;

/** The announcement in a frame: whole ms. @throws TypeError | RangeError naming the value and the bound */
export function checkPause(ms: number): number {
  const message = `announcePause(${describe(ms)}): a pause is a number from 0 to ${MAX_PAUSE_MS} ms`;
  if (typeof ms !== 'number') throw new TypeError(message);
  if (!(ms >= 0 && ms <= MAX_PAUSE_MS)) throw new RangeError(message);
  return Math.ceil(ms);
}
