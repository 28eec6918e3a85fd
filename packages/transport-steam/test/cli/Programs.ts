import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageDirectory = fileURLToPath(new URL('../..', import.meta.url));

/** Shorter than that of the tests, so that they say what was printed. */
const PATIENCE_MS = 45_000;

/** A program of a game, in a process of its own. */
export interface Program {
  /** All that it has printed until now. */
  readonly output: string;
  /** Types. */
  write(text: string): void;
  /** Waits until it has printed something. @throws Error (rejects) when it ends before */
  printed(expected: RegExp): Promise<RegExpExecArray>;
  /** Its exit code. */
  ended(): Promise<number | null>;
}

/** The programs that a test starts, and what they share: a temporary directory, in which nobody else's hub is found. */
export class Programs {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'steam-start-')));
  readonly #running = new Set<ChildProcess>();

  /** A folder of a game, where this package and what it needs are installed. */
  game(name: string): string {
    const folder = join(this.directory, name);
    link(packageDirectory, join(folder, 'node_modules', 'colyseus-transport-steam'));
    linkAll(join(packageDirectory, 'node_modules'), join(folder, 'node_modules'));
    return folder;
  }

  start(cwd: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
    const { COLYSEUS_TRANSPORT: _, STEAM_DRIVER: __, NODE_OPTIONS: ___, ...own } = process.env;
    const env = { ...own, NO_COLOR: '1', NODE_NO_WARNINGS: '1', TMPDIR: this.directory, TEMP: this.directory, ...environment };
    const child = spawn(process.execPath, ['--conditions=steam-source', ...args], { cwd, env });
    this.#running.add(child);
    const ended = once(child, 'close').then(([code]) => code as number | null);
    void ended.then(() => this.#running.delete(child));
    let output = '';
    const listeners = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk;
        for (const listener of listeners) listener();
      });
    }
    return {
      get output() {
        return output;
      },
      write: (text) => void child.stdin.write(text),
      ended: () => ended,
      printed: (expected) =>
        new Promise((resolve, reject) => {
          const fail = (why: string): void => reject(new Error(`${args.join(' ')} ${why} ${expected}:\n${output}`));
          const patience = setTimeout(() => fail(`has not printed within ${PATIENCE_MS / 1_000} s`), PATIENCE_MS);
          const look = (): void => {
            const found = expected.exec(output);
            if (found === null) return;
            clearTimeout(patience);
            listeners.delete(look);
            resolve(found);
          };
          listeners.add(look);
          look();
          void ended.then((code) => {
            clearTimeout(patience);
            fail(`ended with ${code} before it printed`);
          });
        }),
    };
  }

  /** Ends what still runs, and removes what there is. */
  async close(): Promise<void> {
    for (const child of this.#running) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Every package of a `node_modules`, also those below a scope. */
function linkAll(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (name.startsWith('.')) continue;
    if (name.startsWith('@')) linkAll(join(from, name), join(to, name));
    else link(join(from, name), join(to, name));
  }
}

function link(target: string, path: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(realpathSync(target), path, 'junction');
}
