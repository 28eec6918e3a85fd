import { checkSteamId, STEAM_ID_BASE } from '../../driver/steamId.ts';
import { checkFields } from '../checks.ts';
import { resolveOptions } from '../options.ts';
import { type HubAddress, hubPath } from './address.ts';
import type { HubSteamOptions } from './dial.ts';
import { Role } from './frames.ts';
import { HubDriver } from './HubDriver.ts';
import { type LoginRequest, logIn } from './login.ts';

export interface HubUserOptions extends HubAddress {
  /**
   * A person's SteamID. No other process may use it now.
   * @default the next that this simulated Steam has not given to anybody yet, from 76561197960265729n on
   */
  steamId?: bigint;
  /** @default 'User ' and the account number */
  personaName?: string;
  /**
   * Rules of the simulated Steam, for the hub that this call starts; a hub that runs keeps its own.
   * @default {}
   */
  steam?: HubSteamOptions;
}

/**
 * Logs this process in to the Steam that is simulated for all processes of this machine, starting it when it does not run.
 *
 * The simulation runs in a process of its own, the hub, so that it survives the crash of any of its users. It listens on a Unix
 * socket in the temporary directory that only the same user of this machine can open (a named pipe on Windows), and ends by itself
 * a few seconds after its last user.
 *
 * @throws RangeError, TypeError for what is wrong with the options; Error when the SteamID is taken, or no hub can be started
 */
export async function connectToHub(options: HubUserOptions = {}): Promise<HubDriver> {
  const request = requestOf(options);
  const login = await logIn(request);
  const again = { ...request, steamId: login.steamId, personaName: login.personaName };
  return new HubDriver(login, (aborted) => logIn(again, aborted), { login, keepsProcess: true });
}

/**
 * As {@link connectToHub}, for those who cannot wait: the driver logs in when it is started, or by its `logIn()`. It does not keep the process
 * alive by itself. When the hub does not let it in, it is as if Steam was lost.
 *
 * @throws RangeError, TypeError for what is wrong with the options
 */
export function hubUser(options: HubUserOptions & { steamId: bigint }): HubDriver {
  const request = requestOf(options);
  const { channels, queueLimitBytes } = resolveOptions(request.steam);
  const personaName = request.personaName || `User ${options.steamId - STEAM_ID_BASE}`;
  const user = { ...request, personaName, channels, queueLimitBytes };
  return new HubDriver(user, (aborted) => logIn(request, aborted), { keepsProcess: false });
}

/** @throws RangeError, TypeError naming the option and the value */
function requestOf(options: HubUserOptions): LoginRequest {
  checkFields('HubUserOptions', options, { appId: 0, name: 0, steamId: 0, personaName: 0, steam: 0 });
  const { steam = {}, personaName = '' } = options;
  if (typeof personaName !== 'string') throw new TypeError(`personaName must be a string, not ${String(personaName)}`);
  resolveOptions(steam);
  return {
    path: hubPath(options),
    steam,
    role: Role.User,
    steamId: options.steamId === undefined ? 0n : checkSteamId(options.steamId),
    personaName,
  };
}
