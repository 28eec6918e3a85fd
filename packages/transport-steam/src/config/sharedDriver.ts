import { randomInt } from 'node:crypto';
import { checkDriver } from '../driver/checkDriver.ts';
import { initSteamworks } from '../driver/initSteamworks.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { SteamworksDriver } from '../driver/SteamworksDriver.ts';
import { STEAM_ID_BASE } from '../driver/steamId.ts';
import { hubUser } from '../sim/hub/connectToHub.ts';
import type { HubDriver } from '../sim/hub/HubDriver.ts';
import type { steamKeys } from './keys.ts';
import { checked, type Settings } from './readConfig.ts';

/** The connection of this process to Steam. */
export interface ProcessDriver {
  readonly driver: SteamDriver;
  /** In words, for a person. */
  readonly name: string;
  /** Resolves when Steam has let us in. Until then all that is sent waits. @throws Error (rejects) that says why it does not */
  ready(): Promise<void>;
}

/** Accounts that a process without a SteamID makes up. */
const ACCOUNTS = 2 ** 32;
const DEFAULT_HUB = 'default';
/** Spacewar, Valve's test app. */
const DEFAULT_APP_ID = 480;

/** Steam gives a process one identity and one packet queue: on the process, so that the ESM and the CommonJS copy share it. */
const SHARED = Symbol.for('colyseus-transport-steam.drivers');
const here: typeof globalThis & { [SHARED]?: Map<string, SteamDriver> } = globalThis;

/**
 * The driver that the configuration says, at once: host and players of one process get the same.
 *
 * @throws SteamError when Steam does not start, saying what to do; TypeError for a driver that is none
 */
export function sharedDriver(settings: Settings<typeof steamKeys>): ProcessDriver {
  const { driver } = settings;
  if (driver === undefined || driver.value === 'steamworks') return steamworks(settings.appId?.value);
  if (driver.value === 'simulated') return simulated(settings);
  const own = checked(driver.where, () => checkDriver(driver.value));
  return { driver: own, name: 'a driver of the game', ready: async () => undefined };
}

function steamworks(appId: number | undefined): ProcessDriver {
  // Throws for a second app id; after a success it returns what there is.
  const client = initSteamworks(appId);
  const driver = remembered('steamworks', () => new SteamworksDriver(client));
  return { driver, name: 'Steam', ready: async () => undefined };
}

function simulated({ appId, steamId, hub }: Settings<typeof steamKeys>): ProcessDriver {
  const address = { appId: appId?.value ?? DEFAULT_APP_ID, name: hub?.value ?? DEFAULT_HUB };
  const place = `simulated ${address.appId} ${address.name}`;
  // Who does not say who he is, is who this process is there already.
  const driver = remembered(steamId === undefined ? place : `${place} ${steamId.value}`, () =>
    hubUser({ ...address, steamId: steamId?.value ?? STEAM_ID_BASE + BigInt(randomInt(1, ACCOUNTS)) }),
  ) as HubDriver;
  remembered(place, () => driver);
  return {
    driver,
    name: `the simulated Steam ${JSON.stringify(address.name)}, app ${address.appId}`,
    ready: () => driver.logIn(),
  };
}

/** One that was closed is over: whoever comes then gets another. */
function remembered(name: string, make: () => SteamDriver): SteamDriver {
  here[SHARED] ??= new Map();
  const present = here[SHARED].get(name);
  if (present !== undefined && !present.isClosed) return present;
  const driver = make();
  here[SHARED].set(name, driver);
  return driver;
}
