import { type EndpointOptions, resolveEndpointOptions } from '../connection/options.ts';
import { isAppId, MAX_APP_ID } from '../driver/appId.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { isIndividualSteamId } from '../driver/steamId.ts';
import { Messages } from '../messages/Messages.ts';
import { checked, isRecord, type Key, type Keys, type Setting, type Settings } from './readConfig.ts';

/** What host and player are told alike: who they are in Steam, and how they speak. */
export interface SteamConfig {
  /**
   * A JSON file with the rest. What stands beside this goes before what stands there.
   * @default the environment variable `COLYSEUS_TRANSPORT_FILE`, else none
   */
  file?: string;
  /**
   * `steamworks`: Steam itself, by steamworks.js. `simulated`: the Steam that is simulated for all processes of this machine. Or a driver of the
   * game's own, which then is the game's to close. A process has one: whoever asks for the same gets the same.
   * @default the environment variable `STEAM_DRIVER`, else `steamworks`
   */
  driver?: 'steamworks' | 'simulated' | SteamDriver;
  /**
   * The app that is played.
   * @default the environment variable `STEAM_APP_ID`, else what Steam itself goes by (`SteamAppId`, `steam_appid.txt`); 480 for the simulated one
   */
  appId?: number;
  /**
   * Who we are in the simulated Steam; Steam itself knows. A string, or a bigint.
   * @default the environment variable `STEAM_ID`, else who this process is there already, else somebody new
   */
  steamId?: string | bigint;
  /**
   * Which simulated Steam of this machine: processes with the same name find each other.
   * @default the environment variable `STEAM_HUB`, else `default`
   */
  hub?: string;
  /**
   * Times and limits of what this process does over Steam: see `EndpointOptions`. The same for its host and its players.
   * @default the defaults of `EndpointOptions`
   */
  endpoint?: Omit<EndpointOptions, 'contract'>;
  /**
   * The messages of the game, from `colyseus-transport-steam/messages`, on whatever transport. The same on both sides.
   * @default none
   */
  messages?: Messages;
}

type DriverKind = 'steamworks' | 'simulated';

export const steamKeys = {
  driver: {
    variable: 'STEAM_DRIVER',
    inFile: true,
    allowed: '"steamworks", "simulated", or a SteamDriver',
    read: (value): DriverKind | SteamDriver | undefined =>
      value === 'steamworks' || value === 'simulated' || isRecord(value) ? (value as DriverKind | SteamDriver) : undefined,
  },
  appId: {
    variable: 'STEAM_APP_ID',
    inFile: true,
    allowed: `an integer from 1 to ${MAX_APP_ID}, such as 480`,
    read: (value): number | undefined => {
      const appId = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return typeof appId === 'number' && isAppId(appId) ? appId : undefined;
    },
  },
  steamId: {
    variable: 'STEAM_ID',
    inFile: true,
    // JSON and JavaScript have no number of so many digits.
    allowed: 'the SteamID64 of a person, as a string or a bigint, such as "76561198000000001"',
    read: (value): bigint | undefined => {
      const steamId = typeof value === 'string' && /^\d{17}$/.test(value) ? BigInt(value) : value;
      return isIndividualSteamId(steamId) ? steamId : undefined;
    },
  },
  hub: {
    variable: 'STEAM_HUB',
    inFile: true,
    allowed: "a name of 1 to 24 letters, digits, '_' and '-'",
    read: (value): string | undefined => (typeof value === 'string' && /^[A-Za-z0-9_-]{1,24}$/.test(value) ? value : undefined),
  },
  endpoint: objectKey<Omit<EndpointOptions, 'contract'>>('an object of endpoint options, such as { connectTimeoutMs: 5000 }'),
  messages: {
    inFile: false,
    allowed: 'what defineMessages() returned',
    read: (value): Messages | undefined => (value instanceof Messages ? value : undefined),
  },
} as const satisfies Keys;

/** What a file for both sides may have, and only one of them reads. Each side knows the names of the other one's keys, and nothing else of it. */
export const hostKeysInFile = ['transport', 'websocket', 'lobby'] as const;
export const playerKeysInFile = ['headers', 'tickets', 'protocol'] as const;

/** A key whose value is an object, whose own fields somebody else checks. */
export function objectKey<T extends object>(allowed: string): Key<T> {
  return { inFile: true, allowed, read: (value) => (isRecord(value) ? (value as T) : undefined) };
}

/** A key that only code can say, whose value goes through as it is: what takes it checks it. */
export function codeKey<T>(allowed: string): Key<T> {
  return { inFile: false, allowed, read: (value) => value as T };
}

/** One of several words. */
export function choiceKey<T extends string>(choices: readonly T[], variable?: string): Key<T> {
  const allowed = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  const read = (value: unknown) => choices.find((choice) => choice === value);
  return variable === undefined ? { inFile: true, allowed, read } : { variable, inFile: true, allowed, read };
}

/** The values alone, without those that are not set. */
export function valuesOf<K extends Keys>(settings: Settings<K>): { [N in keyof K]?: NonNullable<Settings<K>[N]>['value'] } {
  const entries = Object.entries(settings as Record<string, Setting<unknown>>).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(entries);
}

/** @throws TypeError | RangeError naming the option, and where it stands */
export function checkEndpointOptions(setting: Setting<EndpointOptions> | undefined): EndpointOptions {
  if (setting === undefined) return {};
  checked(setting.where, () => resolveEndpointOptions(setting.value));
  return setting.value;
}
