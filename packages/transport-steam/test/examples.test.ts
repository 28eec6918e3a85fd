import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { connectHubControl } from '../src/sim.ts';
import { describeNative, doubleEnvironment } from './native/double.ts';

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
async function run(expected: RegExp, environment: NodeJS.ProcessEnv, file: string, ...args: string[]): Promise<ChildProcess> {
  const env = { ...process.env, NODE_OPTIONS: '', ...environment };
  const child = spawn(process.execPath, ['--conditions=steam-source', join(examples, file), ...args], { env });
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

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return code;
}

test('the examples of the documents are these files, word for word', () => {
  const documents = ['../../README.md', 'README.md', 'STEAM.md'].map((file) =>
    readFileSync(join(packageDirectory, file), 'utf8'),
  );
  // Those in folders are of documents with a test of their own.
  for (const file of readdirSync(examples).filter((name) => name.endsWith('.ts')))
    expect(documents.join('\n')).toContain(`\`\`\`ts\n${readFileSync(join(examples, file), 'utf8')}\`\`\``);
});

test('those of the README find each other, in two processes, and the player ends by himself', async () => {
  const environment = { TMPDIR: directory, TEMP: directory };
  await run(/hosting at steam:\/\/76561198000000001/, environment, 'host.ts');
  const player = await run(/hello over Steam\n/, environment, 'player.ts');
  expect(await endOf(player)).toBe(0);
}, 60_000);

describeNative('those of STEAM.md', () => {
  test('say why Steam does not start', async () => {
    const hub = { name: `errors-${process.pid}` };
    await run(/steam-not-running: Steam did not start: start the Steam client/, doubleEnvironment({ hub }), 'steamErrors.ts');
    const control = await connectHubControl(hub);
    await run(/logged in as Ann\n/, doubleEnvironment({ hub, personaName: 'Ann' }), 'steamErrors.ts');
    control.close();
  }, 60_000);

  test('find each other on the addon, in two processes, and the player ends by himself', async () => {
    const hub = { name: `examples-${process.pid}` };
    const control = await connectHubControl(hub);
    const host = 76561198000000002n;
    await run(/hosting at steam:\/\//, doubleEnvironment({ hub, steamId: host }), 'steamHost.ts');
    const player = await run(/hello over Steam\n/, doubleEnvironment({ hub }), 'steamPlayer.ts', `steam://${host}`);
    expect(await endOf(player)).toBe(0);
    control.close();
  }, 60_000);
});
