import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import type steamworks from 'steamworks.js';
import type { SendType } from '../../src/driver/SteamDriver.ts';
import type { initSteamworks, SteamCallback, SteamCallbacks, SteamworksDriver } from '../../src/steamworks.ts';
import type { DriverRecorder } from '../helpers/DriverRecorder.ts';
import type { DoubleFifo } from './double.ts';

/** For one play, on a busy machine. Less than a test has, so that the test says what hung. Unit: ms. */
const PATIENCE_MS = 30_000;

const children = new Set<ChildProcess>();
// For each file that imports this one: also what a failed test no longer waits for.
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** What a function that runs in another process is given: it has nothing of the file that it stands in. */
export interface AddonTools {
  readonly steamworks: typeof steamworks;
  readonly SteamworksDriver: typeof SteamworksDriver;
  readonly SteamCallbacks: typeof SteamCallbacks;
  readonly SteamCallback: typeof SteamCallback;
  readonly SendType: typeof SendType;
  readonly DriverRecorder: typeof DriverRecorder;
  readonly initSteamworks: typeof initSteamworks;
  /** Has the double do things. Before Steam is started. */
  fifo(): DoubleFifo;
  /** This library a second time, as its ESM and its CommonJS copy are two. */
  otherCopy(): Promise<Pick<AddonTools, 'SteamCallbacks' | 'initSteamworks'>>;
  sleep(ms: number): Promise<void>;
  /** Polls the drivers until it is done. */
  until(isDone: () => boolean, ...polled: DriverRecorder[]): Promise<void>;
}

/** The end of the process before the function returned. */
export class AddonDeath extends Error {
  readonly signal: NodeJS.Signals | null;

  constructor(code: number | null, signal: NodeJS.Signals | null, output: string) {
    super(`the process ended with code ${code}, signal ${signal}, and said: ${output}`);
    this.signal = signal;
  }
}

/**
 * Runs `play` in a process of its own, in which steamworks.js is not started yet: one Steam user is one process.
 * `given` is copied there, as its result is copied back.
 *
 * @throws AddonDeath when the process dies of it; Error when it takes longer than `patienceMs`, and is killed; what `play` throws
 */
export function onAddon<Result, Given = undefined>(
  environment: Readonly<Record<string, string>>,
  play: (tools: AddonTools, given: Given) => Result | Promise<Result>,
  given?: Given,
  { patienceMs = PATIENCE_MS } = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./addonUser.ts', import.meta.url)), {
      env: { ...process.env, ...environment },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    children.add(child);
    let isLate = false;
    const patience = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, patienceMs);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.once('message', ({ result, error }: { result: Result; error?: unknown }) => {
      if (error === undefined) resolve(result);
      else reject(error);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      children.delete(child);
      clearTimeout(patience);
      const late = `the play did not end within ${patienceMs} ms and was killed; it said: ${output}\n${play}`;
      reject(isLate ? new Error(late) : new AddonDeath(code, signal, output));
    });
    child.send({ source: String(play), given });
  });
}
