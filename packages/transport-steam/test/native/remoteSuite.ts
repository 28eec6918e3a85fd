import { afterAll, beforeAll } from '@jest/globals';
import { connectHubControl, type HubAddress, type HubControl, type HubSteamOptions } from '../../src/sim.ts';
import type { RemoteDriver } from './RemoteDriver.ts';
import { UserPool } from './UserPool.ts';
import { Watchdog } from './Watchdog.ts';

/** What all tests of a suite share. */
export interface RemoteSuite {
  readonly control: HubControl;
  readonly users: UserPool;
}

export interface RemoteSuiteOptions {
  /** A hub that nobody else uses. */
  readonly hub: HubAddress & { readonly steam?: HubSteamOptions };
  /** How many users one test has at most. */
  readonly atOnce: number;
  spawn(watchdog: Watchdog): Promise<RemoteDriver>;
}

/** Registers the hooks that open a hub and users around it before a suite, and close them after, and returns how to reach them. */
export function remoteSuite({ hub, atOnce, spawn }: RemoteSuiteOptions): () => RemoteSuite {
  let suite: RemoteSuite | undefined;
  let watchdog: Watchdog | undefined;
  beforeAll(async () => {
    const control = await connectHubControl(hub);
    const own = new Watchdog();
    watchdog = own;
    suite = { control, users: new UserPool(() => spawn(own), atOnce) };
  });
  afterAll(async () => {
    try {
      await suite?.users.close();
    } finally {
      suite?.control.close();
      await watchdog?.stop();
    }
  });
  return () => {
    if (suite === undefined) throw new Error('there are users inside a test only');
    return suite;
  };
}
