import { type Check, ok, problem, warning } from './Check.ts';
import type { SteamworksFinding } from './installation.ts';

/** All that is said here of steamworks.js was measured with it. */
export const KNOWN_VERSION = '0.4.0';

const TWO_COPIES =
  'An import in this folder gets the first, initSteamworks() loads the second, and a process may start Steam with one only. Have one ' +
  'version of steamworks.js in the game, then install again.';

export function checkInstallation({ ofGame, ours }: SteamworksFinding): Check {
  const name = 'steamworks.js';
  const used = ofGame ?? ours;
  if (used === undefined) {
    const advice = `In the folder of the game: npm install steamworks.js@${KNOWN_VERSION}`;
    return problem(name, 'not installed', advice);
  }
  const found = `${used.version} in ${used.folder}`;
  if (ours !== undefined && used.folder !== ours.folder) {
    return warning(name, `${found}, and ${ours.version} in ${ours.folder}`, TWO_COPIES);
  }
  if (used.version !== KNOWN_VERSION) {
    const advice = `Known to work is ${KNOWN_VERSION}: npm install steamworks.js@${KNOWN_VERSION}`;
    return warning(name, found, advice);
  }
  if (ofGame === undefined) {
    const advice = `Run this in the folder of the game; if this is it: npm install steamworks.js@${KNOWN_VERSION}`;
    return warning(name, `${found}, which is not to be found from this folder`, advice);
  }
  if (ours === undefined) {
    const advice = `initSteamworks() needs both in the game: npm install colyseus-transport-steam steamworks.js@${KNOWN_VERSION}`;
    return warning(name, `${found}, which is not to be found from colyseus-transport-steam`, advice);
  }
  return ok(name, found);
}
