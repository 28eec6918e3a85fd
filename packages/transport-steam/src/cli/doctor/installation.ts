import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A steamworks.js on this machine. */
export interface Installation {
  readonly folder: string;
  readonly version: string;
}

/** Which steamworks.js a game in a folder gets, by its own import and by ours. Nothing of it is loaded. */
export interface SteamworksFinding {
  /** As the game finds it from its folder. */
  readonly ofGame: Installation | undefined;
  /** As this package finds it: what `initSteamworks()` loads by default. */
  readonly ours: Installation | undefined;
}

export function findSteamworks(cwd: string): SteamworksFinding {
  return { ofGame: installationFrom(join(cwd, 'game.js')), ours: installationFrom(import.meta.url) };
}

function installationFrom(file: string): Installation | undefined {
  try {
    return packageOf(createRequire(file).resolve('steamworks.js'));
  } catch {
    return undefined; // not there, or too broken to be of use
  }
}

/** Not by resolving `steamworks.js/package.json`, which a package may keep to itself (`exports`). */
function packageOf(file: string): Installation | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown };
    // One without only says how the files beside it are to be read.
    if (typeof version === 'string') return { folder, version };
  }
  return undefined;
}
