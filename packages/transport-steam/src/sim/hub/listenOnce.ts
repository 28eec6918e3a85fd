import { mkdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryConnect } from './dial.ts';

/** A lock this old was left by a crash: it is held for a few milliseconds only. Unit: ms. */
const STALE_LOCK_MS = 5_000;
const RETRY_MS = 20;

/**
 * Has `server` listen at `path`, unless another process does: then false. Binding settles who is first. A socket file left by a
 * crash is replaced, under a lock, so that nobody takes away the file of a hub that has just come up.
 */
export async function listenOnce(server: Server, path: string): Promise<boolean> {
  for (;;) {
    if (await listen(server, path)) return true;
    if (await isAnswered(path)) return false;
    if (!takeLock(`${path}.lock`)) {
      await sleep(RETRY_MS);
      continue;
    }
    try {
      // Only the holder of the lock removes the file, and only after it saw that nobody listens.
      if (await isAnswered(path)) return false;
      unlinkSync(path);
      if (await listen(server, path)) return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      rmSync(`${path}.lock`, { force: true, recursive: true });
    }
  }
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(path, () => {
      server.removeAllListeners('error');
      resolve(true);
    });
  });
}

async function isAnswered(path: string): Promise<boolean> {
  const outcome = await tryConnect(path);
  if (outcome === 'absent') return false;
  if (outcome !== 'busy') outcome.socket.destroy();
  return true;
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock, 0o700);
    return true;
  } catch {
    const taken = statSync(lock, { throwIfNoEntry: false });
    if (taken !== undefined && Date.now() - taken.mtimeMs > STALE_LOCK_MS) rmSync(lock, { force: true, recursive: true });
    return false;
  }
}
