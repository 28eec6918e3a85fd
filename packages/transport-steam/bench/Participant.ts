import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** To the process: call what the file exports by this name. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** From it. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Another process that has loaded the file of a benchmark, and runs the functions that the file exports: one Steam user is one
 * process. What they leave in the variables of the file stays there for the next call. It ends with this process, at the latest.
 */
export class Participant {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;

  /**
   * `file` is the benchmark's `import.meta.url`. The flags of this process are passed on, `--cpu-prof` for one. `launcher` is a program, and its first
   * arguments, that starts the process in our place.
   */
  constructor(file: string, environment: Readonly<Record<string, string>> = {}, launcher: readonly string[] = []) {
    const [execPath = '', ...execArgv] = [...launcher, process.execPath, ...process.execArgv];
    this.#child = fork(fileURLToPath(new URL('./participantMain.ts', import.meta.url)), [file], {
      execPath,
      execArgv,
      env: { ...process.env, ...environment },
      serialization: 'advanced',
    });
    this.#child.on('message', ({ id, value, error }: Answer) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) pending?.resolve(value);
      else pending?.reject(error);
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the process ended with ${signal ?? `code ${code}`}`));
    });
  }

  /** Has the process call `run`, which must be an exported function of its file. Arguments and result are copied. */
  call<Args extends unknown[], Result>(run: (...args: Args) => Result, ...args: Args): Promise<Awaited<Result>> {
    const id = this.#calls++;
    this.#child.send({ id, name: run.name, args } satisfies Call);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: (value) => resolve(value as Awaited<Result>), reject });
    });
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
