import { expect } from '@jest/globals';

/** That something took no longer than it may. With `TABLE=1` in the environment it is written as a row of SURVIVAL.md, too. Unit: ms. */
export function within(boundMs: number, ms: number, what: string): void {
  if (process.env.TABLE !== undefined) process.stderr.write(`| ${what} | ${seconds(boundMs)} | ${seconds(ms)} |\n`);
  expect(ms).toBeLessThanOrEqual(boundMs);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
