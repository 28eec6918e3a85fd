import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { Command, Report, Role } from './messages.ts';

// What hostProcess.ts and playerProcess.ts have in common.

export const role: Role = JSON.parse(process.argv[2] ?? '{}');

export async function logIn(): Promise<SteamDriver> {
  if (role.driver === 'hub') {
    const { connectToHub } = await import('../../src/sim/hub/connectToHub.ts');
    return await connectToHub({ ...role.hub, steamId: BigInt(role.steamId) });
  }
  const { initSteamworks, SteamworksDriver } = await import('../../src/steamworks.ts');
  return new SteamworksDriver(initSteamworks(480));
}

export function report(what: Report): void {
  process.send?.(what);
}

/** From now on no timer of this process is faster than that. */
export function throttleTimers(leastMs: number): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const start = globalThis[name];
    const throttled = (run: () => void, ms = 0, ...args: []) => start(run, Math.max(ms, leastMs), ...args);
    Object.assign(globalThis, { [name]: throttled });
  }
}

/** Also ends the process with the one that started it. */
export function obey(carryOut: (command: Command) => void): void {
  process.on('message', (command: Command) => carryOut(command));
  process.on('disconnect', () => process.exit(1));
}

/** Nothing of this process runs meanwhile. */
export async function standStill(endpoint: Endpoint, { ms, announced }: Extract<Command, { do: 'block' }>): Promise<void> {
  if (announced) endpoint.announcePause(ms);
  // The hub's driver writes to its socket at the end of the turn. Steam has threads of its own.
  if (role.driver === 'hub') await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  if (announced) endpoint.resume();
  report({ is: 'awake' });
}
