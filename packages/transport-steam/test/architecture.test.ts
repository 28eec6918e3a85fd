import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

// Design: imports point down only. Types count: a layer that names a type from above knows what is above it.

/** What each folder of src/ may import besides itself. A new folder needs a line here. */
const below: Readonly<Record<string, readonly string[]>> = {
  driver: [],
  wire: ['driver'],
  messages: [],
  connection: ['wire', 'driver'],
  lobby: ['messages', 'connection', 'wire', 'driver'],
  server: ['lobby', 'messages', 'connection', 'wire', 'driver'],
  client: ['lobby', 'messages', 'connection', 'wire', 'driver'],
  bridge: ['client', 'lobby', 'messages', 'connection', 'wire', 'driver'],
  sim: ['driver'],
  inspect: ['connection', 'sim', 'driver'],
  cli: ['driver'],
  config: ['server', 'client', 'sim', 'messages', 'connection', 'driver'],
};

/** The only file that may import a package. */
const onlyImporter: Readonly<Record<string, string>> = { 'steamworks.js': 'driver/steamworksAddon.ts' };

/** What an entry point must not reach, over any number of our own files. */
const unreachable: Readonly<Record<string, string>> = {
  'client.ts': '@colyseus/core',
  'config/client.ts': '@colyseus/core',
  'bridge.ts': '@colyseus/core',
  'index.ts': '@colyseus/sdk',
  'config.ts': '@colyseus/sdk',
};

/** File, as a path below src/, to what it imports: such paths, and the names of packages. */
type Graph = ReadonlyMap<string, readonly string[]>;

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = globSync('**/*.ts', { cwd: src }).map((file) => file.split(sep).join('/'));
const inspected = new Map(files.map((file) => [file, inspect(readFileSync(join(src, file), 'utf8'))]));
const graph: Graph = new Map([...inspected].map(([file, { imports }]) => [file, imports.map((name) => resolve(file, name))]));

/** The same, without what is gone when types are. */
const runtimeGraph: Graph = new Map(
  [...inspected].map(([file, { runtime }]) => [file, runtime.map((name) => resolve(file, name))]),
);

describe('src/', () => {
  test('every folder has a rule', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf));
    expect([...folders].filter((folder) => !(folder in below))).toEqual([]);
  });

  test('imports point down only', () => {
    expect(upwardImports(graph)).toEqual([]);
  });

  test.each(Object.entries(onlyImporter))('%s is imported by %s only', (name, file) => {
    expect(importersOf(graph, name).filter((importer) => importer !== file)).toEqual([]);
  });

  test.each(Object.entries(unreachable))('%s does not reach %s', (entry, name) => {
    expect(files).toContain(entry);
    expect(pathTo(graph, entry, name)).toBeUndefined();
  });

  test.each([
    ['server', '@colyseus/sdk'],
    ['client', '@colyseus/core'],
  ])('%s/ does not reach %s', (folder, name) => {
    const paths = files.filter((file) => folderOf(file) === folder).map((file) => pathTo(graph, file, name));
    expect(paths.filter((path) => path !== undefined)).toEqual([]);
  });

  test('the page of a bridge reaches nothing of Node and no Steam', () => {
    const reached = reachedFrom(runtimeGraph, 'bridge/page.ts');
    expect(reached).toEqual(expect.arrayContaining(['bridge/BridgeClient.ts', 'client/sdkSeam.ts', '@colyseus/sdk']));
    expect(reached.filter((name) => isBuiltin(name) || isOf(name, 'steamworks.js') || isOf(name, '@colyseus/core'))).toEqual([]);
    // What the rule is about: the owner does.
    expect(reachedFrom(runtimeGraph, 'bridge.ts').some((name) => isBuiltin(name))).toBe(true);
  });

  test('the page of an inspector reaches nothing but itself, and uPlot as a script of its own', () => {
    const reached = reachedFrom(runtimeGraph, 'inspect/page/main.ts');
    expect(reached.length).toBeGreaterThan(10);
    expect(reached.filter((name) => !name.startsWith('inspect/page/'))).toEqual([]);
  });

  test('exports by name, logs through Colyseus, and has no enum', () => {
    expect([...inspected].flatMap(([file, { faults }]) => faults.map((fault) => `${file}: ${fault}`))).toEqual([]);
  });
});

describe('the helpers of this test', () => {
  const fake: Graph = new Map([
    ['index.ts', ['server/Host.ts']],
    ['client.ts', ['client/Player.ts']],
    ['server/Host.ts', ['connection/Endpoint.ts', '@colyseus/core']],
    ['client/Player.ts', ['connection/Endpoint.ts', '@colyseus/sdk']],
    ['connection/Endpoint.ts', ['wire/packet.ts', 'driver/Driver.ts', 'connection/Other.ts']],
    ['connection/Other.ts', ['connection/Endpoint.ts']],
    ['wire/packet.ts', []],
    ['driver/Driver.ts', ['steamworks.js']],
  ]);
  const faked = (file: string, ...imports: string[]): Graph => new Map([...fake, [file, imports]]);

  test('a sound graph has no upward imports', () => {
    expect(upwardImports(fake)).toEqual([]);
  });

  test.each([
    ['wire/packet.ts', 'connection/Endpoint.ts'],
    ['driver/Driver.ts', 'wire/packet.ts'],
    ['server/Host.ts', 'client/Player.ts'],
    ['client/Player.ts', 'server/Host.ts'],
    ['sim/hub/Hub.ts', 'connection/Endpoint.ts'],
    ['connection/Endpoint.ts', 'index.ts'],
    ['elsewhere/New.ts', 'driver/Driver.ts'],
  ])('%s may not import %s', (file, imported) => {
    expect(upwardImports(faked(file, imported))).toEqual([`${file} imports ${imported}`]);
  });

  test('a path to a package is found through any number of files, and cycles end', () => {
    expect(pathTo(fake, 'client.ts', '@colyseus/core')).toBeUndefined();
    expect(pathTo(fake, 'index.ts', '@colyseus/core')).toEqual(['index.ts', 'server/Host.ts', '@colyseus/core']);
    expect(pathTo(faked('wire/packet.ts', '@colyseus/core/build/Room'), 'client.ts', '@colyseus/core')).toEqual([
      'client.ts',
      'client/Player.ts',
      'connection/Endpoint.ts',
      'wire/packet.ts',
      '@colyseus/core/build/Room',
    ]);
    expect(importersOf(fake, 'steamworks.js')).toEqual(['driver/Driver.ts']);
  });

  test('every way to import is seen', () => {
    const source = `
      import a from './a.ts';
      import type { B } from './b.ts';
      import './c.ts';
      export { d } from './d.ts';
      export type { E } from './e.ts';
      const f: import('./f.ts').F = await import('./g.ts');
      const h = require('./h.ts');
      const i = createRequire(import.meta.url)('./i.ts');
      // import './comment.ts';
      const text = "import './text.ts'";
    `;
    const expected = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => `./${name}.ts`);
    const runtime = expected.filter((name) => !['./b.ts', './e.ts', './f.ts'].includes(name));
    expect(inspect(source)).toEqual({ imports: expected, runtime, faults: [] });
    expect(resolve('sim/hub/Hub.ts', '../Session.ts')).toBe('sim/Session.ts');
    expect(resolve('sim/hub/Hub.ts', 'node:net')).toBe('node:net');
  });

  test('every fault is seen', () => {
    const source = `
      export * from './a.ts';
      export * as b from './b.ts';
      export enum Colour { Red }
      console.log('hello');
      globalThis.console.log('hello');
    `;
    expect(inspect(source).faults).toEqual(['export *', 'export *', 'enum', 'console', 'console']);
  });
});

function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.indexOf('/')));
}

/** Entry points lie beside the folders: they may import all of them, and nobody imports them. */
function upwardImports(imports: Graph): string[] {
  return [...imports].flatMap(([file, names]) => {
    const folder = folderOf(file);
    const allowed = [folder, ...(below[folder] ?? [])];
    if (folder === '') return [];
    return names
      .filter((name) => name.endsWith('.ts') && !allowed.includes(folderOf(name)))
      .map((name) => `${file} imports ${name}`);
  });
}

function importersOf(imports: Graph, name: string): string[] {
  return [...imports].filter(([, names]) => names.some((imported) => isOf(imported, name))).map(([file]) => file);
}

/** The shortest way from a file to a package, both included. */
function pathTo(imports: Graph, entry: string, name: string): string[] | undefined {
  const paths = [[entry]];
  const seen = new Set([entry]);
  for (const path of paths) {
    const last = path.at(-1)!;
    if (isOf(last, name)) return path;
    for (const next of imports.get(last) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return undefined;
}

/** Files and packages that a file imports, over any number of others. */
function reachedFrom(imports: Graph, entry: string): string[] {
  const reached = new Set([entry]);
  for (const file of reached) for (const name of imports.get(file) ?? []) reached.add(name);
  return [...reached];
}

/** A package, or a file in it. */
function isOf(imported: string, name: string): boolean {
  return imported === name || imported.startsWith(`${name}/`);
}

function resolve(file: string, name: string): string {
  return name.startsWith('.') ? posix.join(dirname(file), name) : name;
}

/** What a source imports, in its order, and what it does that no source of ours should. */
function inspect(source: string): { imports: string[]; runtime: string[]; faults: string[] } {
  const imports: string[] = [];
  const runtime: string[] = [];
  const faults: string[] = [];
  visit(parseSync(source, { syntax: 'typescript', target: 'es2022' }), (node) => {
    const { type } = node;
    if (type === 'ExportAllDeclaration' || type === 'ExportNamespaceSpecifier') faults.push('export *');
    if (type === 'TsEnumDeclaration') faults.push('enum');
    if (type === 'Identifier' && node.value === 'console') faults.push('console');
    const loaded = type === 'CallExpression' && loadsModules(node.callee) ? stringsOf(node.arguments) : [];
    const declared = /^(Import|Export).*Declaration$/.test(String(type)) ? stringsOf(node.source) : [];
    const named = type === 'TsImportType' ? stringsOf(node.argument) : [];
    imports.push(...loaded, ...named, ...declared);
    runtime.push(...loaded, ...(node.typeOnly === true ? [] : declared));
  });
  return { imports, runtime, faults };
}

type Node = Readonly<Record<string, unknown>>;

function visit(value: unknown, see: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value) see(value as Node);
  for (const child of Object.values(value)) visit(child, see);
}

/** `import()`, `require()`, and what `createRequire()` returns. */
function loadsModules(callee: unknown): boolean {
  const { type, value, callee: inner } = callee as Node;
  if (type === 'CallExpression') return loadsModules(inner);
  return type === 'Import' || (type === 'Identifier' && /require$/i.test(String(value)));
}

function stringsOf(value: unknown): string[] {
  const strings: string[] = [];
  visit(value, (node) => {
    if (node.type === 'StringLiteral') strings.push(String(node.value));
  });
  return strings;
}
