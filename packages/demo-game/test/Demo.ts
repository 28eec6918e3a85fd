import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';

/** The machine may be slow, and busy with other tests. Unit: ms. */
export const PATIENCE_MS = 120_000;
/** The simulated Steam goes on for a few seconds after its last user. Unit: ms. */
const STEAM_ENDS_MS = 15_000;

/** The demo as `npm run demo` starts it, with its output going to a pipe. */
export class Demo {
  output = '';
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;

  constructor(args: readonly string[] = ['--headless'], program = '../src/main.ts') {
    const options = ['--disable-warning=ExperimentalWarning', '--conditions=steam-source'];
    this.#process = spawn(process.execPath, [...options, fileURLToPath(new URL(program, import.meta.url)), ...args], {
      env: process.env, // jest's, which a test may change
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => resolve(code ?? signal));
    });
  }

  /** The demo says who is which process. */
  pidOf(name: string): number {
    return Number(new RegExp(`${name} is process (\\d+)`).exec(this.output)?.[1]);
  }

  /** All that it has started. */
  get pids(): number[] {
    return [...this.output.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async until(text: string): Promise<void> {
    let running = true;
    void this.ended.then(() => {
      running = false;
    });
    while (running && !this.output.includes(text)) await sleep(20);
    expect(this.output).toContain(text);
  }

  /** Everything was shown, in its order. */
  expectAllActs(): void {
    expect(this.output).not.toContain('FAILED');
    const events = [
      'Act 1 of 7: Helen opens an arena',
      'Act 2 of 7: Ann joins',
      'Ann is in the arena',
      'Act 3 of 7: Bob joins',
      'Bob is in the arena',
      'Act 4 of 7: They play and chat',
      'Bob says: so much snow',
      "Act 5 of 7: Bob's cable is pulled",
      'Bob lost Helen',
      'Ann sees that Bob is away',
      'Act 6 of 7: The cable is back',
      'Bob is back',
      'Bob says: can anybody hear me?',
      'Act 7 of 7: All leave',
      'Helen left',
      'all processes have ended by themselves',
      'chat: 6 lines, each heard in every process',
      'on the same seat, with the same score',
    ];
    expect(events.filter((event) => this.output.includes(event))).toEqual(events);
    const places = events.map((event) => this.output.indexOf(event));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(this.output).toMatch(/Helen → Bob +\d+( +\d+ \/ \d+(\.\d)? k?B){4}/);
  }

  /** It has ended, and so have these. */
  async expectNothingLeft(pids = this.pids): Promise<void> {
    const deadline = performance.now() + STEAM_ENDS_MS;
    const left = () => pids.filter(isRunning);
    while (left().length > 0 && performance.now() < deadline) await sleep(100);
    expect(left()).toEqual([]);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
