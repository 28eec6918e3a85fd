import { expect } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint, SteamTransport, steamIdOf } from '../../src/index.ts';
import type { Arena } from '../compliance/transport/harness.ts';
import { IMPATIENT, lossNoticed } from '../helpers/steamArena.ts';
import type { RemoteDriver } from './RemoteDriver.ts';
import type { RemoteAddonSuite } from './remoteAddonSuite.ts';

/** A host and players in this process, whose drivers live in others: fresh users for each test, on the one hub of the suite. */
export async function remoteArena({ control, users }: RemoteAddonSuite): Promise<Arena> {
  await users.fill();
  const host = users.take();
  const transport = new SteamTransport({ driver: host, ...IMPATIENT });
  const players = new Map<SteamSDK, RemoteDriver>();
  const cuts: Promise<void>[] = [];

  async function cut(user: bigint, noticed: Promise<void>): Promise<void> {
    await control.unplug(user);
    await noticed;
    await control.plug(user);
  }

  return {
    transport,
    port: 0,
    player: ({ headers } = {}) => {
      const driver = users.take();
      const player = new SteamSDK(`steam://${host.steamId}`, { driver, ...(headers && { headers }), ...IMPATIENT });
      players.set(player, driver);
      return player;
    },
    cut: (room, client) => void cuts.push(cut(steamIdOf(client) as bigint, lossNoticed(room, client))),
    close: async () => {
      for (const [player, driver] of players) {
        player.close();
        expect(Endpoint.of(driver).stats()).toEqual([]);
      }
      expect(transport.endpoint.stats()).toEqual([]);
      await Promise.all(cuts);
      await users.release();
    },
  };
}
