import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./lossyNetwork.c', import.meta.url));

/** Where a server listens in the network, and where it is found across the line. */
export const NEAR_ADDRESS = '10.99.0.1';
export const FAR_ADDRESS = '10.99.0.2';

export interface LineConditions {
  /** One way. */
  readonly delayMs: number;
  /** From 0 to 1, of the packets each way. */
  readonly loss: number;
  readonly seed: number;
}

/** Networks for TCP that delay and lose packets: `lossyNetwork.c`. */
export interface LossyNetworks {
  /** Why there are none here, and how to get them. */
  readonly problem: string | undefined;
  /** What to put before a command that is to run in one of its own. */
  launcher(conditions: LineConditions): readonly string[];
  /** Takes the compiled program away; those that run may go on. */
  remove(): void;
}

/** Compiles the program, and tries it. */
export function buildLossyNetworks(): LossyNetworks {
  const directory = mkdtempSync(join(tmpdir(), 'lossy-network-'));
  const program = join(directory, 'lossyNetwork');
  return {
    problem: problemOf(program),
    launcher: ({ delayMs, loss, seed }) => [program, String(delayMs), String(loss), String(seed)],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function problemOf(program: string): string | undefined {
  if (process.platform !== 'linux') return `network namespaces and TUN devices are Linux', and this is ${process.platform}`;
  const compiled = spawnSync('cc', ['-std=c11', '-O2', '-Wall', '-Werror', source, '-o', program], { encoding: 'utf8' });
  if (compiled.error !== undefined) return 'no C compiler: install gcc (Debian: apt-get install gcc libc6-dev)';
  if (compiled.status !== 0) throw new Error(`lossyNetwork.c does not compile:\n${compiled.stderr}`);
  const tried = spawnSync(program, ['0', '0', '0', 'true'], { encoding: 'utf8' });
  if (tried.status === 0) return undefined;
  return `${tried.stderr.trim()}: needs root, or user namespaces and a /dev/net/tun that everybody may open`;
}
