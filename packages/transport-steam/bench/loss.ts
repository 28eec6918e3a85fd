import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, type Transport } from '@colyseus/core';
import { ColyseusSDK } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { SteamSDK } from '../src/client.ts';
import { SteamTransport } from '../src/index.ts';
import { connectHubControl, connectToHub, type HubAddress } from '../src/sim.ts';
import type { Benchmark } from './Benchmark.ts';
import { type Age, type Ages, type Line, measureAges } from './loss/Ages.ts';
import { buildLossyNetworks, FAR_ADDRESS, type LossyNetworks, NEAR_ADDRESS } from './loss/lossyNetwork.ts';
import { type Player, positionsRoom, Rounds } from './loss/positions.ts';
import { Participant } from './Participant.ts';
import { withUsers } from './withUsers.ts';

const SEED = 7;
/** Players who look on; each has his own line. */
const WATCHERS = 4;
const WARM_UP_MS = 2_000;
const MEASURED_MS = 20_000;

const HIGHEST_SHARE_OF_WS = 1 / 3;
const HIGHEST_OVER_PERFECT = 1.1;
/** Of the cases that the goal is about. */
const GOAL_DELAY_MS = 60;
const GOAL_LOSS = 0.05;

interface Case {
  /** One way, as `LinkConditions.latencyMs`. */
  readonly delayMs: number;
  readonly loss: number;
  /** Who move. */
  readonly players: number;
}

const CASES: readonly Case[] = [
  { delayMs: 60, loss: 0, players: 8 },
  { delayMs: 60, loss: 0.02, players: 8 },
  { delayMs: 60, loss: 0.05, players: 8 },
  { delayMs: 60, loss: 0.1, players: 8 },
  // A state of 2 packets, and one of 5.
  { delayMs: 60, loss: 0.05, players: 104 },
  { delayMs: 60, loss: 0.05, players: 400 },
  { delayMs: 30, loss: 0.05, players: 8 },
];

type Name = 'unreliable' | 'reliable' | 'ws-transport';

export const benchmark: Benchmark = {
  title: `age of the newest position that a player sees, 60 patches a second; p50 / p99, ms`,
  goal: `p99 of unreliable at ${GOAL_DELAY_MS} ms and ${percent(GOAL_LOSS)} at most a third of ws-transport's, and ${HIGHEST_OVER_PERFECT} times a perfect channel's`,
  problem: () => undefined,
  run: async (args) => {
    const chosen = args.map((arg) => Number(arg) / 100);
    const cases = CASES.filter(({ loss }) => chosen.length === 0 || chosen.includes(loss));
    const networks = buildLossyNetworks();
    try {
      const results: { case: Case; sides: Partial<Record<Name, Ages>> }[] = [];
      for (const one of cases) results.push({ case: one, sides: await measureSides(one, networks) });
      return report(results, networks.problem);
    } finally {
      networks.remove();
    }
  },
};

/** All at the same time: what disturbs one disturbs the others as well. */
async function measureSides({ delayMs, loss, players }: Case, networks: LossyNetworks): Promise<Partial<Record<Name, Ages>>> {
  const line = { delayMs, loss, seed: SEED };
  return withUsers(
    async ({ hub, start }) => {
      const control = await connectHubControl(hub);
      await control.setConditions({ latencyMs: delayMs, loss });
      const sides: Partial<Record<Name, Participant>> = { unreliable: start(import.meta.url), reliable: start(import.meta.url) };
      if (networks.problem === undefined) {
        sides['ws-transport'] = new Participant(import.meta.url, {}, networks.launcher(line));
      }
      const participants = Object.entries(sides) as [Name, Participant][];
      try {
        await Promise.all(participants.map(([name, side]) => side.call(play, players, name, hub)));
        await sleep(WARM_UP_MS);
        const measured = participants.map(async ([name, side]) => [name, await side.call(measure, line, MEASURED_MS)] as const);
        return Object.fromEntries(await Promise.all(measured));
      } finally {
        sides['ws-transport']?.end();
        control.close();
      }
    },
    () => ({}),
  );
}

function report(results: readonly { case: Case; sides: Partial<Record<Name, Ages>> }[], problem: string | undefined) {
  const rows: Record<string, string>[] = [];
  let isGoalReached = true;
  const found: string[] = [];
  for (const {
    case: { delayMs, loss, players },
    sides,
  } of results) {
    const { unreliable, reliable, 'ws-transport': ws } = sides;
    rows.push({
      'one way': `${delayMs} ms`,
      loss: percent(loss),
      players: String(players),
      'perfect channel': text(unreliable?.perfect),
      'ours, unreliable': text(unreliable?.measured),
      'ours, reliable': text(reliable?.measured),
      'ws-transport': text(ws?.measured),
    });
    if (delayMs !== GOAL_DELAY_MS || loss !== GOAL_LOSS || unreliable === undefined) continue;
    const ofWs = unreliable.measured.p99Ms / (ws?.measured.p99Ms ?? Number.NaN);
    const ofPerfect = unreliable.measured.p99Ms / unreliable.perfect.p99Ms;
    found.push(`${players} players ${ofPerfect.toFixed(2)} times a perfect channel, ${ofWs.toFixed(2)} times ws-transport`);
    // Where there is no network for it, ws-transport is left out.
    isGoalReached &&= !(ofWs > HIGHEST_SHARE_OF_WS) && ofPerfect <= HIGHEST_OVER_PERFECT;
  }
  const without = problem === undefined ? '' : ` (no ws-transport: ${problem})`;
  return {
    rows,
    result: `p99 of unreliable: ${found.join('; ') || 'not measured'}${without}`,
    isGoalReached: isGoalReached && found.length > 0,
  };
}

function text(age: Age | undefined): string {
  return age === undefined ? '-' : `${age.p50Ms.toFixed(0)} / ${age.p99Ms.toFixed(0)}`;
}

function percent(share: number): string {
  return `${share * 100} %`;
}

// What follows runs in the processes: each has a server, and its players.

const rounds = new Rounds();
const watchers: Player[][] = [];

/** Begins a room, which `WATCHERS` players join. */
export async function play(players: number, name: Name, hub: HubAddress): Promise<void> {
  const { transport, listen, dial } = name === 'ws-transport' ? overWs() : await overSteam(hub);
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('positions', positionsRoom(players, name !== 'unreliable', rounds));
  await listen(server);
  for (let i = 0; i < WATCHERS; i++) {
    const room = await (await dial()).joinOrCreate<{ players: Map<string, Player> }>('positions');
    await new Promise((resolve) => room.onStateChange.once(resolve));
    watchers.push([...room.state.players.values()]);
  }
  rounds.haveBegun = true;
}

export function measure(line: Line, forMs: number): Promise<Ages> {
  return measureAges(watchers, rounds, line, forMs);
}

interface Side {
  readonly transport: Transport;
  listen(server: Server): Promise<unknown>;
  dial(): ColyseusSDK | Promise<ColyseusSDK>;
}

async function overSteam(hub: HubAddress): Promise<Side> {
  const driver = await connectToHub(hub);
  return {
    transport: new SteamTransport({ driver }),
    listen: (server) => server.listen(0),
    dial: async () => new SteamSDK(`steam://${driver.steamId}`, { driver: await connectToHub(hub) }),
  };
}

function overWs(): Side {
  const http = createServer();
  return {
    transport: new WebSocketTransport({ server: http }),
    listen: (server) => server.listen(0, NEAR_ADDRESS),
    dial: () => new ColyseusSDK(`ws://${FAR_ADDRESS}:${(http.address() as AddressInfo).port}`),
  };
}
