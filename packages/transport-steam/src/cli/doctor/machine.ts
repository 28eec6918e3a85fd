import { addonFilesOf } from '../../driver/steamworksAddon.ts';
import { ownVersion } from '../version.ts';
import { type Check, ok, problem } from './Check.ts';

const NODE_MAJOR = 22;

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

const systemNames: Readonly<Record<string, string>> = { win32: 'Windows', linux: 'Linux', darwin: 'macOS' };

export function checkNode(version: string): Check {
  const us = `colyseus-transport-steam ${ownVersion()}`;
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return ok('node', `${version}, with ${us}`);
  const found = `${version}, but ${us} needs ${NODE_MAJOR} or newer`;
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
