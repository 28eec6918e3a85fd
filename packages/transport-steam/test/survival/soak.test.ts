import { expect, test } from '@jest/globals';
import { countObjects, heapBytes } from './memory.ts';
import { Soak } from './Soak.ts';

/** By hand: `npm run soak` plays 24 simulated hours; `SOAK_HOURS` says another number, `SEED` another match. */
const HOURS = Number(process.env.SOAK_HOURS ?? 0.1);
const SEED = Number(process.env.SEED ?? 20_26);
const PLAYERS = 50;

/** One of each for a session; its own class has a namesake in the simulated Steam. */
const CLASSES = ['Peer', 'Heartbeat', 'Outbox', 'Connection'];

const HOUR_MS = 3_600_000;
const MB = 1_048_576;

/** What the heap may have grown by since the first look at it, when everybody had been there. */
const GROWTH_BYTES = 4 * MB;

test(`${HOURS} simulated hours of ${PLAYERS} players who come, go and crash, on lines that do the same (SEED=${SEED})`, async () => {
  const before = await countObjects(...CLASSES);
  const held = async () => (await countObjects(...CLASSES)).map((count, i) => count - (before[i] as number));
  const soak = new Soak({ seed: SEED, players: PLAYERS });
  const heaps: number[] = [];
  const since = performance.now();
  // One look an hour, and two at least.
  const parts = Math.max(2, Math.round(HOURS));
  for (let part = 0; part < parts; part++) {
    soak.play((HOURS * HOUR_MS) / parts);
    heaps.push(heapBytes());
    tell({
      ...soak.report,
      heapMb: ((heaps.at(-1) as number) / MB).toFixed(1),
      realS: Math.round((performance.now() - since) / 1_000),
    });
    expect(soak.match.violations).toEqual([]);
    // Both ends of what there is now, and nothing of what there was.
    expect(await held()).toEqual(CLASSES.map(() => 2 * PLAYERS));
  }
  expect((heaps.at(-1) as number) - (heaps[0] as number)).toBeLessThan(GROWTH_BYTES);
  soak.match.close();
  expect(soak.match.violations).toEqual([]);
  expect(await held()).toEqual(CLASSES.map(() => 0));
  expect(soak.report.faults).toBeGreaterThan(HOURS * 400);
}, 3_600_000);

/** Only by hand: a day takes its time. */
function tell(what: object): void {
  if (process.env.SOAK_HOURS !== undefined) process.stderr.write(`${JSON.stringify(what)}\n`);
}
