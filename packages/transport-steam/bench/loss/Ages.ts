import { Random } from '../../src/sim/Random.ts';
import { median, percentile } from '../statistics.ts';
import type { Player, Rounds } from './positions.ts';

const SAMPLE_MS = 1;

/** Each with percentiles of its own, of which the medians count: a machine that stands still for a moment must not make the p99. */
const PARTS = 10;

/** Receivers of the perfect channel: chance differs from one to the next. */
const PERFECT_RECEIVERS = 64;

export interface Age {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Line {
  /** One way. */
  readonly delayMs: number;
  /** From 0 to 1. */
  readonly loss: number;
  readonly seed: number;
}

export interface Ages {
  readonly measured: Age;
  /** Of a perfect channel for datagrams, at the same moments: it delivers what was sent in the same rounds as soon as the line does, unless the line loses it. */
  readonly perfect: Age;
}

interface Part {
  readonly moments: number[];
  readonly ages: number[];
}

/** How old the newest position is that a player sees, looked at every millisecond for so long. */
export async function measureAges(
  watchers: readonly (readonly Player[])[],
  rounds: Rounds,
  line: Line,
  forMs: number,
): Promise<Ages> {
  const parts: Part[] = [];
  while (parts.length < PARTS) parts.push(await look(watchers, rounds, forMs / PARTS));
  // Only now: it takes its time, in which nobody looks.
  return {
    measured: medianOf(parts.map(({ ages }) => ages)),
    perfect: medianOf(parts.map(({ moments }, i) => perfectAges(moments, rounds, new Random(line.seed + i), line))),
  };
}

function look(watchers: readonly (readonly Player[])[], rounds: Rounds, forMs: number): Promise<Part> {
  return new Promise((resolve) => {
    const part: Part = { moments: [], ages: [] };
    const end = performance.now() + forMs;
    const timer = setInterval(() => {
      const now = performance.now();
      for (const players of watchers) {
        // Not all of many: another one each time.
        const { x } = players[part.moments.length % players.length] as Player;
        part.ages.push(now - (rounds.times[x] as number));
      }
      part.moments.push(now);
      if (now < end) return;
      clearInterval(timer);
      resolve(part);
    }, SAMPLE_MS);
  });
}

function perfectAges(moments: readonly number[], { times }: Rounds, random: Random, { delayMs, loss }: Line): number[] {
  const ages: number[] = [];
  for (let receiver = 0; receiver < PERFECT_RECEIVERS; receiver++) {
    let next = 0;
    let newest: number | undefined;
    for (const now of moments) {
      for (; (times[next] ?? Number.POSITIVE_INFINITY) + delayMs <= now; next++) {
        if (!random.chance(loss)) newest = times[next];
      }
      if (newest !== undefined) ages.push(now - newest);
    }
  }
  return ages;
}

function medianOf(parts: readonly (readonly number[])[]): Age {
  const at = (p: number) => median(parts.map((ages) => percentile(ages, p)));
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
