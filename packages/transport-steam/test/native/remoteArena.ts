import { expect } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint, SteamTransport, steamIdOf } from '../../src/index.ts';
import type { Arena } from '../compliance/transport/harness.ts';
import { IMPATIENT } from '../helpers/steamArena.ts';
import type { RemoteDriver } from './RemoteDriver.ts';
import type { RemoteAddonSuite } from './remoteAddonSuite.ts';

/** A host and players in this process, whose drivers live in others: fresh users for each test, on the one hub of the suite. */
export async function remoteArena({ control, users }: RemoteAddonSuite): Promise<Arena> {
  await users.fill();
  const host = users.take();
  const transport = new SteamTransport({ driver: host, ...IMPATIENT });
  const players = new Map<SteamSDK, RemoteDriver>();
  const timers = new Set<NodeJS.Timeout>();
  /** What was asked of the hub. */
  const asked: Promise<void>[] = [];
  return {
    transport,
    port: 0,
    player: ({ headers } = {}) => {
      const driver = users.take();
      const player = new SteamSDK(`steam://${host.steamId}`, { driver, ...(headers && { headers }), ...IMPATIENT });
      players.set(player, driver);
      return player;
    },
    cut: (_room, client) => {
      const user = steamIdOf(client) as bigint;
      asked.push(control.unplug(user));
      timers.add(setTimeout(() => asked.push(control.plug(user)), IMPATIENT.deadAfterMs + 200));
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const [player, driver] of players) {
        player.close();
        expect(Endpoint.of(driver).stats()).toEqual([]);
      }
      expect(transport.endpoint.stats()).toEqual([]);
      await Promise.all(asked);
      await users.release();
    },
  };
}
