import type { Client } from '@colyseus/core';
import type { Room } from '@colyseus/sdk';
import { expect } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint, type EndpointOptions, SteamTransport, type SteamTransportOptions, steamIdOf } from '../../src/index.ts';
import type { Messages } from '../../src/messages.ts';
import { type LinkConditions, type SimulatedDriver, SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';
import type { Arena } from '../compliance/transport/harness.ts';
import { once } from '../compliance/transport/waiting.ts';

/** A lost link must be noticed within a test's patience. */
export const IMPATIENT = { heartbeatMs: 250, deadAfterMs: 1_500 } as const satisfies EndpointOptions;

/**
 * The same where packets are lost. One fragment of 600 that is lost four times in a row keeps all that is reliable waiting for 1.5 s, heartbeats too:
 * that is one run in 250 at 5 %, and no loss of the link. Seven times in a row take 4 s.
 */
const PATIENT = { ...IMPATIENT, deadAfterMs: 4_000 } as const satisfies EndpointOptions;

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
  const endpointOptions = { ...(conditions.loss ? PATIENT : IMPATIENT), ...options };
  const steam = new SimulatedSteam({ seed, clock: 'real', conditions, ...steamOptions });
  const host = steam.user();
  const transport = new SteamTransport({ driver: host, ...endpointOptions, ...hostOptions });
  const drivers = new Map<SteamSDK, SimulatedDriver>();
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
    cut: (room, client) => {
      const user = steamIdOf(client) as bigint;
      steam.unplug(user);
      void lossNoticed(room, client).then(() => steam.plug(user));
    },
    close: async () => {
      for (const [player, driver] of drivers) {
        player.close();
        expect(Endpoint.of(driver).stats()).toEqual([]);
      }
      expect(transport.endpoint.stats()).toEqual([]);
      steam.close();
    },
  };
}

/**
 * Resolves when both ends know that the link is lost. Not for a fixed time is it cut: on a busy machine that may be over before anybody has
 * noticed, and then there was no loss.
 */
export async function lossNoticed(room: Room, client: Client): Promise<void> {
  await Promise.all([
    once((callback) => client.ref.once('close', callback)),
    Promise.race([once((callback) => room.onDrop.once(callback)), once((callback) => room.onLeave.once(callback))]),
  ]);
}
