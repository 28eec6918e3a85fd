import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program of a user runs: with the sources of this package, and no flags of this test run. */
const NODE_OPTIONS = '--conditions=steam-source --disable-warning=ExperimentalWarning';

/** A process, and what it says. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  #output = '';

  constructor(folder: string, file: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []) {
    this.#name = file;
    const env = { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', ...environment, NODE_OPTIONS };
    this.#child = spawn(process.execPath, [file, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
    }
  }

  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it has printed what is expected. @throws Error (rejects) with all that it printed, when it ends before */
  async says(expected: RegExp): Promise<void> {
    while (!expected.test(this.#output)) {
      if (!this.isRunning) throw new Error(`${this.#name} ended before it printed ${expected}:\n${this.#output}`);
      await sleep(10);
    }
  }

  /** Its exit code, when it has ended by itself. */
  async end(): Promise<number | null> {
    if (this.isRunning) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  /** As a process manager ends a server. */
  terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.end();
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill('SIGKILL');
    await this.end();
  }
}
