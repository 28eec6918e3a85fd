import { jest } from '@jest/globals';
import { testTransport } from '../compliance/testTransport.ts';
import { describeNative, doubleEnvironment } from './double.ts';
import { RemoteDriver } from './RemoteDriver.ts';
import { remoteArena } from './remoteArena.ts';
import { remoteSuite } from './remoteSuite.ts';

jest.setTimeout(60_000);

describeNative('The transport over steamworks.js', () => {
  const hub = { name: `native-transport-${process.pid}` };
  const suite = remoteSuite({
    hub,
    atOnce: 5,
    spawn: (watchdog) => RemoteDriver.spawn({ args: ['steamworks'], env: doubleEnvironment({ hub }), watchdog }),
  });

  testTransport('SteamTransport, steamworks.js on the test double', () => remoteArena(suite()), {
    roundTripMs: 0,
    unreliableLane: true,
    losesUnreliable: false,
    steamIdentity: true,
  });
});
