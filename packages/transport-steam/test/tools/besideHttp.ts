import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type ServerOptions } from '@colyseus/core';
import { jest } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { SteamTransport } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

export interface HostBesideHttp {
  readonly server: Server;
  /** Of the HTTP side, which only this machine reaches. */
  readonly url: string;
  /** A Steam user, who has another way in. */
  player(): SteamSDK;
}

/** A host on a simulated Steam with option `server`, for the length of one test. */
export async function withHttpHost(
  options: Pick<ServerOptions, 'express'>,
  play: (host: HostBesideHttp) => Promise<void>,
  prepare: (server: Server) => void = () => undefined,
): Promise<void> {
  muteConsole();
  const steam = new SimulatedSteam({ clock: 'real' });
  const driver = steam.user();
  const http = createServer();
  const transport = new SteamTransport({ driver, server: http });
  const server = new Server({ transport, greet: false, gracefullyShutdown: false, ...options });
  const players: SteamSDK[] = [];
  prepare(server);
  try {
    await server.listen(0, '127.0.0.1');
    await play({
      server,
      url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      player: () => {
        const player = new SteamSDK(`steam://${driver.steamId}`, { driver: steam.user() });
        players.push(player);
        return player;
      },
    });
  } finally {
    for (const player of players) player.close();
    await server.gracefullyShutdown(false);
    http.closeAllConnections();
    steam.close();
    jest.restoreAllMocks();
  }
}
