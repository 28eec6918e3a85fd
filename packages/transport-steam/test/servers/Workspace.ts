import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const packageDir = join(import.meta.dirname, '..', '..');
const examples = join(packageDir, 'examples', 'servers');

/** What a server was before it was changed for this package: the only difference is where two names are imported from. */
const BEFORE: readonly (readonly [ours: string, colyseus: string])[] = [
  ["'colyseus-transport-steam/config/client'", "'@colyseus/sdk'"],
  ["'colyseus-transport-steam/config'", "'@colyseus/ws-transport'"],
];

/** A project of a user: a copy of an example, with the packages that it imports. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'steam-servers-'));

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), '{ "private": true, "type": "module" }');
    const scope = join(this.folder, 'node_modules', '@colyseus');
    mkdirSync(scope, { recursive: true });
    const modules = join(packageDir, 'node_modules');
    for (const name of readdirSync(join(modules, '@colyseus'))) link(join(modules, '@colyseus', name), join(scope, name));
    link(join(modules, 'express'), join(this.folder, 'node_modules', 'express'));
    link(packageDir, join(this.folder, 'node_modules', 'colyseus-transport-steam'));
  }

  /** The folder with an example as it is. */
  async install(name: string): Promise<string> {
    const folder = join(this.folder, name);
    cpSync(join(examples, name), folder, { recursive: true });
    await compile(folder);
    return folder;
  }

  /** The folder with an example as it was before, and how many lines of each file are others since. */
  async installBefore(name: string): Promise<{ folder: string; changes: Record<string, number> }> {
    const folder = join(this.folder, `${name}-before`);
    const changes: Record<string, number> = {};
    cpSync(join(examples, name), folder, { recursive: true });
    for (const file of globSync('**/*.{ts,cjs}', { cwd: folder })) {
      const path = join(folder, file);
      const after = readFileSync(path, 'utf8').split('\n');
      const old = after.map(before);
      writeFileSync(path, old.join('\n'));
      const changed = old.filter((line, i) => line !== after[i]).length;
      if (changed > 0) changes[file] = changed;
    }
    await compile(folder);
    return { folder, changes };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A line as it was before the change. */
export function before(line: string): string {
  return BEFORE.reduce((changed, [ours, colyseus]) => changed.replace(ours, colyseus), line);
}

/** Node has no decorators: where there is a configuration for a compiler, users have one. */
async function compile(folder: string): Promise<void> {
  if (!readdirSync(folder).includes('tsconfig.json')) return;
  await build({
    entryPoints: ['index.ts', 'client.ts', 'client.test.ts'].map((file) => join(folder, file)),
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
}

function link(target: string, path: string): void {
  symlinkSync(target, path, 'junction');
}
