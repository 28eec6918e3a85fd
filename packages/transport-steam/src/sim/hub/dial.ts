import { spawn } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SimulatedSteamOptions } from '../options.ts';
import { FrameReader } from './frames.ts';

/**
 * Rules of the hub's Steam. Its clock is real, and its lobbies take time unless told otherwise: `lobbyCallMs` 100, `lobbyListMs`
 * 300, `lobbyUpdateMs` 100, `lobbyExitMs` 1000.
 */
export type HubSteamOptions = Omit<SimulatedSteamOptions, 'clock'>;

/** Starting a process takes up to seconds on a machine that is busy. Unit: ms. */
const START_TIMEOUT_MS = 15_000;
const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 200;
/** A hub that was started and does not answer lost a race or died: start another after so long. Unit: ms. */
const RESTART_AFTER_MS = 2_000;

/** A connection to the hub. */
export interface HubLine {
  readonly socket: Socket;
  /** Has what was received. Read into by the socket, without a buffer for each of its reads. */
  readonly reader: FrameReader;
  /** Called when there is more. */
  onRead: () => void;
}

/**
 * A connection to the hub at `path`, starting the hub when there is none. `aborted` ends the attempt between two tries.
 * @throws Error when no hub answers in time, or the socket belongs to somebody else
 */
export async function dialHub(path: string, steam: HubSteamOptions, aborted: () => boolean = () => false): Promise<HubLine> {
  const began = performance.now();
  let startedAt = Number.NEGATIVE_INFINITY;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    checkOwner(path);
    const outcome = await tryConnect(path);
    if (outcome !== 'absent' && outcome !== 'busy') return outcome;
    const now = performance.now();
    if (aborted() || now - began > START_TIMEOUT_MS) {
      throw new Error(
        `no hub answers at ${path} within ${START_TIMEOUT_MS} ms; to see why, run: ${process.execPath} ${hubFile()} ${path} '{}'`,
      );
    }
    if (outcome === 'absent' && now - startedAt > RESTART_AFTER_MS) {
      startHub(path, steam);
      startedAt = now;
    }
    await sleep(retryMs);
  }
}

/** `absent`: nobody listens there. `busy`: somebody does, but cannot take more now. */
export function tryConnect(path: string): Promise<HubLine | 'absent' | 'busy'> {
  return new Promise((resolve) => {
    const reader = new FrameReader();
    const read = (bytes: number): boolean => {
      reader.wrote(bytes);
      line.onRead();
      return true;
    };
    const socket = connect({ path, onread: { buffer: () => reader.room(), callback: read } });
    const line: HubLine = { socket, reader, onRead: () => {} };
    const onError = (error: NodeJS.ErrnoException): void => {
      socket.destroy();
      resolve(error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? 'absent' : 'busy');
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(line);
    });
  });
}

/** The temporary directory may be everybody's: a socket of another user is not our hub. */
function checkOwner(path: string): void {
  if (process.platform === 'win32') return;
  const owner = lstatSync(path, { throwIfNoEntry: false })?.uid;
  if (owner !== undefined && owner !== userInfo().uid) {
    throw new Error(
      `${path} belongs to user ${owner}, not to ${userInfo().uid}: remove it, or set TMPDIR to a directory of your own`,
    );
  }
}

/** A process of its own, so that no user's end is the end of the others. It ends by itself. */
function startHub(path: string, steam: HubSteamOptions): void {
  const file = hubFile();
  if (!existsSync(file)) throw new Error(`the hub's program ${file} is missing; keep this package out of bundles`);
  const hub = spawn(process.execPath, [file, path, JSON.stringify(steam)], {
    detached: true,
    cwd: tmpdir(),
    stdio: 'ignore',
    windowsHide: true,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
  });
  hub.on('error', () => {}); // seen as a hub that does not answer
  hub.unref();
}

/** The hub's program beside this file, in the same form: TypeScript source, ES module or CommonJS. */
function hubFile(): string {
  const self = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`./hubProcess${extname(self)}`, import.meta.url));
}
