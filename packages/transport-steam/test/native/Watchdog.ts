import { Worker } from 'node:worker_threads';

/** Longer than a call takes on a busy machine, shorter than a test may run. Unit: ms. */
const LIMIT_MS = 8_000;

const Slot = { Pid: 0, Wait: 1, Killed: 2 } as const;

/**
 * Kills a child that does not answer. Its parent stands in a blocking read meanwhile and can do nothing, not even time out; so this
 * looks on from a thread of its own.
 */
export class Watchdog {
  readonly #slots = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  readonly #thread: Worker;
  readonly #limitMs: number;

  /** A child is killed when it has not answered for once to twice `limitMs`. */
  constructor(limitMs = LIMIT_MS) {
    this.#limitMs = limitMs;
    this.#thread = new Worker(
      `const slots = require('node:worker_threads').workerData;
       let seen = 0;
       setInterval(() => {
         const pid = slots[${Slot.Pid}];
         const wait = slots[${Slot.Wait}];
         if (pid !== 0 && wait === seen) {
           slots[${Slot.Killed}] = pid;
           process.kill(pid, 'SIGKILL');
         }
         seen = wait;
       }, ${limitMs});`,
      { eval: true, workerData: this.#slots },
    );
  }

  /** Runs what waits for an answer of the process `pid`. */
  watch<T>(pid: number, exchange: () => T): T {
    const slots = this.#slots;
    slots[Slot.Wait]!++;
    slots[Slot.Pid] = pid;
    try {
      return exchange();
    } finally {
      slots[Slot.Pid] = 0;
    }
  }

  /** Why the process `pid` is gone, when this killed it. */
  reason(pid: number): string | undefined {
    return this.#slots[Slot.Killed] === pid ? `it did not answer within ${this.#limitMs} ms, and was killed` : undefined;
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }
}
