import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AuthContext, type Client, Room, Server, type Transport } from '@colyseus/core';
import { ColyseusSDK } from '@colyseus/sdk';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTransport, type TransportConfig } from '../../src/config.ts';
import { Endpoint, type SteamTransport } from '../../src/index.ts';
import { registeredMessages } from '../../src/messages/extension.ts';
import { defineMessages, message } from '../../src/messages.ts';
import { connectHubControl, connectToHub, type SimulatedDriver, SimulatedSteam } from '../../src/sim.ts';
import { once, pause, rejection } from '../compliance/transport/waiting.ts';
import { messages } from '../helpers/gameMessages.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { environmentOfEachTest } from './environment.ts';

// What core demands of `listen` and `shutdown` holds for the transports that begin later than they were made.

leaveNoTimers();
const environment = environmentOfEachTest();

type Kind = NonNullable<TransportConfig['transport']>;
const kinds: Kind[] = ['websocket', 'steam', 'steam+websocket'];
const withHttp: Kind[] = ['websocket', 'steam+websocket'];

let steam: SimulatedSteam;
let host: SimulatedDriver;
const transports: Transport[] = [];
const servers: HttpServer[] = [];
let lastServer: Server | undefined;

// First of all, for only a Server of this copy of core can be known.
test.each(kinds)('%s: a server of another copy of core is told so', async (transport) => {
  expect(Server.current).toBeUndefined();
  const [error] = await once<[Error?]>((told) => make({ transport }).listen(0, undefined, undefined, told));
  expect(error?.message).toMatch(/^this server is of another copy of @colyseus\/core .*npm ls @colyseus\/core/);
});

beforeEach(() => {
  muteConsole();
  steam = new SimulatedSteam({ clock: 'real' });
  host = steam.user();
});

afterEach(async () => {
  await lastServer?.gracefullyShutdown(false); // which stops what all servers of the process share
  lastServer = undefined;
  for (const transport of transports.splice(0)) transport.shutdown();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
  expect(registeredMessages()).toBeUndefined();
  steam.close();
  jest.restoreAllMocks();
});

function make(config: TransportConfig): Transport {
  const transport = createTransport({ driver: host, ...config });
  transports.push(transport);
  if (transport.server !== undefined) servers.push(transport.server as HttpServer);
  return transport;
}

function serve(config: TransportConfig, express?: (app: { get: ExpressGet }) => void): Server {
  lastServer = new Server({
    transport: make(config),
    greet: false,
    gracefullyShutdown: false,
    ...(express && { express: express as never }),
  });
  return lastServer;
}

/** As core does it: a second `server.listen()` in a process would leave timers of core behind. */
async function listen({ transport }: Server, port = 0): Promise<void> {
  const [error] = await once<[Error?]>((told) => transport.listen(port, undefined, undefined, told));
  if (error !== undefined) throw error;
}

type ExpressGet = (path: string, answer: (request: unknown, response: { send(text: string): void }) => void) => void;

const portOf = ({ server }: Transport) => ((server as HttpServer).address() as AddressInfo).port;

/** Whether somebody hosts over the driver. */
function isHosting(): boolean {
  const endpoint = Endpoint.of(host);
  try {
    endpoint.serve({ onSessionRequest: () => true, onConnection: () => ({}) as never, onRequest: async () => ({}) as never })();
    return false;
  } catch {
    return true;
  }
}

describe.each(kinds)('%s', (transport) => {
  test('listens, and says so once', async () => {
    let calls = 0;
    await serve({ transport }).listen(0, undefined, undefined, () => calls++);
    await pause(20);
    expect(calls).toBe(1);
    expect(isHosting()).toBe(transport !== 'websocket');
  });

  test('one that was shut down before it listened does not begin, and says so', async () => {
    const server = serve({ transport, messages });
    const listening = once<[Error?]>((told) => server.transport.listen(0, undefined, undefined, told));
    server.transport.shutdown();
    expect((await listening)[0]?.message).toBe('shut down before it listened');
    await pause(20);
    expect(server.transport.server?.listening ?? false).toBe(false);
    expect(isHosting()).toBe(false);
  });

  test('may be shut down without having listened, and twice', () => {
    const made = make({ transport });
    made.shutdown();
    made.shutdown();
    expect(isHosting()).toBe(false);
  });

  test('messages that contradict those of the process are an error of listen, and nothing stays', async () => {
    const first = serve({ transport: 'websocket', messages });
    await listen(first);
    const others = defineMessages({ other: message() });
    const second = serve({ transport, messages: others });
    expect((await rejection(listen(second))).message).toContain('other messages are registered already');
    expect(isHosting()).toBe(false);
  });

  test('pages are served over HTTP, also where there was no HTTP server', async () => {
    const server = serve({ transport }, (app) => app.get('/page', (_request, response) => response.send('a page')));
    await server.listen(0, '127.0.0.1');
    servers.push(server.transport.server as HttpServer);
    const page = await fetch(`http://127.0.0.1:${portOf(server.transport)}/page`);
    expect(await page.text()).toBe('a page');
  });
});

test('Steam alone opens no port', async () => {
  const server = serve({ transport: 'steam' });
  await server.listen(0);
  expect(server.transport.server).toBeUndefined();
});

describe.each(withHttp)('%s', (transport) => {
  test('a port that is taken is an error of listen, and can be had later', async () => {
    const taken = createServer().listen(0);
    await once((listening) => taken.once('listening', listening));
    const { port } = taken.address() as AddressInfo;
    const server = serve({ transport, messages });
    expect(await rejection(listen(server, port))).toMatchObject({ code: 'EADDRINUSE' });
    expect(registeredMessages()).toBeUndefined();
    expect(isHosting()).toBe(false);
    await new Promise((resolve) => taken.close(resolve));
    await listen(server, port);
    expect(portOf(server.transport)).toBe(port);
  });

  test('a port that is none is an error of listen', async () => {
    expect(await rejection(listen(serve({ transport, messages }), 65_536))).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
    expect(registeredMessages()).toBeUndefined();
  });

  test('the options of WebSocketTransport count', async () => {
    const server = serve({ transport, websocket: { maxPayload: 200 } });
    server.define('room', class Plain extends Room {});
    await server.listen(0);
    const room = await new ColyseusSDK(`ws://127.0.0.1:${portOf(server.transport)}`).joinOrCreate('room');
    room.reconnection.enabled = false;
    const end = once<[number]>((hear) => room.onLeave(hear));
    room.send('long', 'x'.repeat(201));
    expect((await end)[0]).toBe(1009);
  });
});

// A room that takes the header for whom Steam says must not take anybody's word for it when it runs on WebSocket.
test('nobody is a Steam user by what he writes, on WebSocket alone either', async () => {
  const claims: (string | null)[] = [];
  class Guarded extends Room {
    static override async onAuth(_token: string, _options: unknown, context: AuthContext): Promise<boolean> {
      claims.push(context.headers.get('x-steam-id'));
      return true;
    }
  }
  class GuardedLink extends Room {
    override onAuth(_client: Client, _options: unknown, context: AuthContext): boolean {
      claims.push(context.headers.get('x-steam-id'));
      return true;
    }
  }
  const server = serve({ transport: 'websocket' });
  server.define('guarded', Guarded);
  server.define('link', GuardedLink);
  await server.listen(0);
  const headers = { 'X-Steam-Id': String(host.steamId) };
  for (const name of ['guarded', 'link']) {
    const room = await new ColyseusSDK(`ws://127.0.0.1:${portOf(server.transport)}`, { headers }).joinOrCreate(name);
    await room.leave();
  }
  expect(claims).toEqual([null, null]);
});

test('a Steam user who hosts already is an error of listen, and the port is free again', async () => {
  await listen(serve({ transport: 'steam' }));
  const second = serve({ transport: 'steam+websocket' });
  expect((await rejection(listen(second))).message).toMatch(/hosts already in this process/);
  expect(second.transport.server?.listening).toBe(false);
});

test('who is refused by the simulated Steam, hears why from listen', async () => {
  const name = `listen-${process.pid}`;
  const steamId = 76561198000000001n;
  const present = await connectToHub({ name, steamId });
  const control = await connectHubControl({ name });
  environment.set({ STEAM_DRIVER: 'simulated', STEAM_HUB: name, STEAM_ID: String(steamId) });
  const transport = createTransport({ transport: 'steam' }) as SteamTransport;
  transports.push(transport);
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  expect((await rejection(listen(server))).message).toContain(`${steamId}`);

  present.close();
  for (let tries = 0; tries < 100; tries++) {
    const error = await listen(server).catch((reason: Error) => reason);
    if (error === undefined) break;
    await pause(20);
  }
  expect((await control.status()).users).toEqual([steamId]);
  transport.shutdown();
  transport.endpoint.driver.close();
  control.close();
}, 60_000);
