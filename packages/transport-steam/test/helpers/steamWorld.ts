import { jest } from '@jest/globals';
import type { LinkConditions, SimulatedSteamOptions } from '../../src/sim.ts';
import { World } from '../compliance/transport/World.ts';
import { muteConsole } from './muteConsole.ts';
import { type HostOptions, type SteamArena, steamArena } from './steamArena.ts';

/** A Colyseus server on a simulated Steam for the length of one test; nothing may be left when it ends. */
export async function withSteamWorld(
  setting: {
    conditions?: LinkConditions;
    options?: Parameters<typeof steamArena>[1];
    seed?: number;
    host?: HostOptions;
    steam?: SimulatedSteamOptions;
  },
  play: (world: World, arena: SteamArena) => Promise<void>,
): Promise<void> {
  muteConsole();
  const arena = steamArena(setting.conditions ?? {}, setting.options, setting.seed, setting.host, setting.steam);
  const world = await World.open(() => arena);
  try {
    await play(world, arena);
  } finally {
    await world.close();
    jest.restoreAllMocks();
  }
}
