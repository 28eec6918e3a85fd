import { type Check, ok, problem } from './Check.ts';

const NODE_MAJOR = 22;

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
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

const systemNames: Readonly<Record<string, string>> = { win32: 'Windows', linux: 'Linux', darwin: 'macOS' };

/** Undefined: steamworks.js has no addon for this machine. */
export function addonFilesOf({ platform, arch }: Machine): AddonFiles | undefined {
  return supported[`${platform} ${arch}`];
}

export function checkNode(version: string): Check {
  const recent = Number.parseInt(version, 10) >= NODE_MAJOR;
  if (recent) return ok('node', version);
  const found = `${version}, but this package needs ${NODE_MAJOR} or newer`;
  return problem('node', found, `Install Node ${NODE_MAJOR} or newer: https://nodejs.org`);
}

export function checkPlatform(machine: Machine): Check {
  const found = `${systemNames[machine.platform] ?? machine.platform} ${machine.arch}`;
  if (addonFilesOf(machine) !== undefined) return ok('platform', found);
  const advice = `Supported are Windows x64, Linux x64, macOS x64 and macOS arm64.${otherNode(machine)}`;
  return problem('platform', `${found}, for which steamworks.js 0.4.0 has no addon`, advice);
}

function otherNode({ platform, arch }: Machine): string {
  if (platform === 'win32' && arch === 'arm64') return ' Windows on ARM runs x64 programs: install the x64 build of Node.';
  if (platform === 'win32' && arch === 'ia32') return ' Install the 64-bit build of Node.';
  return '';
}
