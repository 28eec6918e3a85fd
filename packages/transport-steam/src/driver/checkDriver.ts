import { describe } from './describe.ts';
import type { SteamDriver } from './SteamDriver.ts';

const METHODS = ['start', 'poll', 'send', 'acceptSession', 'close'] as const satisfies readonly (keyof SteamDriver)[];

/** Says early, and in words, that what a user gave us is no driver: without it the first poll would. @throws TypeError */
export function checkDriver(driver: unknown): SteamDriver {
  if (driver instanceof Promise) {
    throw new TypeError(
      'option driver must be a SteamDriver, but is a Promise of one: await it first, as in await connectToHub()',
    );
  }
  const candidate = driver as Partial<SteamDriver> | null | undefined;
  const missing = METHODS.filter((method) => typeof candidate?.[method] !== 'function').map((method) => `${method}()`);
  if (typeof candidate?.steamId !== 'bigint') missing.unshift('a steamId (bigint)');
  if (typeof candidate?.limits !== 'object') missing.push('limits');
  if (missing.length > 0) {
    throw new TypeError(`option driver must be a SteamDriver, but ${describe(driver)} lacks ${missing.join(', ')}`);
  }
  return candidate as SteamDriver;
}
