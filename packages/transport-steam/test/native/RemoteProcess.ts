import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type FromChild, type FromParent, type Hello, MessagePipe } from './messages.ts';
import type { Watchdog } from './Watchdog.ts';

/** What a process may write to stderr and still be quoted whole. Unit: bytes. */
const STDERR_BYTES = 65_536;

/** Patience with a process that was told to end. Unit: ms. */
const END_MS = 5_000;

/** How remoteUser.ts is run. */
export interface RemoteOptions {
  readonly args: readonly string[];
  /** In addition to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly watchdog: Watchdog;
}

/** Descriptors. */
interface Files {
  readonly reads: number;
  readonly writes: number;
  readonly stderr: number;
}

/** A process that runs remoteUser.ts, and the FIFOs to and from it. It ends when this one does, whatever the reason. */
export class RemoteProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #files: Files;
  readonly #pipe: MessagePipe<FromChild, FromParent>;
  readonly #watchdog: Watchdog;
  /** Once {@link end} was called: why there is no process. */
  #ended: Error | undefined;

  private constructor(child: ChildProcess, files: Files, watchdog: Watchdog) {
    this.#child = child;
    this.#exit = once(child, 'exit');
    this.#files = files;
    this.#pipe = new MessagePipe(files.reads, files.writes);
    this.#watchdog = watchdog;
  }

  static async start({ args, env, watchdog }: RemoteOptions): Promise<{ process: RemoteProcess; hello: Hello }> {
    const { ours, its } = await openFiles();
    const program = fileURLToPath(new URL('./remoteUser.ts', import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      stdio: ['ignore', 'pipe', ours.stderr, ...its],
      // Without a cache, most of the start is the stripping of types.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...env },
    });
    // Now the child has the only ones: its death is the end of the file here.
    for (const descriptor of its) closeSync(descriptor);
    const remote = new RemoteProcess(child, ours, watchdog);
    return { process: remote, hello: await remote.#hello() };
  }

  /** Says something, and waits for what the process says to it. @throws Error, with its stderr, when the process is gone */
  exchange(message: FromParent): FromChild {
    const { pid } = this.#child;
    if (this.#ended !== undefined) throw this.#ended;
    const answer = this.#watchdog.watch(pid as number, () => this.#exchange(message));
    if (answer === undefined) throw this.#gone();
    return answer;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** Lets the process end. Rejects when it did not do so by itself and well. MAY be called twice. */
  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = this.#gone();
    const { reads, writes, stderr } = this.#files;
    closeSync(writes);
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await this.#exit;
    clearTimeout(impatience);
    this.#ended = this.#gone();
    const endedWell = this.#child.exitCode === 0 && this.#stderr() === '';
    closeSync(reads);
    closeSync(stderr);
    if (!endedWell) throw this.#ended;
  }

  async #hello(): Promise<Hello> {
    const stdout = this.#child.stdout!;
    let text = '';
    for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
      text += chunk;
      if (!text.includes('\n')) continue;
      // It stays open: steamworks.js says something there when it has a ticket, and aborts when it cannot.
      stdout.resume();
      return JSON.parse(text) as Hello;
    }
    await this.end();
    throw this.#ended;
  }

  #exchange(message: FromParent): FromChild | undefined {
    try {
      this.#pipe.write(message);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return undefined;
      throw error;
    }
    return this.#pipe.read();
  }

  #gone(): Error {
    const { pid, exitCode, signalCode } = this.#child;
    const how = this.#watchdog.reason(pid as number) ?? signalCode ?? (exitCode === null ? 'just now' : `exit code ${exitCode}`);
    return new Error(`the other process (${pid}) is gone (${how}), and wrote to stderr: ${this.#stderr() || 'nothing'}`);
  }

  #stderr(): string {
    const buffer = Buffer.alloc(STDERR_BYTES);
    return buffer.toString('utf8', 0, readSync(this.#files.stderr, buffer, 0, STDERR_BYTES, 0));
  }
}

/** The names are gone when this is done: nothing is left of files that nobody has open. */
async function openFiles(): Promise<{ ours: Files; its: [reads: number, writes: number] }> {
  const directory = mkdtempSync(join(tmpdir(), 'remote-user-'));
  try {
    const [down, up] = [join(directory, 'down'), join(directory, 'up')];
    await promisify(execFile)('mkfifo', [down, up]);
    const [itsReads, writes] = openBothEnds(down);
    const [reads, itsWrites] = openBothEnds(up);
    // A file, so that it can be read at once, without the event loop.
    const stderr = openSync(join(directory, 'stderr'), 'a+');
    return { ours: { reads, writes, stderr }, its: [itsReads, itsWrites] };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** To open one end of a FIFO alone would block until somebody opens the other. */
function openBothEnds(fifo: string): [reads: number, writes: number] {
  const both = openSync(fifo, 'r+');
  const ends: [number, number] = [openSync(fifo, 'r'), openSync(fifo, 'w')];
  closeSync(both);
  return ends;
}
