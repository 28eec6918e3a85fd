import { setTimeout as sleep } from 'node:timers/promises';
import { nativeProblem } from '../test/native/double.ts';
import type { Benchmark } from './Benchmark.ts';
import type { Participant } from './Participant.ts';
import * as clients from './room/clients.ts';
import * as server from './room/server.ts';
import { median } from './statistics.ts';
import { nativeUser, type Users, withUsers } from './withUsers.ts';

const PLAYERS = [8, 32, 100, 250];
/** Where the goal is. */
const GOAL_PLAYERS = 100;
const HIGHEST_SHARE = 0.5;

const ROUNDS = 3;
/** The first round of each side, which does not count, is for the compiler. */
const FIRST_MS = 12_000;
const SETTLE_MS = 300;
const MEASURED_MS = 1_600;

const names: Readonly<Record<server.Side, string>> = {
  null: 'null transport',
  ws: '@colyseus/ws-transport',
  hub: 'ours, simulated Steam',
  addon: 'ours, addon on the double',
  bare: 'bare calls of the addon',
};

/** Its QUIC library is no npm package, but a binary that is fetched from GitHub when it is installed. */
const H3 = '@colyseus/h3-transport: left out, see README.md';

/** What was measured of one side in one round. */
interface Sample extends server.ServerSample {
  /** That arrived in a second: patches at players, inputs at the room. */
  readonly messagesPerSecond: number;
  /** ms of the server's CPU for 1000 of them. */
  readonly cpu: number;
}

/** One way to connect players to a room, for some number of them. */
interface Arm {
  readonly side: server.Side;
  readonly host: Participant;
  readonly players: Participant | undefined;
  readonly address: server.Address;
  /** What the process of the server grew by for each connection. */
  readonly residentBytes: number;
  readonly samples: Sample[];
}

export const benchmark: Benchmark = {
  title:
    'a room of players who move, 60 patches a second, 20 inputs a second of each: CPU of the server alone, ms for 1000 messages',
  goal: `of ${GOAL_PLAYERS} players, a share of ours in it of at most ${HIGHEST_SHARE} of that of ws-transport`,
  problem: () => undefined,
  run: async (args) => {
    const counts = args.length === 0 ? PLAYERS : args.map(Number);
    const rows: Record<string, string>[] = [];
    const shares: { readonly count: number; readonly highest: number }[] = [];
    for (const count of counts) {
      const arms = await withUsers((users) => compare(users, count), environment);
      const ratios = new Map(arms.map((arm) => [arm, shareOfWebSocket(arm, arms)]));
      rows.push(...arms.map((arm) => rowOf(arm, count, arms, ratios.get(arm) ?? Number.NaN)));
      shares.push({ count, highest: Math.max(...arms.filter(isOurs).map((arm) => ratios.get(arm) ?? Number.NaN)) });
    }
    rows.push({ transport: H3 });
    const goal = shares.find(({ count }) => count === GOAL_PLAYERS) ?? shares.at(-1);
    return {
      rows,
      result: `of ${goal?.count} players, at most ${goal?.highest.toFixed(2)} of ws-transport's share`,
      isGoalReached: goal !== undefined && goal.highest <= HIGHEST_SHARE,
    };
  },
};

const environment = nativeProblem() === undefined ? nativeUser : () => ({});

async function compare(users: Users, count: number): Promise<Arm[]> {
  const sides: server.Side[] = nativeProblem() === undefined ? ['null', 'ws', 'hub', 'addon', 'bare'] : ['null', 'ws', 'hub'];
  const arms: Arm[] = [];
  for (const side of sides) arms.push(await armOf(users, side, count));
  for (const arm of arms) await measure(arm, count, FIRST_MS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const arm of arms) arm.samples.push(await measure(arm, count, MEASURED_MS));
  }
  return arms;
}

async function armOf({ hub, start }: Users, side: server.Side, count: number): Promise<Arm> {
  const host = start(new URL('./room/server.ts', import.meta.url).href);
  const players = side === 'null' ? undefined : start(new URL('./room/clients.ts', import.meta.url).href);
  const address = await host.call(server.serve, side, hub);
  const join = async (joining: number): Promise<void> => {
    if (players === undefined) await host.call(server.joinNobody, joining);
    else if (side !== 'bare') await players.call(clients.join, side, address, hub, joining);
    else await host.call(server.joinBare, await players.call(clients.joinBare, address, hub, joining));
  };
  // What the first one takes is the code and the room.
  await join(1);
  const before = await host.call(server.residentBytes);
  await join(count - 1);
  const residentBytes = ((await host.call(server.residentBytes)) - before) / (count - 1);
  return { side, host, players, address, residentBytes, samples: [] };
}

async function measure({ host, players, address }: Arm, count: number, ms: number): Promise<Sample> {
  await Promise.all([host.call(server.begin, count), players?.call(clients.begin, address)]);
  await sleep(SETTLE_MS);
  const [served, received] = await Promise.all([host.call(server.measure, ms), players?.call(clients.measure, ms)]);
  await Promise.all([host.call(server.end), players?.call(clients.end)]);
  const patches = received === undefined ? served.dropped / served.ms : received.messages / received.ms;
  const messagesPerMs = patches + served.inputs / served.ms;
  return { ...served, messagesPerSecond: messagesPerMs * 1_000, cpu: (served.cpuMs / served.ms / messagesPerMs) * 1_000 };
}

/** Over the rounds, the median of our share of the CPU as a part of theirs: what the transport takes beyond the null transport. */
function shareOfWebSocket(arm: Arm, arms: readonly Arm[]): number {
  const ws = samplesOf('ws', arms);
  const nothing = samplesOf('null', arms);
  return median(
    arm.samples.map(({ cpu }, round) => {
      const base = nothing[round]?.cpu ?? Number.NaN;
      return (cpu - base) / ((ws[round]?.cpu ?? Number.NaN) - base);
    }),
  );
}

function rowOf(
  { side, residentBytes, samples }: Arm,
  count: number,
  arms: readonly Arm[],
  ratio: number,
): Record<string, string> {
  const nothing = samplesOf('null', arms);
  const all = (value: (sample: Sample) => number) => median(samples.map(value));
  const own = median(samples.map(({ cpu }, round) => cpu - (nothing[round]?.cpu ?? Number.NaN)));
  const perSecond = (value: (sample: Sample) => number) => all((sample) => (value(sample) / sample.ms) * 1_000);
  const packets = side === 'ws' ? all(({ messagesPerSecond }) => messagesPerSecond) : perSecond((sample) => sample.packets);
  const isNull = side === 'null';
  return {
    transport: names[side],
    players: String(count),
    'CPU / 1000': all(({ cpu }) => cpu).toFixed(2),
    'own share': isNull ? '' : own.toFixed(2),
    'of ws': isNull ? '' : ratio.toFixed(2),
    '% CPU': all(({ cpuMs, ms }) => (cpuMs / ms) * 100).toFixed(0),
    'loop p99': all(({ loopP99Ms }) => loopP99Ms).toFixed(1),
    'messages/s': all(({ messagesPerSecond }) => messagesPerSecond).toFixed(0),
    'packets/s': isNull ? '' : packets.toFixed(0),
    'MB/s': isNull ? '' : (perSecond(({ bytes }) => bytes) / 1e6).toFixed(1),
    'kB each': isNull ? '' : (residentBytes / 1_000).toFixed(0),
  };
}

function samplesOf(side: server.Side, arms: readonly Arm[]): readonly Sample[] {
  return arms.find((arm) => arm.side === side)?.samples ?? [];
}

function isOurs({ side }: Arm): boolean {
  return side === 'hub' || side === 'addon';
}
