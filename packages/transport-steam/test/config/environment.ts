import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

const VARIABLES = [
  'COLYSEUS_TRANSPORT',
  'COLYSEUS_TRANSPORT_FILE',
  'STEAM_APP_ID',
  'STEAM_DRIVER',
  'STEAM_HUB',
  'STEAM_ID',
] as const;

type Variables = Partial<Record<(typeof VARIABLES)[number], string>>;

/** An environment and a folder of its own for each test of the file that calls this. */
export function environmentOfEachTest(): {
  readonly variables: readonly string[];
  set(variables: Variables): void;
  file(content: unknown): string;
} {
  const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  let folder: string | undefined;
  let files = 0;
  const clear = (): void => {
    for (const name of VARIABLES) delete process.env[name];
  };
  beforeEach(clear);
  afterEach(() => {
    clear();
    for (const [name, value] of Object.entries(before)) if (value !== undefined) process.env[name] = value;
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = undefined;
  });
  return {
    variables: VARIABLES,
    set: (variables) => {
      Object.assign(process.env, variables);
    },
    file: (content) => {
      folder ??= mkdtempSync(join(tmpdir(), 'steam-config-'));
      const path = join(folder, `${files++}.json`);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
  };
}
