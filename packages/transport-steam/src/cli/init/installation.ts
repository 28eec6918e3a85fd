import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_VERSION } from '../doctor/steamworksCheck.ts';
import type { Manifest } from './manifest.ts';
import type { Side } from './Site.ts';

/** What each side of a game runs on, and what else brings it. */
const needs: Readonly<Record<Side, readonly (readonly string[])[]>> = {
  server: [['@colyseus/ws-transport', 'colyseus', '@colyseus/tools']],
  client: [['@colyseus/sdk']],
};

/** The packages that are not in the manifest, as `npm install` takes them. */
export function missingPackages({ packages }: Manifest, sides: Iterable<Side>): string[] {
  const wanted = [['colyseus-transport-steam'], ['steamworks.js'], ...[...sides].flatMap((side) => needs[side])];
  return wanted
    .filter((choices) => !choices.some((name) => Object.hasOwn(packages, name)))
    .map(([name = '']) => (name === 'steamworks.js' ? `${name}@${KNOWN_VERSION}` : name));
}

const managers: readonly (readonly [lock: string, command: string])[] = [
  ['pnpm-lock.yaml', 'pnpm add'],
  ['yarn.lock', 'yarn add'],
  ['bun.lock', 'bun add'],
  ['bun.lockb', 'bun add'],
];

/** By the lock file of the folder. */
export function installCommand(folder: string): string {
  return managers.find(([lock]) => existsSync(join(folder, lock)))?.[1] ?? 'npm install';
}

/** Colyseus packages of a version that this transport does not know. A range that is no number counts as known. */
export function oldColyseus({ packages }: Manifest, side: Side): string | undefined {
  const names = side === 'server' ? ['colyseus', '@colyseus/core', '@colyseus/tools', '@colyseus/arena'] : ['@colyseus/sdk'];
  for (const name of names) {
    const [range, major, minor] = /(\d+)\.(\d+)/.exec(packages[name] ?? '') ?? [];
    if (range !== undefined && Number(major) === 0 && Number(minor) < 18) return `${name} ${packages[name]}`;
  }
  return undefined;
}
