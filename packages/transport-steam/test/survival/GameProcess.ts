import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command, Report, Role } from './messages.ts';

/** For one report, on a busy machine. Unit: ms. */
const PATIENCE_MS = 20_000;

/** A report of a kind, and when it came. */
type Said<K extends Report['is']> = Report & { readonly is: K; readonly at: number };

const running = new Set<GameProcess>();

/** A host or a player in a process of his own, and what he has reported. */
export class GameProcess {
  readonly reports: (Report & { readonly at: number })[] = [];
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly at: number }>;
  readonly #child: ChildProcess;
  #waiting = new Set<() => void>();
  #output = '';
  #hasEnded = false;

  constructor(program: 'host' | 'player', role: Role, env: Readonly<Record<string, string>> = {}) {
    const file = fileURLToPath(new URL(`./${program}Process.ts`, import.meta.url));
    this.#child = fork(file, [JSON.stringify(role)], {
      // Without a cache, most of the start is the stripping of types.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...env },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
    }
    this.#child.on('message', (report: Report) => {
      this.reports.push({ ...report, at: performance.now() });
      for (const wake of this.#waiting) wake();
    });
    this.exit = once(this.#child, 'exit').then(([code, signal]) => {
      this.#hasEnded = true;
      for (const wake of this.#waiting) wake();
      return { code, signal, at: performance.now() };
    });
    running.add(this);
  }

  /** Kills all that still run, but for `spared`. */
  static async endAll(spared: readonly GameProcess[] = []): Promise<void> {
    const ended = [...running].filter((one) => !spared.includes(one));
    for (const one of ended) one.kill();
    await Promise.all(ended.map(({ exit }) => exit));
    for (const one of ended) running.delete(one);
  }

  tell(command: Command): void {
    this.#child.send(command);
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  all<K extends Report['is']>(kind: K): Said<K>[] {
    return this.reports.filter((report): report is Said<K> => report.is === kind);
  }

  /** Report number `index` of a kind, waiting for it. @throws Error, with all that the process said, when it does not come */
  async report<K extends Report['is']>(kind: K, index = 0): Promise<Said<K>> {
    await this.until(() => this.all(kind).length > index, `${kind} number ${index}`);
    return this.all(kind)[index] as Said<K>;
  }

  async until(isDone: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (why: string) => reject(new Error(`${what}: ${why}; it said ${JSON.stringify(this.reports)}\n${this.#output}`));
    const look = () => {
      if (isDone()) resolve();
      else if (this.#hasEnded) fail('the process has ended');
    };
    const timer = setTimeout(() => fail(`not within ${PATIENCE_MS} ms`), PATIENCE_MS);
    this.#waiting.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}
