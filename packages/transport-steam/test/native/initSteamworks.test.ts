import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { connectHubControl, type HubControl } from '../../src/sim.ts';
import { describeNative, doubleEnvironment } from './double.ts';
import { type AddonTools, onAddon } from './onAddon.ts';

jest.setTimeout(60_000);

/** Runs in another process: `[code, message]` of what it throws, or the SteamID. */
const init = ({ initSteamworks }: AddonTools, appId: number | undefined): [string, string] | bigint => {
  try {
    return initSteamworks(appId).localplayer.getSteamId().steamId64;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return [code, message];
  }
};

describeNative('initSteamworks', () => {
  const hub = { name: `init-${process.pid}` };
  let control: HubControl;
  let environment: Record<string, string>;
  beforeAll(async () => {
    control = await connectHubControl(hub);
    environment = doubleEnvironment({ hub });
  });
  afterAll(() => control?.close());

  test('Steam is not running', async () => {
    const nowhere = doubleEnvironment({ hub: { name: `${hub.name}-none` } });
    expect(await onAddon(nowhere, init, 480)).toEqual([
      'steam-not-running',
      expect.stringMatching(/start the Steam client.*IPC pipe/s),
    ]);
  });

  test('no app id', async () => {
    expect(await onAddon(environment, init, undefined)).toEqual(['wrong-app-id', expect.stringMatching(/there is no app id/)]);
    expect(await onAddon({ ...environment, SteamAppId: '480' }, init, undefined)).toEqual(expect.any(BigInt));
  });

  test.each([
    ['generic:ConnectToGlobalUser failed.', 'wrong-app-id', /does not own the app \(480\)/],
    ['version:SteamUser023 interface not found', 'steam-outdated', /update the Steam client/],
    ['generic:Could not determine Steam client install directory.', 'steam-not-running', /: install the Steam client/],
    [
      "generic:Failed to load module '/home/ann/.steam/sdk64/steamclient.so'",
      'steam-not-running',
      /: install the Steam client.* start it/,
    ],
    ['version:Steam client appears out of date', 'steam-outdated', /update the Steam client/],
    ['generic:something new', 'steam-failed', /Steam says: something new/],
  ])('Steam says %s', async (answer, code, words) => {
    expect(await onAddon({ ...environment, STEAM_DOUBLE_INIT: answer }, init, 480)).toEqual([code, expect.stringMatching(words)]);
  });

  test('it may be tried again until Steam is there', async () => {
    const ids = await onAddon({ ...environment, STEAM_DOUBLE_INIT: 'generic:not yet' }, ({ initSteamworks }) => {
      let failures = 0;
      for (;;) {
        try {
          const steam = initSteamworks(480);
          return [failures, initSteamworks() === steam];
        } catch {
          if (++failures === 2) delete process.env.STEAM_DOUBLE_INIT;
        }
      }
    });
    expect(ids).toEqual([2, true]);
  });
});
