import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ProbeOutcome, ProbeRequest } from '../../src/cli/doctor/probeProtocol.ts';
import { runProbe } from '../../src/cli/doctor/runProbe.ts';

// Programs in place of the probe, which do what steamworks.js and Steam do to a process.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-probe-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const say = (line: unknown) => `require('node:fs').writeSync(3, ${JSON.stringify(`${JSON.stringify(line)}\n`)});`;

function run(source: string, more: { request?: ProbeRequest; timeoutMs?: number } = {}): Promise<ProbeOutcome> {
  const { request = {}, timeoutMs = 15_000 } = more;
  const program = join(folder, 'program.cjs');
  writeFileSync(program, source);
  return runProbe({ cwd: folder, env: process.env, request, program, timeoutMs });
}

test('what it learnt, in spite of what Steam writes', async () => {
  const outcome = await run(`
    console.log('Setting breakpad minidump AppID = 480');
    ${say({ trying: 'load' })} ${say({ done: 'load', result: { libraries: ['a'] } })}
    console.error('[S_API] SteamAPI_Init(): no');
    ${say({ trying: 'init' })} ${say({ failed: 'init', failure: { message: 'm', words: 'w' } })}
  `);
  expect(outcome).toEqual({
    results: { load: { libraries: ['a'] } },
    failures: { init: { message: 'm', words: 'w' } },
    unfinished: undefined,
    end: 'ended with exit code 0',
    lastWords: '[S_API] SteamAPI_Init(): no',
  });
});

test('it is told what to do, and where', async () => {
  const tell = `const { argv, cwd } = process;
    const seen = [JSON.parse(argv[2]), cwd.call(process)];
    require('node:fs').writeSync(3, JSON.stringify({ done: 'load', result: seen }) + '\\n');`;
  const { results } = await run(tell, { request: { appId: 480, from: '/game' } });
  expect(results.load).toEqual([{ appId: 480, from: '/game' }, expect.stringContaining('doctor-probe-')]);
});

test('it aborts', async () => {
  const outcome = await run(`${say({ trying: 'init' })} console.error('assertion failed'); process.kill(process.pid, 'SIGKILL')`);
  expect(outcome).toMatchObject({ unfinished: 'init', lastWords: 'assertion failed' });
  expect(outcome.end).toBe(process.platform === 'win32' ? 'ended with exit code 1' : 'was ended by SIGKILL');
});

test('it ends early', async () => {
  const outcome = await run(`${say({ trying: 'selfTest' })} process.exit(3)`);
  expect(outcome).toMatchObject({ unfinished: 'selfTest', end: 'ended with exit code 3' });
});

test('it does not even start', async () => {
  const outcome = await run('throw new Error("cannot")');
  expect(outcome).toMatchObject({
    unfinished: 'load',
    end: 'ended with exit code 1',
    lastWords: expect.stringContaining('cannot'),
  });
});

test('it hangs, with no event loop to stop it', async () => {
  const outcome = await run(`${say({ trying: 'init' })} for (;;);`, { timeoutMs: 1_000 });
  expect(outcome).toMatchObject({ unfinished: 'init', end: 'did not answer for 1 s' });
});

test('what it started holds its pipes open', async () => {
  const outcome = await run(`${say({ trying: 'load' })} ${say({ done: 'load', result: {} })}
    const idle = ['-e', 'setTimeout(() => {}, 60_000)'];
    const { pid } = require('node:child_process').spawn(process.execPath, idle, { stdio: 'inherit', detached: true });
    console.error(pid);
    process.exit();`);
  process.kill(Number(outcome.lastWords), 'SIGKILL');
  expect(outcome).toMatchObject({ unfinished: undefined, end: 'ended with exit code 0' });
});

test('it is cut off in the middle of a line', async () => {
  const outcome = await run(`${say({ trying: 'init' })} require('node:fs').writeSync(3, '{"done":');`);
  expect(outcome).toMatchObject({ unfinished: 'init', results: {} });
});
