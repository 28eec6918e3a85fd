import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { access, RemovalCode } from '../../src/index.ts';
import { lobbyTypes, resolveLobbyOptions } from '../../src/server/lobbyOptions.ts';

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples', 'lobbies');
const document = readFileSync(join(packageDirectory, 'LOBBIES.md'), 'utf8');

test.each(['host.ts', 'decisions.ts'])('%s is in LOBBIES.md, word for word', (file) => {
  expect(document).toContain(`\`\`\`ts\n${readFileSync(join(examples, file), 'utf8')}\`\`\``);
});

test('every option, type, preset and code is in LOBBIES.md', () => {
  const error = (() => {
    try {
      return resolveLobbyOptions({ unknown: 1 });
    } catch (caught) {
      return (caught as Error).message;
    }
  })();
  const options = String(error).split(' are ')[1]?.split(', ') ?? [];
  expect(options.length).toBeGreaterThan(5);
  for (const name of options) expect(document).toContain(`| \`${name}\` |`);
  for (const type of Object.keys(lobbyTypes)) expect(document).toContain(`\`${type}\``);
  for (const preset of Object.keys(access)) expect(document).toContain(`\`access.${preset}`);
  expect(document).toContain(`onLeave(${RemovalCode.Kicked}, reason)`);
  expect(document).toContain(`onLeave(${RemovalCode.Banned}, reason)`);
});

test('the host of LOBBIES.md opens his lobby', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'steam-lobby-example-'));
  const env = { ...process.env, NODE_OPTIONS: '', TMPDIR: directory, TEMP: directory };
  const child = spawn(process.execPath, ['--conditions=steam-source', join(examples, 'host.ts')], { env });
  let output = '';
  const ended = once(child, 'exit');
  try {
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk;
        if (/friends find it: lobby \d{18}\n/.test(output)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      ended.then(([code]) => reject(new Error(`it ended with ${code}:\n${output}`)));
    });
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);
