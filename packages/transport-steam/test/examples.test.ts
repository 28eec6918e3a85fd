import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const packageDirectory = join(import.meta.dirname, '..');
const examples = join(packageDirectory, 'examples');

/** A temporary directory of its own: no other hub is found there. */
const directory = mkdtempSync(join(tmpdir(), 'steam-examples-'));
const running = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
});

/** Starts an example as a user would, and waits until it has printed what is expected. */
async function run(file: string, expected: RegExp): Promise<ChildProcess> {
  const env = { ...process.env, TMPDIR: directory, TEMP: directory, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['--conditions=steam-source', join(examples, file)], { env });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  return await new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      if (expected.test(output)) resolve(child);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it printed ${expected}:\n${output}`)));
  });
}

describe('the examples of the README', () => {
  test('are these files, word for word', () => {
    const readmes = ['../../README.md', 'README.md'].map((file) => readFileSync(join(packageDirectory, file), 'utf8')).join('\n');
    for (const file of readdirSync(examples))
      expect(readmes).toContain(`\`\`\`ts\n${readFileSync(join(examples, file), 'utf8')}\`\`\``);
  });

  test('find each other, in two processes, and the player ends by himself', async () => {
    await run('host.ts', /hosting at steam:\/\/76561198000000001/);
    const player = await run('player.ts', /hello over Steam\n/);
    const [code] = player.exitCode === null ? await once(player, 'exit') : [player.exitCode];
    expect(code).toBe(0);
  }, 60_000);
});
