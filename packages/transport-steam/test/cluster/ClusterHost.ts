import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnswerMessage, Order, Orders, Role, RoomEvent } from './messages.ts';

const running = new Set<ClusterHost>();

/** How long core waits for another process. Its own 2 s are for networks, and the tests wait for it to give up. Unit: ms. */
const PRESENCE_MS = '500';

/** A host of a cluster, in a process of his own. */
export class ClusterHost {
  readonly steamId: bigint;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  readonly #exit: Promise<unknown>;
  #count = 0;
  #output = '';
  #processId = '';

  private constructor(role: Role) {
    this.steamId = BigInt(role.steamId);
    const file = fileURLToPath(new URL('./hostProcess.ts', import.meta.url));
    this.#child = fork(file, [JSON.stringify(role)], {
      env: {
        ...process.env,
        // Without a cache, most of the start is the stripping of types.
        NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
        COLYSEUS_PRESENCE_SHORT_TIMEOUT: PRESENCE_MS,
      },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
    }
    this.#child.on('message', ({ number, answer, error }: AnswerMessage) => {
      const { resolve, reject } = this.#waiting.get(number) ?? {};
      this.#waiting.delete(number);
      if (error === undefined) resolve?.(answer as never);
      else reject?.(new Error(error));
    });
    this.#exit = once(this.#child, 'exit').then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`host ${this.steamId} has ended:\n${this.#output}`));
      this.#waiting.clear();
    });
    running.add(this);
  }

  static async start(role: Role): Promise<ClusterHost> {
    const host = new ClusterHost(role);
    host.#processId = (await host.tell('ready')).processId;
    return host;
  }

  /** Kills all that still run. */
  static async endAll(): Promise<void> {
    await Promise.all([...running].map((one) => one.kill()));
    running.clear();
  }

  get processId(): string {
    return this.#processId;
  }

  /** For a player who begins with this host. */
  get endpoint(): string {
    return `steam://${this.steamId}`;
  }

  tell<O extends Order>(order: O, ...args: Parameters<Orders[O]>): Promise<Awaited<ReturnType<Orders[O]>>> {
    return new Promise((resolve, reject) => {
      const number = this.#count++;
      this.#waiting.set(number, { resolve, reject });
      this.#child.send({ number, order, args });
    });
  }

  /** What happened to one seat, in order. */
  async seat(sessionId: string): Promise<RoomEvent['what'][]> {
    const events = await this.tell('events');
    return events.filter((event) => event.sessionId === sessionId).map(({ what }) => what);
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
