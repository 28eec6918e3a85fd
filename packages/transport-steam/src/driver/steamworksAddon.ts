import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { SteamError } from './SteamError.ts';
import type { SteamworksClient } from './steamworksClient.ts';

export interface SteamworksModule {
  init(appId?: number): SteamworksClient;
}

/** File names in steamworks.js 0.4.0. */
export interface AddonFiles {
  /** Below the folder of steamworks.js. */
  readonly addon: string;
  /** Steam's redistributable library, beside the addon. */
  readonly library: string;
}

/** What steamworks.js 0.4.0 has an addon for. */
const supported: Readonly<Record<string, AddonFiles>> = {
  'win32 x64': { addon: 'dist/win64/steamworksjs.win32-x64-msvc.node', library: 'steam_api64.dll' },
  'linux x64': { addon: 'dist/linux64/steamworksjs.linux-x64-gnu.node', library: 'libsteam_api.so' },
  'darwin x64': { addon: 'dist/osx/steamworksjs.darwin-x64.node', library: 'libsteam_api.dylib' },
  'darwin arm64': { addon: 'dist/osx/steamworksjs.darwin-arm64.node', library: 'libsteam_api.dylib' },
};

/** Undefined: steamworks.js has no addon for this machine. */
export function addonFilesOf({ platform, arch }: { readonly platform: string; readonly arch: string }): AddonFiles | undefined {
  return supported[`${platform} ${arch}`];
}

/**
 * The module steamworks.js, as found from the folder `from`, by default that of this package; a relative one is below the working
 * directory.
 *
 * @throws SteamError `unsupported-platform`, `addon-missing`
 */
export function loadSteamworks(from: string = import.meta.dirname): SteamworksModule {
  if (addonFilesOf(process) === undefined) {
    const { platform, arch } = process;
    const others = Object.keys(supported).join(', ');
    throw new SteamError('unsupported-platform', `steamworks.js has no addon for ${platform} ${arch}, only for ${others}`);
  }
  try {
    return createRequire(resolve(from, 'game.js'))('steamworks.js') as SteamworksModule;
  } catch (cause) {
    // The same code comes when the addon itself is not there.
    const missing = (cause as Error).message.startsWith("Cannot find module 'steamworks.js'");
    const message = missing
      ? 'steamworks.js is not installed: npm install steamworks.js'
      : `the addon of steamworks.js does not load: ${(cause as Error).message}`;
    throw new SteamError('addon-missing', message, { cause });
  }
}
