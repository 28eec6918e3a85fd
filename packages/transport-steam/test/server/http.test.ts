import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AuthContext, createEndpoint, createRouter, Room, Server } from '@colyseus/core';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { SteamTransport } from '../../src/index.ts';
import { type SimulatedDriver, SimulatedSteam } from '../../src/sim.ts';
import { rejection } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

leaveNoTimers();

// Option `server`: pages over HTTP beside the game over Steam.

let steam: SimulatedSteam;
let host: SimulatedDriver;
let http: HttpServer;
let server: Server;
let url: string;
const contexts: AuthContext[] = [];

class Guarded extends Room {
  // A seat reserved over HTTP is never taken here, and core's timer for it outlives the room.
  override seatReservationTimeout = 1;

  static override async onAuth(_token: string, _options: unknown, context: AuthContext): Promise<boolean> {
    contexts.push(context);
    return true;
  }
}

beforeEach(async () => {
  muteConsole();
  contexts.length = 0;
  steam = new SimulatedSteam({ clock: 'real' });
  host = steam.user();
  http = createServer();
  server = new Server({
    transport: new SteamTransport({ driver: host, server: http }),
    express: (app) => {
      app.get('/page', (_request, response) => void response.send('a page'));
    },
    greet: false,
    gracefullyShutdown: false,
  });
  server.router = createRouter({
    who: createEndpoint('/who', { method: 'GET' }, async (ctx) => ({ who: ctx.request?.headers.get('x-steam-id') ?? null })),
  });
  server.define('guarded', Guarded);
  await server.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await server.gracefullyShutdown(false);
  http.closeAllConnections();
  steam.close();
  jest.restoreAllMocks();
});

test('express pages are served over HTTP, routes over both', async () => {
  expect(await (await fetch(`${url}/page`)).text()).toBe('a page');
  expect(await (await fetch(`${url}/who`)).json()).toEqual({ who: null });
  const driver = steam.user();
  const player = new SteamSDK(`steam://${host.steamId}`, { driver });
  expect((await player.http.get('/who')).data).toEqual({ who: String(driver.steamId) });
  expect(await rejection(player.http.get('/page'))).toMatchObject({ code: 404 });
  const room = await player.joinOrCreate('guarded');
  await room.leave();
  player.close();
});

test('nobody is a Steam user over plain HTTP, whatever he writes', async () => {
  const headers = { 'X-Steam-Id': '76561197960265799', 'content-type': 'application/json' };
  expect(await (await fetch(`${url}/who`, { headers })).json()).toEqual({ who: null });
  const response = await fetch(`${url}/matchmake/joinOrCreate/guarded`, { method: 'POST', headers, body: '{}' });
  expect(response.status).toBe(200);
  expect(contexts.map((context) => context.headers.get('x-steam-id'))).toEqual([null]);
});

test('nor somebody else over Steam', async () => {
  const driver = steam.user();
  const player = new SteamSDK(`steam://${host.steamId}`, { driver, headers: { 'x-steam-id': '1', 'x-forwarded-for': '2' } });
  const room = await player.joinOrCreate('guarded');
  expect(contexts.map(({ headers, ip }) => [headers.get('x-steam-id'), ip])).toEqual([
    [String(driver.steamId), String(driver.steamId)],
  ]);
  await room.leave();
  player.close();
});
