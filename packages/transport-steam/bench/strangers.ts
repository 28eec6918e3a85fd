import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Endpoint } from '../src/connection/Endpoint.ts';
import { connectToHub, type HubAddress } from '../src/sim.ts';
import { encodeReset } from '../src/wire/hello.ts';
import { type Flood, FloodedDriver } from '../test/helpers/FloodedDriver.ts';
import { greeting } from '../test/wire/support.ts';
import type { Benchmark } from './Benchmark.ts';
import { usedBytes } from './heap.ts';
import { median, percentile } from './statistics.ts';
import { withUsers } from './withUsers.ts';

const PLAYERS = 2;
const PER_SECOND = 10_000;
const WARM_UP_MS = 1_000;
const MEASURED_MS = 6_000;
/** From one message of a player to his next. */
const PING_MS = 20;
const HIGHEST_P99_MS = 20;

/** What comes, and what the host says to it. */
const floods = {
  'no strangers': undefined,
  'announcements, refused': { flood: 'announcements', decide: () => 'not today' },
  'announcements, decided after 3 s': { flood: 'announcements', decide: () => sleep(3_000, false) },
  'hellos, refused': { flood: (index) => greeting({ epoch: index, tag: index % 64 }), decide: () => 'not today' },
  'hellos, decided after 3 s': {
    flood: (index) => greeting({ epoch: index, tag: index % 64 }),
    decide: () => sleep(3_000, false),
  },
  'packets of no session': { flood: () => Uint8Array.of(0xc0, 0x04, 0x00, 1, 2, 3), decide: () => false },
  resets: { flood: (index) => encodeReset(index % 64), decide: () => false },
} as const satisfies Record<string, { flood: Flood; decide: () => boolean | string | Promise<boolean> } | undefined>;
type Name = keyof typeof floods;

export const benchmark: Benchmark = {
  title: `a host with ${PLAYERS} players, and ${PER_SECOND} strangers a second, each of them another user; ms, kB of heap, percent of a core`,
  goal: `p99 of the host's event loop under ${HIGHEST_P99_MS} ms`,
  problem: () => undefined,
  run: () =>
    withUsers(
      async ({ hub, start }) => {
        const [host, player] = [start(import.meta.url), start(import.meta.url)];
        await player.call(join, hub, await host.call(serve, hub));
        const rows: Record<string, string>[] = [];
        let highest = 0;
        for (const name of Object.keys(floods) as Name[]) {
          await host.call(begin, name);
          await sleep(WARM_UP_MS);
          const [{ p50Ms, p99Ms, maxMs, cpu }, rtts] = await Promise.all([host.call(measure), player.call(roundTrips)]);
          const { heapBytes, ignored, sessions } = await host.call(end);
          if (sessions !== PLAYERS) throw new Error(`${name}: ${sessions} sessions, not ${PLAYERS}`);
          highest = Math.max(highest, p99Ms);
          rows.push({
            strangers: name,
            'loop p50': p50Ms.toFixed(1),
            p99: p99Ms.toFixed(1),
            max: maxMs.toFixed(1),
            'RTT median': median(rtts).toFixed(2),
            'RTT p99': percentile(rtts, 0.99).toFixed(2),
            '% CPU': cpu.toFixed(1),
            'heap grown': (heapBytes / 1_000).toFixed(0),
            ignored: String(ignored),
          });
        }
        return { rows, result: `highest p99: ${highest.toFixed(1)} ms`, isGoalReached: highest < HIGHEST_P99_MS };
      },
      () => ({}),
    ),
};

// What follows runs in the two processes.

let driver: FloodedDriver;
let endpoint: Endpoint;
/** The first are players. */
let decide: () => boolean | string | Promise<boolean> = () => true;
let heapBytes = 0;
let ignored = 0;

export async function serve(hub: HubAddress): Promise<bigint> {
  driver = new FloodedDriver(await connectToHub(hub), () => performance.now());
  endpoint = Endpoint.of(driver);
  endpoint.serve({
    onSessionRequest: () => decide(),
    onConnection: (connection) => ({ onMessage: (bytes) => connection.send(bytes), onClose: () => {} }),
    onRequest: () => Promise.reject(new Error('nobody asks')),
  });
  endpoint.acquire();
  return driver.steamId;
}

export function begin(name: Name): void {
  const chosen = floods[name];
  heapBytes = usedBytes();
  ignored = endpoint.strangers.ignored;
  if (chosen === undefined) return;
  decide = chosen.decide;
  driver.begin(chosen.flood, PER_SECOND);
}

/** What is grown is measured while the strangers still come. */
export function end(): { heapBytes: number; ignored: number; sessions: number } {
  const grown = usedBytes() - heapBytes;
  driver.end();
  return { heapBytes: grown, ignored: endpoint.strangers.ignored - ignored, sessions: endpoint.stats().length };
}

export async function measure(): Promise<{ p50Ms: number; p99Ms: number; maxMs: number; cpu: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  const before = process.cpuUsage();
  delay.enable();
  await sleep(MEASURED_MS);
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  const [p50Ms = 0, p99Ms = 0] = [50, 99].map((percent) => delay.percentile(percent) / 1e6);
  return { p50Ms, p99Ms, maxMs: delay.max / 1e6, cpu: (user + system) / 10 / (performance.now() - start) };
}

/** One for each player: what they send, and what takes the time of its way there and back. */
const pings: { send(): void; take(): number[] }[] = [];

export async function join(hub: HubAddress, host: bigint): Promise<void> {
  for (let i = 0; i < PLAYERS; i++) {
    const player = Endpoint.of(await connectToHub(hub));
    player.acquire();
    const isOpen = Promise.withResolvers<void>();
    const rtts: number[] = [];
    const connection = player.connect(host, '/', {
      onOpen: () => isOpen.resolve(),
      onMessage: (bytes) => rtts.push(performance.now() - Number(Buffer.from(bytes).toString())),
      onClose: (code, reason, error) => isOpen.reject(error ?? new Error(`closed: ${code} ${reason}`)),
    });
    pings.push({ send: () => connection.send(Buffer.from(String(performance.now()))), take: () => rtts.splice(0) });
    await isOpen.promise;
  }
}

export async function roundTrips(): Promise<number[]> {
  for (const ping of pings) ping.take();
  const over = performance.now() + MEASURED_MS;
  while (performance.now() < over) {
    for (const ping of pings) ping.send();
    await sleep(PING_MS);
  }
  return pings.flatMap((ping) => ping.take());
}
