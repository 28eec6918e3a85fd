import { setTimeout as sleep } from 'node:timers/promises';
import { Room, Server } from '@colyseus/core';
import { SteamSDK } from '../src/client.ts';
import { SteamTransport } from '../src/index.ts';
import { connectToHub, type HubAddress } from '../src/sim.ts';
import { initSteamworks, SteamworksDriver } from '../src/steamworks.ts';
import { nativeProblem } from '../test/native/double.ts';
import type { Benchmark } from './Benchmark.ts';
import { withUsers } from './withUsers.ts';

const PLAYERS = 8;
const WARM_UP_MS = 4_000;
const MEASURED_MS = 12_000;
const TIMER_MS = 16;

const HIGHEST_PERCENT = 0.5;

export const benchmark: Benchmark = {
  title: `a host with ${PLAYERS} players who do nothing; CPU, percent of a core over ${MEASURED_MS / 1_000} s, all at the same time`,
  goal: `under ${HIGHEST_PERCENT} %`,
  problem: nativeProblem,
  run: () =>
    withUsers(async ({ hub, start }) => {
      // All load the same file, so that they differ in nothing but what they do.
      const timer = start(import.meta.url);
      const steam = start(import.meta.url);
      const host = start(import.meta.url);
      const players = start(import.meta.url);
      await Promise.all([timer.call(runTimer), steam.call(startSteam)]);
      await players.call(join, hub, await host.call(serve));
      await sleep(WARM_UP_MS);
      const sides = [timer, steam, host];
      const [timerPercent = 0, steamPercent = 0, hostPercent = 0] = await Promise.all(sides.map((side) => side.call(cpuPercent)));
      const sessions = await host.call(countSessions);
      if (sessions !== PLAYERS) throw new Error(`${sessions} sessions, not ${PLAYERS}`);
      const oursPercent = hostPercent - steamPercent;
      const row = (process: string, percent: number) => ({ process, '%': percent.toFixed(2) });
      return {
        rows: [
          row(`a bare timer of ${TIMER_MS} ms`, timerPercent),
          row('steamworks.js alone', steamPercent),
          row(`host with ${PLAYERS} players`, hostPercent),
        ],
        result: `host minus steamworks.js alone: ${oursPercent.toFixed(2)} %`,
        isGoalReached: oursPercent < HIGHEST_PERCENT,
      };
    }),
};

// What follows runs in the four processes.

class IdleRoom extends Room {
  // The timer of a room is Colyseus', and not what is measured.
  override patchRate = 1_000_000;
}

let transport: SteamTransport | undefined;

export async function cpuPercent(): Promise<number> {
  const start = performance.now();
  const before = process.cpuUsage();
  await sleep(MEASURED_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - start);
}

export function runTimer(): void {
  setTimeout(runTimer, TIMER_MS);
}

export function startSteam(): void {
  initSteamworks(480);
}

export async function serve(): Promise<bigint> {
  const driver = new SteamworksDriver(initSteamworks(480));
  transport = new SteamTransport({ driver });
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('idle', IdleRoom);
  await server.listen(0);
  return driver.steamId;
}

/** The players need no process each: nothing is measured here. */
export async function join(hub: HubAddress, host: bigint): Promise<void> {
  for (let i = 0; i < PLAYERS; i++) {
    const player = new SteamSDK(`steam://${host}`, { driver: await connectToHub(hub) });
    await player.joinOrCreate('idle');
  }
}

export function countSessions(): number {
  return transport?.endpoint.stats().length ?? 0;
}
