import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import type { Row } from './flood/measureFloods.ts';

// `npm run flood` in short: three players, one flooder, and bounds that hold on a machine that has other things to do. However little of it
// he gets, he sends more than this host allows.

/** Eight processes start, which takes most of it on a machine that is busy: longer than this, something hangs. */
const PATIENCE_MS = 240_000;

const main = fileURLToPath(new URL('./flood/main.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--conditions=steam-source'];
const quick = ['--players=3', '--ms=1500', '--maxWorkPerSecond=1000', '--json'];

test(
  'processes: who floods is gone, and those who play with him play on',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, main, ...quick, 'messages to the room']);
    const [row] = JSON.parse(stdout) as Row[];
    expect(row).toMatchObject({ code: 1008, shutOutAfterMs: expect.any(Number), players: 3 });
    expect(row?.lines).toBeLessThanOrEqual(4);
    expect(row?.rttP50).toBeLessThan(Math.max(100, 20 * (row?.quietRttP50 ?? 0)));
    expect(row?.memoryGrowth).toBeLessThan(128 * 1_048_576);
  },
  PATIENCE_MS,
);
