import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeRedis, RedisServer } from './RedisServer.ts';

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples', 'cluster');
const document = readFileSync(join(packageDirectory, 'SCALING.md'), 'utf8');

/** Of one program, until it says what it should. */
const PATIENCE_MS = 18_000;

test.each(readdirSync(examples))('%s is in SCALING.md, word for word', (file) => {
  expect(document).toContain(`\`\`\`ts\n${readFileSync(join(examples, file), 'utf8')}\`\`\``);
});

test('every tool that a test here runs is in SCALING.md, and says so', () => {
  const tests = readdirSync(join(packageDirectory, 'test', 'tools')).filter((file) => file.endsWith('.test.ts'));
  expect(tests.length).toBeGreaterThan(5);
  for (const file of tests) expect(document).toContain(`test/tools/${file}`);
});

describeRedis('the cluster of SCALING.md', () => {
  /** A temporary directory of its own: no other simulated Steam is found there. */
  const directory = mkdtempSync(join(tmpdir(), 'steam-cluster-'));
  const running = new Set<ChildProcess>();
  let redis: RedisServer;

  const run = async (expected: RegExp, file: string, ...args: string[]): Promise<{ child: ChildProcess; output: string }> => {
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      TMPDIR: directory,
      TEMP: directory,
      REDIS_URI: redis.address,
      // Seconds. Who asks while another makes a room waits for that one, 0.5 s by default, and then makes his own: on a busy machine 28 for 60 players.
      COLYSEUS_MAX_CONCURRENT_CREATE_ROOM_WAIT_TIME: '3',
    };
    const child = spawn(process.execPath, ['--conditions=steam-source', join(examples, file), ...args], { env });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let output = '';
    return await new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error(`${file} did not print ${expected} within ${PATIENCE_MS} ms:\n${output}`));
      const timer = setTimeout(giveUp, PATIENCE_MS);
      child.once('exit', () => clearTimeout(timer));
      const read = (chunk: Buffer) => {
        output += chunk;
        if (!expected.test(output)) return;
        clearTimeout(timer);
        resolve({ child, output });
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it printed ${expected}:\n${output}`)));
    });
  };

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await redis?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('three hosts and their players, and one host less', async () => {
    const ids = ['76561198000000011', '76561198000000012', '76561198000000013'];
    const hosts = await Promise.all(ids.map((id) => run(/hosting at steam:\/\//, 'host.ts', id)));
    const endpoints = ids.map((id) => `steam://${id}`);
    await run(/^60 players in [3-9] rooms/m, 'load.ts', endpoints[2] as string, '60');
    hosts[0]?.child.kill('SIGKILL');
    const { child, output } = await run(/hello over Steam, from the room of \d+\n/, 'player.ts', ...endpoints);
    expect(output).not.toContain(ids[0]);
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  }, 60_000);
});
