import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { testDriver } from '../compliance/testDriver.ts';
import { describeNative } from './double.ts';
import { remoteAddonSuite } from './remoteAddonSuite.ts';

jest.setTimeout(60_000);

describeNative('The driver over steamworks.js', () => {
  const hub = { name: `native-driver-${process.pid}`, steam: { sessionTimeoutMs: 1_000 } };
  const suite = remoteAddonSuite({ hub, atOnce: 2, sanitized: true });

  testDriver(
    'steamworks.js on the test double',
    async () => {
      const { users, injectEmptyPacket } = suite();
      await users.fill();
      return {
        user: async () => users.take(),
        settle: (ms) => sleep(ms),
        features: {
          // steamworks.js 0.4.0 has no function for it.
          closeSession: false,
          keepsUnreadOverRestart: true,
          sessionTimeoutMs: hub.steam.sessionTimeoutMs,
          injectEmptyPacket,
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
