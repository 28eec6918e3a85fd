import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { connectHubControl, type HubAddress, type HubControl, type HubSteamOptions } from '../../src/sim.ts';
import { DoubleFifo, doubleEnvironment } from './double.ts';
import { RemoteDriver } from './RemoteDriver.ts';
import { UserPool } from './UserPool.ts';
import { Watchdog } from './Watchdog.ts';

/** Given to the double to take what a FIFO brings, before something comes another way. Unit: ms. */
const FIFO_MS = 20;

/** What all tests of a suite share. */
export interface RemoteAddonSuite {
  readonly control: HubControl;
  /** Each has the driver over steamworks.js in a process of his own. */
  readonly users: UserPool;
  injectEmptyPacket(from: SteamDriver, to: SteamDriver): Promise<void>;
  /** Steam takes none of the next `count` packets that this user sends, as with a full queue. */
  refuseSends(steamId: bigint, count: number): Promise<void>;
  /** The Steam client of this user dies, and does not come back. */
  killSteam(user: SteamDriver): void;
}

export interface RemoteAddonSuiteOptions {
  /** A hub that nobody else uses. */
  readonly hub: HubAddress & { readonly steam?: HubSteamOptions };
  /** How many users one test has at most. */
  readonly atOnce: number;
  /** See {@link doubleEnvironment}. */
  readonly sanitized?: boolean;
}

/** Registers the hooks that open a hub and users around it before a suite, and close them after, and returns how to reach them. */
export function remoteAddonSuite({ hub, atOnce, sanitized = false }: RemoteAddonSuiteOptions): () => RemoteAddonSuite {
  const fifos = new Map<SteamDriver, DoubleFifo>();
  let suite: RemoteAddonSuite | undefined;
  let watchdog: Watchdog;

  async function spawn(): Promise<RemoteDriver> {
    const fifo = new DoubleFifo();
    const env = doubleEnvironment({ hub, fifo: fifo.path, sanitized });
    const user = await RemoteDriver.spawn({ args: ['steamworks'], env, watchdog });
    fifos.set(user, fifo);
    return user;
  }

  async function injectEmptyPacket(from: SteamDriver, to: SteamDriver): Promise<void> {
    fifos.get(to)?.packet(from.steamId, 0, new Uint8Array(0));
    await sleep(FIFO_MS);
  }

  async function refuseSends(steamId: bigint, count: number): Promise<void> {
    const [, fifo] = [...fifos].find(([user]) => user.steamId === steamId) ?? [];
    fifo?.refuseSends(count);
    await sleep(FIFO_MS);
  }

  const killSteam = (user: SteamDriver): void => fifos.get(user)?.killSteam();

  beforeAll(async () => {
    const control = await connectHubControl(hub);
    watchdog = new Watchdog();
    suite = { control, users: new UserPool(spawn, atOnce), injectEmptyPacket, refuseSends, killSteam };
  });
  afterAll(async () => {
    try {
      await suite?.users.close();
    } finally {
      suite?.control.close();
      for (const fifo of fifos.values()) fifo.close();
      await watchdog?.stop();
    }
  });
  return () => {
    if (suite === undefined) throw new Error('there are users inside a test only');
    return suite;
  };
}
