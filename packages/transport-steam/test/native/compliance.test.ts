import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, jest } from '@jest/globals';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { testDriver } from '../compliance/testDriver.ts';
import { DoubleFifo, describeNative, doubleEnvironment } from './double.ts';
import { RemoteDriver } from './RemoteDriver.ts';
import { remoteSuite } from './remoteSuite.ts';

jest.setTimeout(60_000);

/** Given to the double to take what a FIFO brings, before something comes another way. Unit: ms. */
const FIFO_MS = 20;

describeNative('The driver over steamworks.js', () => {
  const hub = { name: `native-driver-${process.pid}`, steam: { sessionTimeoutMs: 1_000 } };
  const fifos = new Map<SteamDriver, DoubleFifo>();
  const suite = remoteSuite({
    hub,
    atOnce: 2,
    spawn: async (watchdog) => {
      const fifo = new DoubleFifo();
      const env = doubleEnvironment({ hub: { name: hub.name }, fifo: fifo.path, sanitized: true });
      const user = await RemoteDriver.spawn({ args: ['steamworks'], env, watchdog });
      fifos.set(user, fifo);
      return user;
    },
  });
  afterAll(() => {
    for (const fifo of fifos.values()) fifo.close();
  });

  testDriver(
    'steamworks.js on the test double',
    async () => {
      const { users } = suite();
      await users.fill();
      return {
        user: async () => users.take(),
        settle: (ms) => sleep(ms),
        features: {
          // steamworks.js 0.4.0 has no function for it.
          closeSession: false,
          keepsUnreadOverRestart: true,
          sessionTimeoutMs: hub.steam.sessionTimeoutMs,
          injectEmptyPacket: async (from, to) => {
            fifos.get(to)?.packet(from.steamId, 0, new Uint8Array(0));
            await sleep(FIFO_MS);
          },
        },
        close: () => users.release(),
      };
    },
    {
      losingSteam:
        'steamworks.js tells of it by SteamServersDisconnected only, whose registration can abort the process, and which does ' +
        'not end P2P sessions: the heartbeat finds dead peers',
    },
  );
});
