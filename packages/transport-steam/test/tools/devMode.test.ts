import { type ChildProcess, spawn } from 'node:child_process';
import { once as onceOf } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloseCode } from '@colyseus/sdk';
import { afterAll, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { connectToHub } from '../../src/sim.ts';
import { once, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { ScoreState } from './ScoreRoom.ts';

leaveNoTimers();

jest.setTimeout(60_000);

const hub = `dev-${process.pid}`;
const HOST = 76561197960271001n;
const directory = mkdtempSync(join(tmpdir(), 'dev-mode-'));
const running = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await onceOf(child, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
  jest.restoreAllMocks();
});

test('in devMode a host who starts anew has his rooms again, with their state, and the players are back by themselves', async () => {
  muteConsole();
  const first = await startHost();
  const driver = await connectToHub({ name: hub });
  try {
    const client = new SteamSDK(`steam://${HOST}`, { driver });
    const room = await client.joinOrCreate('score', {}, ScoreState);
    Object.assign(room.reconnection, { minUptime: 0 });
    room.onMessage('score', () => undefined);
    room.send('add', 7);
    await until(() => room.state?.score === 7, 'the score');

    const dropped = once<[number]>((cb) => room.onDrop(cb));
    const back = once<[]>((cb) => room.onReconnect(cb));
    first.kill('SIGTERM');
    expect((await dropped)[0]).toBe(CloseCode.MAY_TRY_RECONNECT);
    await onceOf(first, 'exit');
    await startHost();
    await back;
    const told = once<[number]>((cb) => room.onMessage('score', cb));
    room.send('add', 1);
    expect((await told)[0]).toBe(8);
    client.close();
  } finally {
    driver.close();
  }
});

async function startHost(): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./devModeHost.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, hub, String(HOST)], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk;
        if (output.includes('listens\n')) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`the host ended with ${code}:\n${output}`)));
  });
  return child;
}
