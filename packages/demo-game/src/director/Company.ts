import { setTimeout as sleep } from 'node:timers/promises';
import { connectHubControl, type HubControl } from 'colyseus-transport-steam/sim';
import type { Order, Report } from '../stage/words.ts';
import { Actor } from './Actor.ts';
import type { Show } from './Show.ts';

/** The machine may be slow, and busy with other things. Unit: ms. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 10;

/** The three processes, the simulated Steam that they are on, and how to wait for what they do. */
export class Company {
  readonly show: Show;
  /** The network between the Steam users, and their cables. */
  readonly network: HubControl;
  readonly #actors: readonly Actor[];
  readonly #reports: { readonly name: string; readonly report: Report }[] = [];
  readonly #signal: AbortSignal;
  /** Why the show cannot go on. */
  #fault: Error | undefined;

  /** Starts everything. The Steam of this demo is its own: another demo beside it does not meet it. */
  static async gather(show: Show, signal: AbortSignal): Promise<Company> {
    const hub = `demo-${process.pid}`;
    const network = await connectHubControl({ name: hub });
    return new Company(show, hub, network, signal);
  }

  private constructor(show: Show, hub: string, network: HubControl, signal: AbortSignal) {
    this.show = show;
    this.network = network;
    this.#signal = signal;
    this.#actors = show.cast.map(({ name, role }, index) => {
      const file = role === 'host' ? 'host.ts' : 'player.ts';
      const actor = new Actor(file, { hub, name, seed: index + 1 }, (report) => this.#take(name, report));
      void actor.ended.then((code) => {
        if (code !== 0) this.#fault ??= new Error(`the process of ${name} ended with ${code}${quote(actor.written)}`);
      });
      return actor;
    });
  }

  pidOf(name: string): number | undefined {
    return this.#actor(name).pid;
  }

  tell(name: string, order: Order): void {
    this.#actor(name).tell(order);
  }

  steamIdOf(name: string): bigint {
    return this.show.castOf(name).steamId ?? 0n;
  }

  /** The last report of a kind, if there was one. */
  last<R extends Report['report']>(name: string, kind: R): Extract<Report, { report: R }> | undefined {
    const found = this.#reports.findLast((one) => one.name === name && one.report.report === kind);
    return found?.report as Extract<Report, { report: R }> | undefined;
  }

  /** Whether every process has heard this. */
  allHeard(text: string): boolean {
    return this.show.cast.every(({ name }) =>
      this.#reports.some((one) => one.name === name && one.report.report === 'heard' && one.report.text === text),
    );
  }

  /** Waits until `condition` is so. @throws Error (rejects) naming `what` when it is not in time, or a process has failed. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!condition()) {
      if (this.#fault !== undefined) throw this.#fault;
      if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
      await this.pause(LOOK_AGAIN_MS);
    }
  }

  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal });
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** All ended by themselves, with 0. @throws Error (rejects) when one does not. */
  async ended(): Promise<void> {
    let running = this.#actors.length;
    for (const { ended } of this.#actors) void ended.then(() => running--);
    await this.until('all processes ended by themselves', () => running === 0);
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Ends what still runs. */
  async dismiss(): Promise<void> {
    this.network.close();
    await Promise.all(this.#actors.map((actor) => actor.stop()));
  }

  #actor(name: string): Actor {
    return this.#actors[this.show.cast.findIndex((one) => one.name === name)] as Actor;
  }

  #take(name: string, report: Report): void {
    if (report.report !== 'status') this.#reports.push({ name, report });
    this.show.take(name, report);
    // Heard by all, shown once: when it has come back to who said it.
    if (report.report === 'heard' && report.from === name) this.show.chat(name, report.text);
  }
}

function quote(written: string): string {
  return written === '' ? '' : `; it wrote:\n${written.trimEnd()}`;
}
