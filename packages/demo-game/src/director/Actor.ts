import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from '../stage/words.ts';

/** What a process may take to end after the director hung up. Unit: ms. */
const GOODBYE_MS = 3_000;
/** What it wrote last may come after the news of its end. Unit: ms. */
const LAST_WORDS_MS = 50;
/** Of what a process writes, the end is kept, for the case that it fails. Unit: characters. */
const KEPT = 4_000;

/** One of the three processes, as the director has it. */
export class Actor {
  readonly name: string;
  /** Resolves when the process is gone: its exit code, or the signal that it died of. */
  readonly ended: Promise<number | string>;
  /** What it wrote: Colyseus' and Node's own words. */
  written = '';
  readonly #process: ChildProcess;

  constructor(
    file: 'host.ts' | 'player.ts',
    part: { hub: string; name: string; seed: number },
    onReport: (report: Report) => void,
  ) {
    this.name = part.name;
    const args = [part.hub, part.name, String(part.seed)];
    this.#process = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), args, {
      serialization: 'advanced', // SteamIDs are bigints
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.written = (this.written + text).slice(-KEPT);
      });
    }
    this.#process.on('message', (report) => onReport(report as Report));
    this.ended = new Promise((resolve) => {
      this.#process.on('error', (error) => resolve(error.message));
      // Not 'close', which Node does not emit for a process that was hung up on.
      this.#process.on('exit', (code, signal) => setTimeout(resolve, LAST_WORDS_MS, code ?? signal));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  tell(order: Order): void {
    if (this.#process.connected) this.#process.send(order, () => {});
  }

  /** Hangs up, which ends the process, whatever it is at. */
  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), GOODBYE_MS);
    await this.ended;
    clearTimeout(timer);
  }
}
