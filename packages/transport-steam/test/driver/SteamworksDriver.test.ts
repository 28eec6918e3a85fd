import { describe, expect, jest, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { SteamError, type SteamworksClient, SteamworksDriver } from '../../src/steamworks.ts';
import { testDriver } from '../compliance/testDriver.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import { type SteamworksBuild, simulatedSteamworks } from '../helpers/simulatedSteamworks.ts';

// On builds of steamworks.js that are not to be had, and everywhere. test/native has the addon itself.

const builds: Record<string, SteamworksBuild> = {
  'like steamworks.js 0.4.0': {},
  'with channels and a way to close sessions': { channels: 4, closesSessions: true },
};

for (const [name, build] of Object.entries(builds)) {
  testDriver(
    `SteamworksDriver on a build ${name}`,
    async () => {
      const steam = new SimulatedSteam({ channels: 4 });
      // The driver's only clock: it looks for empty packets from time to time.
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => steam.now);
      return {
        user: async () => new SteamworksDriver(simulatedSteamworks(steam.user(), build), { channels: build.channels ?? 1 }),
        settle: async (ms) => steam.advance(ms),
        features: {
          closeSession: build.closesSessions === true,
          keepsUnreadOverRestart: true,
          sessionTimeoutMs: 20_000,
          injectEmptyPacket: async (from, to) => steam.inject(from, to, new Uint8Array(0)),
        },
        close: async () => {
          clock.mockRestore();
          steam.close();
        },
      };
    },
    { losingSteam: 'steamworks.js has no safe way to tell of it' },
  );
}

describe('SteamworksDriver', () => {
  const client = (build?: SteamworksBuild): SteamworksClient =>
    simulatedSteamworks(new SimulatedSteam({ channels: 4 }).user(), build);

  test.each([
    ['the module', { ...client(), networking: undefined, init: () => {} }, /which is the module itself: call its init\(\)/],
    ['nothing', undefined, /was given undefined$/],
    ['another thing', 480, /was given 480$/],
  ])('%s is not what init() returned', (_name, given, message) => {
    expect(() => new SteamworksDriver(given as never)).toThrow(TypeError);
    expect(() => new SteamworksDriver(given as never)).toThrow(message);
  });

  test('nobody is logged in to Steam', () => {
    const nobody = { ...client(), localplayer: { getSteamId: () => ({ steamId64: 0n }), getName: () => '' } };
    const error = caught(() => new SteamworksDriver(nobody));
    expect(error).toBeInstanceOf(SteamError);
    expect(error).toMatchObject({ code: 'not-logged-in', message: expect.stringContaining('0') });
  });

  test.each([0, 33, 1.5, Number.NaN])('channels: %s is out of bounds', (channels) => {
    expect(() => new SteamworksDriver(client({ channels: 4 }), { channels })).toThrow(RangeError);
    expect(() => new SteamworksDriver(client({ channels: 4 }), { channels })).toThrow(`channels is ${channels}, but must be`);
  });

  test('channels: as many as are asked for, where the build has them', () => {
    expect(new SteamworksDriver(client({ channels: 4 }), { channels: 2 }).limits.channels).toBe(2);
    expect(new SteamworksDriver(client({ channels: 4 })).limits.channels).toBe(1);
    expect(() => new SteamworksDriver(client(), { channels: 2 })).toThrow('channel 0 only');
  });

  test('a channel that never ends leaves the others their turn', () => {
    const user = new DriverRecorder(new SteamworksDriver(client({ channels: 4 }), { channels: 4 }));
    for (let i = 0; i < 8; i++) user.driver.send(user.id, Uint8Array.of(i), SendType.Reliable, 0);
    user.driver.send(user.id, Uint8Array.of(99), SendType.Reliable, 3);
    for (let polls = 0; polls < 2; polls++) {
      user.driver.poll(4);
      for (let i = 0; i < 4; i++) user.driver.send(user.id, Uint8Array.of(i), SendType.Reliable, 0);
    }
    expect(user.firstBytes).toContain(99);
  });

  test('more session requests than can wait are dropped: Steam posts them again', () => {
    const steam = client();
    let request: ((event: { remote: bigint }) => void) | undefined;
    const register: SteamworksClient['callback']['register'] = (type, handler) => {
      if (type === 6) request = handler;
      return { disconnect: () => {} };
    };
    const user = new DriverRecorder(new SteamworksDriver({ ...steam, callback: { register } }));
    for (let i = 0n; i < 10_000n; i++) request?.({ remote: user.id + i });
    user.driver.poll(0);
    expect(user.requests).toHaveLength(4_096);
  });
});

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
