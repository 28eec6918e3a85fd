import { connectToHub, type HubDriver } from 'colyseus-transport-steam/sim';
import { initSteamworks, SteamworksDriver } from 'colyseus-transport-steam/steamworks';
import type { Part } from './stage/Stage.ts';

/** Valve's test app, which every account owns. */
const SPACEWAR = 480;

/** The process' connection to Steam: the simulated one, or by `STEAM_DRIVER=steamworks` that of steamworks.js. */
export async function openDriver({ hub, name }: Part): Promise<HubDriver | SteamworksDriver> {
  if (process.env.STEAM_DRIVER !== 'steamworks') return connectToHub({ name: hub, personaName: name });
  // steamworks.js keeps its process for ever: it ends when the director has heard the last word.
  process.on('disconnect', () => process.exit());
  return new SteamworksDriver(initSteamworks(SPACEWAR));
}
