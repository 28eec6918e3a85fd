import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, Room, Server } from '@colyseus/core';
import { Client as WebSocketClient } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { personaOf, SteamTransport, steamIdOf } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

leaveNoTimers();

/** What a room knows of a player at each of its callbacks. */
const seen: [string, bigint | undefined, string | undefined][] = [];

class Hall extends Room {
  override onAuth(client: Client): boolean {
    return this.#note('onAuth', client);
  }

  override onJoin(client: Client): void {
    this.#note('onJoin', client);
  }

  override onLeave(client: Client): void {
    this.#note('onLeave', client);
  }

  #note(where: string, client: Client): boolean {
    seen.push([where, steamIdOf(client), personaOf(client)]);
    return true;
  }
}

let steam: SimulatedSteam;
let server: Server | undefined;

beforeEach(() => {
  muteConsole();
  seen.length = 0;
  steam = new SimulatedSteam({ clock: 'real' });
});

afterEach(async () => {
  await server?.gracefullyShutdown(false);
  server = undefined;
  steam.close();
  jest.restoreAllMocks();
});

async function host(transport: SteamTransport | WebSocketTransport): Promise<void> {
  server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('hall', Hall);
  await server.listen(0);
}

test.each([
  ['as he says it', 'Ann', 'Ann'],
  ['fit to be shown on one line', '  Ann\n\u202eeht tsoH  ', 'Ann eht tsoH'],
  ['or nothing, when nothing is left', '\u200b\n', undefined],
])('the name of a player, %s, in all callbacks, and when he has gone', async (_what, personaName, expected) => {
  const driver = steam.user();
  await host(new SteamTransport({ driver, heartbeatMs: 100, deadAfterMs: 300 }));
  const player = steam.user({ personaName });
  const sdk = new SteamSDK(`steam://${driver.steamId}`, { driver: player });
  await sdk.joinOrCreate('hall');
  await until(() => seen.length === 2, 'onJoin');
  // His game crashes: the session is over when the room hears of it.
  steam.kill(player);
  sdk.close();
  await until(() => seen.length === 3, 'onLeave');
  expect(seen).toEqual(['onAuth', 'onJoin', 'onLeave'].map((where) => [where, player.steamId, expected]));
});

test('two players may say the same: it is no identity', async () => {
  const driver = steam.user({ personaName: 'Ann' });
  await host(new SteamTransport({ driver }));
  const players = [driver, steam.user({ personaName: 'Ann' })];
  const sdks = players.map((player) => new SteamSDK(`steam://${driver.steamId}`, { driver: player }));
  for (const sdk of sdks) await sdk.joinOrCreate('hall');
  await until(() => seen.length === 4, 'onJoin of both');
  expect(seen.filter(([where]) => where === 'onJoin')).toEqual(players.map(({ steamId }) => ['onJoin', steamId, 'Ann']));
  for (const sdk of sdks) sdk.close();
});

test('nobody over another transport has one', async () => {
  const http: HttpServer = createServer();
  await host(new WebSocketTransport({ server: http }));
  const room = await new WebSocketClient(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`).joinOrCreate('hall');
  await room.leave();
  await until(() => seen.length === 3, 'onLeave');
  expect(seen).toEqual(['onAuth', 'onJoin', 'onLeave'].map((where) => [where, undefined, undefined]));
});
