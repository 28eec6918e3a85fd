import type { Benchmark } from './Benchmark.ts';
import { Crowd, type Traffic } from './Crowd.ts';
import { usedBytes } from './heap.ts';
import { connect, type HostKind, serve } from './scale/hosts.ts';
import { joinLobby, logIn, openLobby } from './scale/lobby.ts';
import { median, percentile } from './statistics.ts';
import { withUsers } from './withUsers.ts';

// The functions that the processes of this file are asked for.
export { connect, joinLobby, logIn, openLobby, serve, usedBytes };

const STEPS = [1, 10, 100, 250, 500, 1_000] as const;
/** Of each step, a second of the crowd's time. The first are for the compiler. */
const ROUNDS = 25;
const WARM_UP_ROUNDS = 5;
const TRAFFIC: Traffic = { everyMs: 50, patch: { bytes: new Uint8Array(64), delivery: 'reliable' }, inputBytes: 16 };

const HIGHEST_GROWTH = 1.2;
const BASE_STEP = 100;

const HELD = 1_000;
/** What everybody after the first few needs is there. */
const FIRST = 20;
const HIGHEST_BYTES = 8_192;

const MEMBERS = 250;
const WITHIN_MS = 1_000;

export const benchmark: Benchmark = {
  title: `1 to ${HELD} connections to one host: microseconds of the host a second for each, with a patch of 64 B out and an input of 16 B in 20 times a second; heap for each idle one; a lobby of ${MEMBERS} that everybody joins within a second`,
  goal: `at ${HELD} at most ${HIGHEST_GROWTH} times ${BASE_STEP}; at most ${HIGHEST_BYTES} B of heap; no join fails`,
  problem: () => undefined,
  run: async (args) => {
    const has = (part: string) => args.length === 0 || args.includes(part);
    const costs = has('cpu') ? measureCosts() : undefined;
    const heap: Partial<Record<HostKind, number>> = {};
    if (has('heap')) for (const kind of ['endpoint', 'Colyseus', 'ws-transport'] as const) heap[kind] = await measureHeap(kind);
    const joins = has('lobby') ? await measureLobby() : undefined;
    const rows = STEPS.map((step, i) => ({
      connections: String(step),
      'µs a second for each': costs?.[i]?.toFixed(0) ?? '-',
      'B of heap: endpoint': step === HELD ? bytes(heap.endpoint) : '',
      'room over Steam': step === HELD ? bytes(heap.Colyseus) : '',
      'room over ws': step === HELD ? bytes(heap['ws-transport']) : '',
      'lobby: all in': step === MEMBERS && joins !== undefined ? `${joins.tookMs.toFixed(0)} ms` : '',
      'join p50 / p99':
        step === MEMBERS && joins !== undefined
          ? `${median(joins.joinMs).toFixed(0)} / ${percentile(joins.joinMs, 0.99).toFixed(0)} ms`
          : '',
      failed: step === MEMBERS && joins !== undefined ? String(joins.failures.length) : '',
    }));
    const growth = costs === undefined ? undefined : (costs.at(-1) as number) / (costs[STEPS.indexOf(BASE_STEP)] as number);
    const found = [
      growth === undefined ? undefined : `cost at ${HELD} ${growth.toFixed(2)} times that at ${BASE_STEP}`,
      heap.endpoint === undefined ? undefined : `${heap.endpoint.toFixed(0)} B of heap`,
      joins === undefined ? undefined : `${joins.failures.length} failed (${[...new Set(joins.failures)].join('; ') || 'none'})`,
    ];
    return {
      rows,
      result: found.filter((text) => text !== undefined).join(', '),
      isGoalReached: (growth ?? 0) <= HIGHEST_GROWTH && (heap.endpoint ?? 0) <= HIGHEST_BYTES && !joins?.failures.length,
    };
  },
};

function bytes(value: number | undefined): string {
  return value?.toFixed(0) ?? '-';
}

/** The crowds take turns: what disturbs one for a while disturbs the others as well. */
function measureCosts(): number[] {
  const crowds = STEPS.map((size) => ({ size, crowd: new Crowd(size), costs: [] as number[] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const { size, crowd, costs } of crowds) {
      const tookMs = crowd.run(1_000, TRAFFIC);
      if (round >= 0) costs.push((tookMs * 1_000) / size);
    }
  }
  return crowds.map(({ costs }) => median(costs));
}

function measureHeap(kind: HostKind): Promise<number> {
  return withUsers(
    async ({ hub, start }) => {
      const [host, users] = [start(import.meta.url), start(import.meta.url)];
      const address = await host.call(serve, kind, hub);
      await users.call(connect, FIRST, kind, address, hub);
      const before = await host.call(usedBytes);
      await users.call(connect, HELD - FIRST, kind, address, hub);
      return ((await host.call(usedBytes)) - before) / (HELD - FIRST);
    },
    () => ({}),
  );
}

function measureLobby() {
  return withUsers(
    async ({ hub, start }) => {
      const [host, users] = [start(import.meta.url), start(import.meta.url)];
      const lobby = await host.call(openLobby, MEMBERS, hub);
      // The host is a member himself.
      await users.call(logIn, MEMBERS - 1, hub);
      return users.call(joinLobby, lobby, WITHIN_MS);
    },
    () => ({}),
  );
}
