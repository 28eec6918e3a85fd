import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** The machine may be slow, and busy with other tests. Unit: ms. */
const PATIENCE_MS = 120_000;
/** The simulated Steam goes on for a few seconds after its last user. Unit: ms. */
const STEAM_ENDS_MS = 15_000;

/** The demo as `npm run demo` starts it, with its output going to a pipe. */
class Demo {
  output = '';
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;

  constructor() {
    const options = ['--disable-warning=ExperimentalWarning', '--conditions=steam-source'];
    this.#process = spawn(process.execPath, [...options, join(source, 'main.ts')], { stdio: ['ignore', 'pipe', 'pipe'] });
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
}

let demo: Demo | undefined;
afterEach(() => demo?.kill('SIGKILL'));

async function expectNothingLeft(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + STEAM_ENDS_MS;
  const left = () => pids.filter(isRunning);
  while (left().length > 0 && performance.now() < deadline) await sleep(100);
  expect(left()).toEqual([]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm run demo', () => {
  test(
    'shows all acts, and ends by itself',
    async () => {
      demo = new Demo();
      const code = await demo.ended;
      expect(demo.output).not.toContain('FAILED');
      const events = [
        'Act 1 of 7: Helen opens an arena',
        'Act 2 of 7: Ann joins',
        'Ann is in the arena',
        'Act 3 of 7: Bob joins',
        'Bob is in the arena',
        'Act 4 of 7: They play and chat',
        'Bob says: so many stars',
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
        'on the same seat, with the same stars',
      ];
      expect(events.filter((event) => demo?.output.includes(event))).toEqual(events);
      const places = events.map((event) => demo?.output.indexOf(event) ?? -1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(demo.output).toMatch(/Helen → Bob +\d+( +\d+ \/ \d+(\.\d)? k?B){4}/);
      expect(code).toBe(0);
      expect(demo.pids).toHaveLength(4);
      await expectNothingLeft(demo.pids);
    },
    PATIENCE_MS,
  );

  test(
    'says what went wrong, and ends with 1',
    async () => {
      demo = new Demo();
      await demo.until('Act 3 of 7');
      process.kill(demo.pidOf('Ann'), 'SIGKILL');
      expect(await demo.ended).toBe(1);
      expect(demo.output).toContain('FAILED');
      expect(demo.output).toContain('the process of Ann ended with SIGKILL');
      await expectNothingLeft(demo.pids);
    },
    PATIENCE_MS,
  );

  test(
    'ends everything on Ctrl-C',
    async () => {
      demo = new Demo();
      await demo.until('Act 2 of 7');
      demo.kill('SIGINT');
      expect(await demo.ended).toBe(130);
      expect(demo.output).toContain('Interrupted');
      await expectNothingLeft(demo.pids);
    },
    PATIENCE_MS,
  );
});

test('only host and player name a transport', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const naming = files.filter((name) =>
    /from 'colyseus-transport-steam(?:\/client)?'/.test(readFileSync(join(source, name), 'utf8')),
  );
  expect(naming.sort()).toEqual(['host.ts', 'player.ts']);
});
