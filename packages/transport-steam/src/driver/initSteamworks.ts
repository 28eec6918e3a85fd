import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SteamError } from './SteamError.ts';
import type { SteamworksClient } from './steamworksClient.ts';

export interface SteamworksModule {
  init(appId?: number): SteamworksClient;
}

/** Those that steamworks.js 0.4.0 has an addon for. */
const PLATFORMS = ['win32 x64', 'linux x64', 'darwin x64', 'darwin arm64'];
const MAX_APP_ID = 0xffff_ffff;

let initialised: { readonly appId: number | undefined; readonly client: SteamworksClient } | undefined;

/**
 * Starts Steam for `appId` with steamworks.js, and says in words why it cannot. A game that calls `init` of steamworks.js itself
 * does not need this, but then must not use it either: a second `init` that fails aborts the process.
 *
 * Called again, it returns the same client.
 *
 * @param appId without it, Steam takes the environment variable `SteamAppId`, or `steam_appid.txt` in the working directory
 * @param from a folder that finds steamworks.js; by default that of this package
 * @throws SteamError `unsupported-platform`, `addon-missing`, `wrong-app-id`, `steam-not-running`, `steam-outdated` or `steam-failed`
 */
export function initSteamworks(appId?: number, from?: string): SteamworksClient {
  if (appId !== undefined && !(Number.isInteger(appId) && appId >= 1 && appId <= MAX_APP_ID)) {
    throw new SteamError(
      'wrong-app-id',
      `app id ${String(appId)} is none: it must be an integer from 1 to ${MAX_APP_ID}, such as 480`,
    );
  }
  if (initialised !== undefined) {
    if (appId === undefined || appId === initialised.appId) return initialised.client;
    const first = initialised.appId ?? 'that of the environment or of steam_appid.txt';
    throw new SteamError('wrong-app-id', `app id ${appId}: Steam was started for ${first} already, and a process has one app`);
  }
  const steamworks = loadSteamworks(from);
  try {
    initialised = { appId, client: steamworks.init(appId) };
  } catch (error) {
    throw initFailure(error, appId);
  }
  return initialised.client;
}

/**
 * The module steamworks.js, as found from the folder `from`, by default that of this package.
 *
 * @throws SteamError `unsupported-platform`, `addon-missing`
 */
export function loadSteamworks(from: string = import.meta.dirname): SteamworksModule {
  const platform = `${process.platform} ${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new SteamError('unsupported-platform', `steamworks.js has no addon for ${platform}, only for ${PLATFORMS.join(', ')}`);
  }
  try {
    return createRequire(join(from, 'game.js'))('steamworks.js') as SteamworksModule;
  } catch (cause) {
    // The same code comes when the addon itself is not there.
    const missing = (cause as Error).message.startsWith("Cannot find module 'steamworks.js'");
    const message = missing
      ? 'steamworks.js is not installed: npm install steamworks.js'
      : `the addon of steamworks.js does not load: ${(cause as Error).message}`;
    throw new SteamError('addon-missing', message, { cause });
  }
}

/** What Steam says when it does not start; the words are Valve's (steam_api.h: `SteamAPI_InitFlat`), the binding drops the code. */
function initFailure(cause: unknown, appId: number | undefined): SteamError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const fail = (code: ConstructorParameters<typeof SteamError>[0], advice: string) =>
    new SteamError(code, `Steam did not start: ${advice}. Steam says: ${words}`, { cause });
  if (/no appid|appid found|steam_appid/i.test(words)) {
    return fail('wrong-app-id', 'there is no app id; pass one, or write it into steam_appid.txt in the working directory');
  }
  if (/probably not running|ipc pipe|no ?steam ?client|steamclient/i.test(words)) {
    return fail('steam-not-running', 'start the Steam client, as the same user of this machine and with the same rights');
  }
  if (/version|out of date|interface/i.test(words)) return fail('steam-outdated', 'update the Steam client');
  if (/ConnectToGlobalUser/i.test(words)) {
    return fail(
      'wrong-app-id',
      `nobody is logged in to Steam, or the account does not own the app (${appId ?? 'of steam_appid.txt'}); app 480 is everybody's`,
    );
  }
  return fail('steam-failed', 'see what it says');
}
