import { checkSteamId } from '../../driver/steamId.ts';
import { checkFields } from '../checks.ts';
import { resolveOptions } from '../options.ts';
import { type HubAddress, hubPath } from './address.ts';
import type { HubSteamOptions } from './dial.ts';
import { Role } from './frames.ts';
import { HubDriver } from './HubDriver.ts';
import { logIn } from './login.ts';

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
  checkFields('HubUserOptions', options, { appId: 0, name: 0, steamId: 0, personaName: 0, steam: 0 });
  const { steam = {}, personaName = '' } = options;
  if (typeof personaName !== 'string') throw new TypeError(`personaName must be a string, not ${String(personaName)}`);
  resolveOptions(steam);
  const request = {
    path: hubPath(options),
    steam,
    role: Role.User,
    steamId: options.steamId === undefined ? 0n : checkSteamId(options.steamId),
    personaName,
  };
  const login = await logIn(request);
  const again = { ...request, steamId: login.steamId, personaName: login.personaName };
  return new HubDriver(login, (aborted) => logIn(again, aborted));
}
