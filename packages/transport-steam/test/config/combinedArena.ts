import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@colyseus/core';
import type { ColyseusSDK } from '@colyseus/sdk';
import { expect } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { createClient } from '../../src/config/client.ts';
import { createTransport } from '../../src/config.ts';
import { Endpoint, type EndpointOptions, type SteamTransport, type SteamTransportOptions, steamIdOf } from '../../src/index.ts';
import type { Messages } from '../../src/messages.ts';
import { type LinkConditions, type SimulatedDriver, SimulatedSteam } from '../../src/sim.ts';
import type { Arena } from '../compliance/transport/harness.ts';
import { IMPATIENT } from '../helpers/steamArena.ts';

export interface CombinedArena extends Arena {
  readonly steam: SimulatedSteam;
  readonly host: SimulatedDriver;
  readonly transport: SteamTransport;
  /** Where WebSocket players and browsers go. */
  readonly url: string;
  player(options?: PlayerOptions): ColyseusSDK;
}

interface PlayerOptions {
  headers?: Record<string, string>;
  by?: 'steam' | 'websocket';
}

export interface CombinedOptions {
  /** How `player()` comes when it is not said. */
  readonly by?: 'steam' | 'websocket';
  readonly conditions?: LinkConditions;
  readonly endpoint?: EndpointOptions;
  readonly messages?: Messages;
  readonly host?: Pick<SteamTransportOptions, 'lobby' | 'onSessionRequest' | 'bans'>;
}

/** One server for players over a simulated Steam and over WebSocket, by configuration. */
export function combinedArena({
  by: usual = 'steam',
  conditions = {},
  endpoint,
  messages,
  host,
}: CombinedOptions): CombinedArena {
  const steam = new SimulatedSteam({ seed: 1, clock: 'real', conditions });
  const driver = steam.user();
  const server = createServer();
  const shared = { endpoint: { ...IMPATIENT, ...endpoint }, ...(messages && { messages }) };
  const transport = createTransport({
    transport: 'steam+websocket',
    driver,
    server,
    websocket: { maxPayload: 1_048_576 },
    ...shared,
    ...host,
  }) as SteamTransport;
  const url = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const players = new Map<SteamSDK, SimulatedDriver>();
  const timers = new Set<NodeJS.Timeout>();
  return {
    steam,
    host: driver,
    transport,
    port: 0,
    get url() {
      return `http://${url()}`;
    },
    player: ({ headers = {}, by = usual } = {}) => {
      if (by === 'websocket') return createClient(`ws://${url()}`, { headers, ...(messages && { messages }) });
      const user = steam.user();
      const player = createClient(`steam://${driver.steamId}`, { driver: user, headers, ...shared }) as SteamSDK;
      expect(player).toBeInstanceOf(SteamSDK);
      players.set(player, user);
      return player;
    },
    cut: (_room, client: Client) => {
      const user = steamIdOf(client);
      if (user === undefined) {
        (client.ref as unknown as { terminate(): void }).terminate();
        return;
      }
      steam.unplug(user);
      timers.add(setTimeout(() => steam.plug(user), IMPATIENT.deadAfterMs + 200));
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const [player, user] of players) {
        player.close();
        expect(Endpoint.of(user).stats()).toEqual([]);
      }
      expect(transport.endpoint.stats()).toEqual([]);
      steam.close();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
