// The processes of a server and of a player who joins.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Room, Server } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { ColyseusSDK } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { SteamSDK } from '../../src/client.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { SteamTransport } from '../../src/index.ts';
import { connectToHub, type HubAddress } from '../../src/sim.ts';
import { initSteamworks, SteamworksDriver } from '../../src/steamworks.ts';

const State = schema({ turn: t.number() }, 'State');

class Turns extends Room<{ state: InstanceType<typeof State> }> {
  override state = new State().assign({ turn: 7 });
}

/** Returns the port. */
export async function serveWebSocket(): Promise<number> {
  const server = createServer();
  await listen(new WebSocketTransport({ server }));
  return (server.address() as AddressInfo).port;
}

export async function serveHub(hub: HubAddress): Promise<string> {
  return serveSteam(await connectToHub(hub));
}

export function serveAddon(): Promise<string> {
  return serveSteam(new SteamworksDriver(initSteamworks(480)));
}

async function serveSteam(driver: SteamDriver): Promise<string> {
  await listen(new SteamTransport({ driver }));
  return `steam://${driver.steamId}`;
}

async function listen(transport: WebSocketTransport | SteamTransport): Promise<void> {
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('turns', Turns);
  await server.listen(0, '127.0.0.1');
}

/** Of a new player: ms from `joinOrCreate` to the first state, and the same again while he is in the first room. */
export async function join(url: string, hub: HubAddress): Promise<{ coldMs: number; warmMs: number }> {
  const driver = url.startsWith('steam:') ? await connectToHub(hub) : undefined;
  const player = driver === undefined ? new ColyseusSDK(url) : new SteamSDK(url, { driver });
  const cold = await joinOnce(player);
  const warm = await joinOnce(player);
  await Promise.all([cold.room.leave(), warm.room.leave()]);
  driver?.close();
  return { coldMs: cold.ms, warmMs: warm.ms };
}

async function joinOnce(player: ColyseusSDK): Promise<{ room: { leave(): Promise<unknown> }; ms: number }> {
  const start = performance.now();
  const room = await player.joinOrCreate('turns');
  await new Promise((resolve) => room.onStateChange.once(resolve));
  return { room, ms: performance.now() - start };
}
