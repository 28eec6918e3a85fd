import { readFileSync } from 'node:fs';
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
    const manifest = createRequire(file).resolve('steamworks.js/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown };
    return { folder: dirname(manifest), version: String(version) };
  } catch {
    return undefined; // not there, or too broken to be of use
  }
}
