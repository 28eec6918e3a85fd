import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeNeeding } from '../native/double.ts';

const BINARY = 'redis-server';

/** `describe` for a suite that needs a Redis server of this machine. */
export function describeRedis(name: string, fn: () => void): void {
  const works = spawnSync(BINARY, ['--version'], { stdio: 'ignore' }).status === 0;
  describeNeeding(works ? undefined : `no ${BINARY}: install it (Debian: apt-get install redis-server)`, name, fn);
}

/** A real Redis of its own, which keeps nothing, on a Unix socket that nobody else finds. */
export class RedisServer {
  /** What `RedisDriver` and `RedisPresence` take. */
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string, address: string) {
    this.#child = child;
    this.#directory = directory;
    this.address = address;
  }

  static async start(): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), 'redis-'));
    const address = join(directory, 'redis.sock');
    const settings = { port: '0', unixsocket: address, save: '', appendonly: 'no', dir: directory };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const server = new RedisServer(child, directory, address);
    let output = '';
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      output += chunk;
      if (!/ready to accept connections/i.test(output)) continue;
      child.stdout.resume();
      return server;
    }
    await server.stop();
    throw new Error(`${BINARY} ended before it was ready:\n${output}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
