import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const script = fileURLToPath(new URL('../helpers/exitingHost.ts', import.meta.url));

test('after a shutdown the process ends by itself: host, players, and an SDK that did nothing', async () => {
  const child = spawn(process.execPath, ['--conditions=steam-source', '--disable-warning=ExperimentalWarning', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('exit', (...end) => resolve(end));
  });
  expect({ code, signal, output, errors }).toEqual({ code: 0, signal: null, output: '[true,false,true]', errors: '' });
});
