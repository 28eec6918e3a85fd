import { isMainThread } from 'node:worker_threads';
import { isAppId, MAX_APP_ID } from './appId.ts';
import { SteamError } from './SteamError.ts';
import { loadSteamworks } from './steamworksAddon.ts';
import type { SteamworksClient } from './steamworksClient.ts';

interface Started {
  readonly appId: number | undefined;
  readonly client: SteamworksClient;
}

/** On the process, so that the ESM and the CommonJS copy of this module do not start Steam twice. */
const STARTED = Symbol.for('colyseus-transport-steam.started');
const here: typeof globalThis & { [STARTED]?: Started } = globalThis;

/**
 * Starts Steam for `appId` with steamworks.js, and says in words why it cannot. After a failure it may be called again; after a success
 * it returns the same client. A game that calls `init` of steamworks.js itself does not need this, and then must not use it: a second
 * `init` that fails aborts the process, and one that succeeds takes away every handler that was registered.
 *
 * For the main thread: whether another has started Steam already cannot be seen. A game whose Steam lives in a worker thread, and
 * nowhere else, calls `init` there itself.
 *
 * @typeParam Client all of Steam, where the game has types for it: `ReturnType<typeof import('steamworks.js').init>`
 * @param appId without it, Steam takes the environment variable `SteamAppId`, or `steam_appid.txt` in the working directory
 * @param from a folder that finds steamworks.js; by default that of this package
 * @throws SteamError `unsupported-platform`, `addon-missing`, `wrong-app-id`, `steam-not-running`, `steam-outdated` or `steam-failed`;
 *   Error in a worker thread
 */
export function initSteamworks<Client extends SteamworksClient = SteamworksClient>(appId?: number, from?: string): Client {
  if (!isMainThread) {
    throw new Error(
      'initSteamworks() is for the main thread: if Steam was started in another thread, a second start would take its callbacks ' +
        'away, or abort the process; if this is the only thread with Steam, call init() of steamworks.js here',
    );
  }
  if (appId !== undefined && !isAppId(appId)) {
    throw new SteamError(
      'wrong-app-id',
      `app id ${String(appId)} is none: it must be an integer from 1 to ${MAX_APP_ID}, such as 480`,
    );
  }
  here[STARTED] ??= start(appId, from);
  const { appId: first, client } = here[STARTED];
  if (appId !== undefined && appId !== first) {
    const other = first ?? 'that of the environment or of steam_appid.txt';
    throw new SteamError('wrong-app-id', `app id ${appId}: Steam was started for ${other} already, and a process has one app`);
  }
  return client as Client;
}

function start(appId: number | undefined, from: string | undefined): Started {
  const steamworks = loadSteamworks(from);
  try {
    return { appId, client: steamworks.init(appId) };
  } catch (error) {
    throw initFailure(error, appId);
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
  // Steam puts its client library and the directory of its installation there when it is installed and started.
  if (/install directory|steamclient\w*\.(so|dll|dylib)/i.test(words)) {
    return fail('steam-not-running', 'install the Steam client, if it is not, and start it, as the same user of this machine');
  }
  if (/probably not running|ipc pipe|no ?steam ?client/i.test(words)) {
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
