import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { chat } from '../../examples/bridge/page.ts';
import { CallName, EventName, FrameType } from '../../src/bridge/frames.ts';
import { defaultBridgeClientOptions, defaultBridgeOptions } from '../../src/bridge.ts';

// BRIDGE.md: its code is files, and does what it says.

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples');
const document = readFileSync(join(packageDirectory, 'BRIDGE.md'), 'utf8');
/** A temporary directory of its own: no other hub is found there. */
const directory = mkdtempSync(join(tmpdir(), 'steam-bridge-'));
const running = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
});

/** Starts an example as a user would, and waits until it has printed what is expected. */
async function run(file: string, expected: RegExp): Promise<RegExpExecArray> {
  const env = { ...process.env, NODE_OPTIONS: '', TMPDIR: directory, TEMP: directory };
  const child = spawn(process.execPath, ['--conditions=steam-source', join(examples, file)], { env });
  running.add(child);
  let output = '';
  return await new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const found = expected.exec(output);
      if (found !== null) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`${file} ended with ${code} before it printed ${expected}:\n${output}`));
    });
  });
}

test('its TypeScript is the files of examples/bridge, word for word', () => {
  const blocks = document.match(/```ts\n.*?```/gs) ?? [];
  const files = readdirSync(join(examples, 'bridge')).map((file) => readFileSync(join(examples, 'bridge', file), 'utf8'));
  expect(blocks.sort()).toEqual(files.map((file) => `\`\`\`ts\n${file}\`\`\``).sort());
});

test('a page plays with the host of the README, through an owner in another process', async () => {
  await run('host.ts', /hosting at steam:\/\/76561198000000001/);
  const [, url = ''] = await run('bridge/owner.ts', /bridge at (ws:\S+);/);
  expect(await chat(url)).toMatch(/^hello, I am 7656\d+$/);
  // Who does not know the path is nobody's page.
  await expect(chat(url.replace(/\/\w+$/, '/'))).rejects.toMatchObject({ code: 'connection-lost' });
}, 60_000);

test('it has every option with its default, and every number of the wire', () => {
  for (const [name, value] of Object.entries({ ...defaultBridgeOptions, ...defaultBridgeClientOptions })) {
    expect(document).toContain(`| \`${name}\` | ${value.toLocaleString('en').replaceAll(',', ' ')}`);
  }
  const hex = (number: number) => `\`${number.toString(16).padStart(2, '0')}\``;
  for (const number of Object.values(FrameType)) expect(document).toMatch(new RegExp(`^\\| ${hex(number)} `, 'm'));
  for (const number of [...Object.values(CallName), ...Object.values(EventName)]) expect(document).toContain(hex(number));
});
