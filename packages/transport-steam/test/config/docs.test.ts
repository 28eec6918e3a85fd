import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { createClient } from '../../src/config/client.ts';
import { createTransport, type TransportConfig } from '../../src/config.ts';
import { SteamTransport } from '../../src/index.ts';
import { freePort } from '../cli/freePort.ts';
import { Program } from '../servers/Program.ts';
import { before } from '../servers/Workspace.ts';
import { environmentOfEachTest } from './environment.ts';

// What CONFIG.md says.

jest.setTimeout(60_000);

const environment = environmentOfEachTest();
const packageDir = join(import.meta.dirname, '..', '..');
const examples = join(packageDir, 'examples');
const document = readFileSync(join(packageDir, 'CONFIG.md'), 'utf8');

/** A temporary directory of its own: no other hub is found there. */
const directory = mkdtempSync(join(tmpdir(), 'steam-config-docs-'));
const programs = new Set<Program>();

afterEach(async () => {
  for (const program of programs) await program.kill();
  programs.clear();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function blocks(language: string): string[] {
  return [...document.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text as string);
}

let port = 0;

function run(file: string, ...args: string[]): Program {
  const program = new Program(join(examples, 'config'), file, { TMPDIR: directory, TEMP: directory, PORT: String(port) }, args);
  programs.add(program);
  return program;
}

test('its code is that of the examples, word for word', () => {
  const files = readdirSync(join(examples, 'config')).map((file) => readFileSync(join(examples, 'config', file), 'utf8'));
  expect([...blocks('ts'), ...blocks('json')].sort()).toEqual(files.sort());
});

test('its lines are those of the three servers', () => {
  const code = readdirSync(join(examples, 'servers'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
  const diffs = blocks('diff');
  expect(diffs).toHaveLength(6);
  for (const diff of diffs) {
    const [, old, now] = /^- (.*)\n\+ (.*)\n$/.exec(diff) ?? [];
    expect(code.split('\n')).toContain(now);
    expect(before(now as string)).toBe(old);
  }
});

test('its object is taken', async () => {
  const { transport } = (await import('../../examples/config/object.ts')) as { transport: SteamTransport };
  expect(transport).toBeInstanceOf(SteamTransport);
  expect(transport.endpoint.options).toMatchObject({ connectTimeoutMs: 20_000, compression: { algorithm: 'deflate' } });
  expect([...transport.bans.keys()]).toEqual([76561198000000009n]);
});

test('its host takes players on both ways', async () => {
  port = await freePort();
  const host = run('host.ts');
  await host.says(/players come to steam:\/\/76561198000000001, too/);
  expect(host.output).toMatch(/hosting at steam:\/\/76561198000000001/);
  for (const [endpoint, way] of [
    ['steam://76561198000000001', 'Steam'],
    [`ws://localhost:${port}`, 'the web'],
  ] as const) {
    const player = run('player.ts', endpoint);
    expect({ code: await player.end(), output: player.output }).toEqual({ code: 0, output: `hello, from ${way}\n` });
    expect(document).toContain(`hello, from ${way}`);
  }
});

test('its error is what is said', () => {
  environment.set({ STEAM_DRIVER: 'steam' });
  const [error] = /^STEAM_DRIVER in .*$/m.exec(document) ?? [];
  expect(() => createTransport()).toThrow(new RangeError(error));
});

test('its table has every key and every variable', () => {
  const section = document.slice(document.indexOf('## The keys'), document.indexOf('## In code'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const names = (cell: number) =>
    rows.flatMap((row) => [...(row.split('|')[cell] as string).matchAll(/`(\w+)`/g)].map(([, name]) => name)).sort();
  const keys = new Set<string>();
  for (const refuse of [
    () => createTransport({ none: 1 } as TransportConfig),
    () => createClient('ws://localhost', { none: 1 } as TransportConfig),
  ]) {
    expect(refuse).toThrow('unknown key none');
    const message = messageOf(refuse);
    for (const key of message.slice(message.indexOf('the keys are ') + 13).split(', ')) keys.add(key);
  }
  expect(names(1)).toEqual([...keys].sort());
  expect(names(2)).toEqual([...environment.variables].sort());
});

function messageOf(refuse: () => unknown): string {
  try {
    refuse();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
