import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type AddonFiles, addonFilesOf } from '../../driver/steamworksAddon.ts';
import { type Check, ok, problem, skipped, warning } from './Check.ts';
import type { Installation } from './installation.ts';
import type { Machine } from './machine.ts';
import type { ProbeFailure, ProbeOutcome } from './probeProtocol.ts';
import { oneLine, stepCheck } from './stepCheck.ts';

const OTHER_LIBRARY =
  'Another Steam library may not fit the addon, which then ends the process. Look at LD_LIBRARY_PATH (Linux), DYLD_LIBRARY_PATH ' +
  '(macOS), PATH (Windows).';

/** The addon of steamworks.js, and the library of Steam that it brought into the process. */
export function addonChecks(outcome: ProbeOutcome, machine: Machine, steamworks: Installation | undefined): Check[] {
  const files = addonFilesOf(machine);
  if (files !== undefined && steamworks !== undefined) {
    return [addonCheck(outcome, steamworks, files), libraryCheck(outcome, steamworks, files)];
  }
  const reason = files === undefined ? 'there is none for this platform' : 'steamworks.js is not installed';
  return [skipped('addon', reason), skipped('steam library', reason)];
}

function addonCheck(outcome: ProbeOutcome, { folder }: Installation, { addon, library }: AddonFiles): Check {
  const name = 'addon';
  const readFailure = ({ words }: ProbeFailure): Check => {
    const file = join(folder, addon);
    if (!existsSync(file)) return problem(name, `${file} is missing`, 'Install steamworks.js again.');
    const hint = existsSync(join(dirname(file), library))
      ? 'If it stays so, a virus scanner may block it, or the system may be too old for it.'
      : `${library} is missing beside it.`;
    return problem(name, `${basename(addon)} does not load: ${oneLine(words)}`, `Install steamworks.js again. ${hint}`);
  };
  return stepCheck(outcome, {
    name,
    step: 'load',
    activity: 'loading the addon of steamworks.js',
    remedy: 'Install steamworks.js again.',
    skippedBecause: 'not tried',
    read: () => ok(name, `${basename(addon)} loads`),
    readFailure,
  });
}

function libraryCheck({ results }: ProbeOutcome, { folder }: Installation, { addon, library }: AddonFiles): Check {
  const name = 'steam library';
  if (results.load === undefined) return skipped(name, 'the addon was not loaded');
  const loaded = results.load.libraries.find((file) => basename(file).toLowerCase() === library);
  if (loaded === undefined) return warning(name, `${library} is not to be seen in the process`, 'Install steamworks.js again.');
  const beside = join(folder, dirname(addon), library);
  if (!existsSync(beside)) return warning(name, `${loaded}, as there is none beside the addon`, 'Install steamworks.js again.');
  // Not the other realpathSync: it leaves letters as they are where upper and lower case are the same.
  if (realpathSync.native(loaded) === realpathSync.native(beside)) return ok(name, `${library} beside the addon`);
  return warning(name, `${loaded}, not the one beside the addon`, OTHER_LIBRARY);
}
