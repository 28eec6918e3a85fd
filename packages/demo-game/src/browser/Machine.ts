import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Inspection } from 'colyseus-transport-steam/inspect';
import type { Order, Part, Report } from './words.ts';

const OWNER = fileURLToPath(new URL('../owner.ts', import.meta.url));

/** What a process may take to end after the director hung up. Unit: ms. */
const GOODBYE_MS = 3_000;
/** Of what a process writes, the end is kept, for the case that it fails. Unit: characters. */
const KEPT = 4_000;

export interface MachineEvents {
  readonly onChange: () => void;
  /** The game has failed. */
  readonly onProblem: (problem: string) => void;
}

/** The machine of one player: with the game running on it, or not. */
export class Machine {
  readonly name: string;
  steamId: bigint | undefined;
  /** Of the page that the player sees, while the game runs. */
  url: string | undefined;
  /** The arguments with which others start their game to join his, while he hosts one. */
  invitation: readonly string[] | undefined;
  /** Why the game does not run, when it failed. */
  problem: string | undefined;
  readonly #part: Omit<Part, 'hosts'>;
  readonly #events: MachineEvents;
  #process: ChildProcess | undefined;
  #started = Promise.withResolvers<void>();
  #ended: Promise<void> = Promise.resolve();
  #asked: PromiseWithResolvers<Inspection> | undefined;

  constructor(part: Omit<Part, 'hosts'>, events: MachineEvents) {
    this.name = part.name;
    this.steamId = part.steamId;
    this.#part = part;
    this.#events = events;
  }

  /** Of the game; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts the game, as Steam does, unless it runs: `args` say what to join. `hosts`: to open a game of his own at once. Resolves when his page is
   * served, or there is a {@link problem}.
   */
  start(args: readonly string[] = [], hosts = false): Promise<void> {
    if (this.#process !== undefined) return this.#started.promise;
    this.#started = Promise.withResolvers();
    const child = fork(OWNER, args, { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#process = child;
    this.problem = undefined;
    let written = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        written = (written + text).slice(-KEPT);
      });
    }
    child.on('message', (report: Report) => this.#take(report));
    child.on('error', (error) => {
      written += error.message;
    });
    this.#ended = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        this.#process = undefined;
        this.url = undefined;
        this.invitation = undefined;
        if (code !== 0) this.problem ??= `the game ended with ${code ?? signal}; it wrote:\n${written}`;
        if (this.problem !== undefined) this.#events.onProblem(this.problem);
        this.#started.resolve();
        this.#answer(undefined, 'the game has ended');
        this.#events.onChange();
        resolve();
      });
    });
    child.send({ ...this.#part, hosts } satisfies Part, () => {});
    this.#events.onChange();
    return this.#started.promise;
  }

  /** What goes over Steam in his game. @throws Error (rejects) when nothing does */
  inspect(): Promise<Inspection> {
    this.#asked ??= Promise.withResolvers();
    const { promise } = this.#asked;
    if (this.#process === undefined) this.#answer(undefined, 'the game does not run');
    else this.#process.send('inspect' satisfies Order, () => {});
    return promise;
  }

  /** Ends the game, whatever it is at. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #take(report: Report): void {
    if (report.report === 'network') {
      this.#answer(report.inspection, 'in no game');
      return;
    }
    if (report.report === 'ready') {
      this.url = report.url;
      this.steamId = report.steamId;
      this.#started.resolve();
    } else if (report.report === 'hosting') this.invitation = report.invitation;
    else this.problem = report.reason;
    this.#events.onChange();
  }

  #answer(inspection: Inspection | undefined, otherwise: string): void {
    if (inspection === undefined) this.#asked?.reject(new Error(otherwise));
    else this.#asked?.resolve(inspection);
    this.#asked = undefined;
  }
}
