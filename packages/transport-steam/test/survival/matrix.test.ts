import { describe, expect, test } from '@jest/globals';
import { type Lost, Match } from './Match.ts';
import { ALL, repair, type Scenario, scenarios, strike } from './scenarios.ts';

/** By hand: `SEED=7` plays another match, `RUNS=100` so many, with that seed and those after it. `TABLE=1` writes the rows of SURVIVAL.md. */
const SEED = Number(process.env.SEED ?? 20_26);
const RUNS = Number(process.env.RUNS ?? 1);

/** Everybody is back after it: a time-out of `connect`, and a pause, and another try. Unit: ms. */
const BACK_MS = 40_000;
/** Longer than every deadline of what is still under way. Unit: ms. */
const REST_MS = 20_000;

const seeds = Array.from({ length: RUNS }, (_, i) => SEED + i);

describe.each(seeds)('the fault matrix, SEED=%i', (seed) => {
  test.each(scenarios)('$name', (scenario) => {
    const lost: Lost[] = [];
    const { steam, endpoint, loses, withinMs } = scenario;
    const match = new Match({ seed, players: ALL.length, steam, endpoint, onLost: (one) => lost.push(one) });
    const since = play(match, scenario);
    expect(match.violations).toEqual([]);
    expect([...new Set(lost.map(({ who }) => who))].sort()).toEqual(loses);
    const slowest = loses.length > 0 ? toldMs(lost, since) : match.tally.slowestMs;
    tell(scenario, slowest, match.tally.heard);
    expect(slowest).toBeLessThanOrEqual(withinMs);
  });
});

/** Returns when the first fault came. */
function play(match: Match, { faults, lastsMs }: Scenario): number {
  match.join(...ALL);
  match.playUntil(() => ALL.every((who) => match.isPlaying(who)), 5_000);
  match.play(1_000);
  const since = match.now;
  for (const [atMs, fault] of faults) {
    match.play(since + atMs - match.now);
    strike(match, fault);
  }
  match.play(since + lastsMs - match.now);
  repair(match);
  match.play(BACK_MS);
  match.rest(REST_MS);
  match.checkAtRest();
  match.close();
  return since;
}

/** From the first fault to when the last one knew of the first end of his connection. */
function toldMs(lost: readonly Lost[], since: number): number {
  const firsts = new Map(lost.toReversed().map((one) => [one.who, one]));
  return Math.max(...[...firsts.values()].flatMap(({ told }) => told.map(({ at }) => at - since)));
}

function tell({ name, loses, withinMs }: Scenario, measuredMs: number, heard: number): void {
  if (process.env.TABLE === undefined) return;
  const who = ['nobody', 'one player', '', 'everybody'][loses.length];
  const seconds = (ms: number) => `${ms / 1_000} s`;
  process.stderr.write(
    `| ${name} | ${who} | ${seconds(withinMs)} | ${seconds(Math.round(measuredMs / 10) * 10)}, ${heard} messages |\n`,
  );
}
