import { nativeProblem } from '../test/native/double.ts';
import type { Benchmark } from './Benchmark.ts';
import { delayProxy } from './join/delayProxy.ts';
import * as processes from './join/processes.ts';
import { median } from './statistics.ts';
import { nativeUser, type Users, withUsers } from './withUsers.ts';

const ROUND_TRIP_MS = 100;
const ROUNDS = 9;
const MOST_COLD = 3;
const MOST_WARM = 2;

/** A way to join, with a latency of so many ms one way. */
interface Way {
  readonly transport: string;
  readonly isOurs: boolean;
  join(latencyMs: number): Promise<{ coldMs: number; warmMs: number }>;
}

interface Times {
  readonly cold: number[];
  readonly warm: number[];
}

const environment = nativeProblem() === undefined ? nativeUser : () => ({});

export const benchmark: Benchmark = {
  title: `from joinOrCreate() to the first state; ms without latency and with a round trip of ${ROUND_TRIP_MS} ms, and how many of these it takes`,
  goal: `of ours at most ${MOST_COLD} round trips cold, ${MOST_WARM} warm`,
  problem: () => undefined,
  run: () =>
    withUsers(async (users) => {
      const ways = await waysOf(users);
      const near = await measure(ways, 0);
      const far = await measure(ways, ROUND_TRIP_MS / 2);
      const measured = ways.map(({ transport, isOurs }, i) => ({
        transport,
        isOurs,
        cold: compare(near[i]!.cold, far[i]!.cold),
        warm: compare(near[i]!.warm, far[i]!.warm),
      }));
      const ours = measured.filter(({ isOurs }) => isOurs);
      const most = (key: 'cold' | 'warm') => Math.max(...ours.map((row) => row[key].roundTrips));
      return {
        rows: measured.map(({ transport, cold, warm }) => ({
          transport,
          cold: cold.nearMs.toFixed(0),
          'cold, far': cold.farMs.toFixed(0),
          'round trips': cold.roundTrips.toFixed(2),
          warm: warm.nearMs.toFixed(0),
          'warm, far': warm.farMs.toFixed(0),
          'round trips ': warm.roundTrips.toFixed(2),
        })),
        result: `ours ${most('cold').toFixed(2)} cold, ${most('warm').toFixed(2)} warm`,
        // What the processes take does not come out to the millisecond.
        isGoalReached: Math.round(most('cold')) <= MOST_COLD && Math.round(most('warm')) <= MOST_WARM,
      };
    }, environment),
};

async function waysOf({ hub, control, start }: Users): Promise<Way[]> {
  const file = new URL('./join/processes.ts', import.meta.url).href;
  const player = start(file);
  const port = await start(file).call(processes.serveWebSocket);
  const steam = (transport: string, url: string): Way => ({
    transport,
    isOurs: true,
    join: async (latencyMs) => {
      await control.setConditions({ latencyMs });
      return player.call(processes.join, url, hub);
    },
  });
  const ways: Way[] = [
    {
      transport: '@colyseus/ws-transport',
      isOurs: false,
      join: async (latencyMs) => {
        // Each has a port of its own, so that no connection to it is kept alive from the last time.
        const proxy = await delayProxy(port, latencyMs);
        const times = await player.call(processes.join, `ws://127.0.0.1:${proxy.port}`, hub);
        proxy.close();
        return times;
      },
    },
    steam('ours, simulated Steam', await start(file).call(processes.serveHub, hub)),
  ];
  if (nativeProblem() === undefined) ways.push(steam('ours, addon on the double', await start(file).call(processes.serveAddon)));
  return ways;
}

/** The ways take turns. */
async function measure(ways: readonly Way[], latencyMs: number): Promise<Times[]> {
  const times = ways.map((): Times => ({ cold: [], warm: [] }));
  // The first round is for the compiler.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, way] of ways.entries()) {
      const { coldMs, warmMs } = await way.join(latencyMs);
      if (round === 0) continue;
      times[i]?.cold.push(coldMs);
      times[i]?.warm.push(warmMs);
    }
  }
  return times;
}

function compare(near: readonly number[], far: readonly number[]): { nearMs: number; farMs: number; roundTrips: number } {
  const [nearMs, farMs] = [median(near), median(far)];
  return { nearMs, farMs, roundTrips: (farMs - nearMs) / ROUND_TRIP_MS };
}
