import { connectToHub, type HubDriver } from 'colyseus-transport-steam/sim';
import { initSteamworks, SteamworksDriver } from 'colyseus-transport-steam/steamworks';

/** Valve's test app, which every account owns. */
const SPACEWAR = 480;

/** Who the process is, where Steam is simulated. */
export interface SimulatedUser {
  /** Which simulated Steam. */
  readonly hub: string;
  readonly name: string;
  /** @default somebody new */
  readonly steamId?: bigint | undefined;
}

/** The process' connection to Steam: the simulated one, or by `STEAM_DRIVER=steamworks` that of steamworks.js. */
export async function openDriver({ hub, name, steamId }: SimulatedUser): Promise<HubDriver | SteamworksDriver> {
  if (process.env.STEAM_DRIVER !== 'steamworks') {
    return connectToHub({ name: hub, personaName: name, ...(steamId !== undefined && { steamId }) });
  }
  return new SteamworksDriver(initSteamworks(SPACEWAR));
}
