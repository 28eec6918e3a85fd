import { expect } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint, type EndpointOptions, SteamTransport, type SteamTransportOptions, steamIdOf } from '../../src/index.ts';
import type { Messages } from '../../src/messages.ts';
import { type LinkConditions, type SimulatedDriver, SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';
import type { Arena } from '../compliance/transport/harness.ts';

/** A lost link must be noticed within a test's patience. */
export const IMPATIENT = { heartbeatMs: 250, deadAfterMs: 1_500 } as const satisfies EndpointOptions;

/** What host and players are given alike. */
type SharedOptions = Omit<EndpointOptions, 'contract'> & { messages?: Messages };

export interface SteamArena extends Arena {
  readonly steam: SimulatedSteam;
  readonly transport: SteamTransport;
  readonly host: SimulatedDriver;
  player(options?: { headers?: Record<string, string> }): SteamSDK;
  driverOf(player: SteamSDK): SimulatedDriver;
}

/** What only the host is given. */
export type HostOptions = Pick<SteamTransportOptions, 'lobby' | 'onSessionRequest' | 'bans'>;

/** A host and players on a simulated Steam with real time: Colyseus has no clock but that. */
export function steamArena(
  conditions: LinkConditions,
  options: SharedOptions = {},
  seed = 1,
  hostOptions: HostOptions = {},
  steamOptions: SimulatedSteamOptions = {},
): SteamArena {
  const endpointOptions = { ...IMPATIENT, ...options };
  const steam = new SimulatedSteam({ seed, clock: 'real', conditions, ...steamOptions });
  const host = steam.user();
  const transport = new SteamTransport({ driver: host, ...endpointOptions, ...hostOptions });
  const drivers = new Map<SteamSDK, SimulatedDriver>();
  const timers = new Set<NodeJS.Timeout>();
  return {
    steam,
    transport,
    host,
    port: 0,
    player: ({ headers } = {}) => {
      const driver = steam.user();
      const player = new SteamSDK(`steam://${host.steamId}`, { driver, ...(headers && { headers }), ...endpointOptions });
      drivers.set(player, driver);
      return player;
    },
    driverOf: (player) => drivers.get(player) as SimulatedDriver,
    cut: (_room, client) => {
      const user = steamIdOf(client) as bigint;
      steam.unplug(user);
      timers.add(setTimeout(() => steam.plug(user), IMPATIENT.deadAfterMs + 200));
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const [player, driver] of drivers) {
        player.close();
        expect(Endpoint.of(driver).stats()).toEqual([]);
      }
      expect(transport.endpoint.stats()).toEqual([]);
      steam.close();
    },
  };
}
