import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ProbeOutcome, ProbeRequest } from '../../src/cli/doctor/probeProtocol.ts';
import { runProbe } from '../../src/cli/doctor/runProbe.ts';

// Programs in place of the probe, which do what steamworks.js and Steam do to a process.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-probe-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The source of what writes a line of the probe. */
const say = (line: unknown) => `require('node:fs').writeSync(3, ${JSON.stringify(`${JSON.stringify(line)}\n`)});`;

interface More {
  readonly request?: ProbeRequest;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

function run(source: string, { request = {}, env = {}, timeoutMs = 15_000 }: More = {}): Promise<ProbeOutcome> {
  return runProbe({ cwd: folder, env: { ...process.env, ...env }, request, program: write(source), timeoutMs });
}

function write(source: string): string {
  const program = join(folder, 'program.cjs');
  writeFileSync(program, source);
  return program;
}

test('what it learnt, in spite of what Steam writes', async () => {
  const outcome = await run(`
    console.log('Setting breakpad minidump AppID = 480');
    ${say({ trying: 'load' })} ${say({ done: 'load', result: { libraries: ['a'] } })}
    console.error('[S_API] SteamAPI_Init(): no');
    ${say({ trying: 'init' })} ${say({ failed: 'init', failure: { message: 'm', words: 'w' } })} ${say({ finished: true })}
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

// The shell's options are for its own programs: one that Node refuses would keep the probe from starting.
test('NODE_OPTIONS of the shell do not reach it', async () => {
  const NODE_OPTIONS = `--require ${join(folder, 'missing.cjs')}`;
  const outcome = await run(`${say({ trying: 'load' })} ${say({ finished: true })}`, { env: { NODE_OPTIONS } });
  expect(outcome).toMatchObject({ unfinished: undefined, end: 'ended with exit code 0', lastWords: '' });
});

// Parsing them threw inside an event handler: the doctor died.
test('lines that are not its own are passed over', async () => {
  const lines = [{ trying: 'load' }, { done: 'load', result: { libraries: [] } }, { finished: true }];
  const outcome = await run(`${say('noise')} ${say(null)} ${say(7)}
    require('node:fs').writeSync(3, '[S_API] loaded\\n\\n{"done":"load",\\n');
    ${lines.map((line) => say(line) + say([])).join('\n')}`);
  expect(outcome).toMatchObject({ results: { load: { libraries: [] } }, failures: {}, unfinished: undefined });
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

// It was taken for one that had come to its end: all further checks were "skipped", and the exit code 0.
test('it dies between two steps', async () => {
  const outcome = await run(`${say({ trying: 'init' })} ${say({ done: 'init', result: { appId: 480 } })} process.exit(134)`);
  expect(outcome).toMatchObject({ results: { init: { appId: 480 } }, unfinished: 'init', end: 'ended with exit code 134' });
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
  const outcome = await run(`${say({ trying: 'load' })} ${say({ done: 'load', result: {} })} ${say({ finished: true })}
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

// Nobody knew of it then, and it took a whole processor until the machine was switched off. Windows has no signals to act on.
test('it hangs, and ends with who runs it', async () => {
  const program = write(`require('node:fs').writeFileSync(JSON.parse(process.argv[2]).from, process.pid + '.'); for (;;);`);
  const runFrom = async (end: string): Promise<void> => {
    const pidFile = join(folder, `pid ${end}`);
    const options = { cwd: folder, env: {}, request: { from: pidFile }, program };
    const source = `import { runProbe } from ${JSON.stringify(new URL('../../src/cli/doctor/runProbe.ts', import.meta.url).href)};
      runProbe(${JSON.stringify(options)});
      process.stdin.once('data', () => process.exit(7));`;
    const doctor = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = once(doctor, 'exit');
    let pid = 0;
    try {
      await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('.'));
      pid = Number(readFileSync(pidFile, 'utf8'));
      if (end === 'exit') doctor.stdin.write('now');
      else doctor.kill(end as NodeJS.Signals);
      expect(await ended).toEqual(end === 'exit' ? [7, null] : [null, end]);
      await until(() => !isAlive(pid));
    } finally {
      doctor.kill('SIGKILL');
      if (pid !== 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
  };
  await Promise.all((process.platform === 'win32' ? ['exit'] : ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP']).map(runFrom));
});

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 10_000; !isSo(); await sleep(20)) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${isSo}`);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
