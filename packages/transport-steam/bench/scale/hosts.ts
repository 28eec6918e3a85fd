import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Room, Server, type Transport } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { ColyseusSDK, type Room as JoinedRoom } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { SteamTransport } from '../../src/index.ts';
import { connectToHub, type HubAddress } from '../../src/sim.ts';

/** What holds the connections at the host. */
export type HostKind = 'endpoint' | 'Colyseus' | 'ws-transport';

const MAX_PEERS = 2_000;
/** How often users look for packets: a thousand in one process cannot do so every millisecond. */
const USER_POLL_MS = 10;
/** Users who join at the same time. */
const AT_ONCE = 10;

const State = schema({ round: t.number() }, 'State');

class WaitingRoom extends Room {
  override state = new State();
  override maxClients = MAX_PEERS;
}

/** Where a host is found. */
export type HostAddress = bigint | string;

export async function serve(kind: HostKind, hub: HubAddress): Promise<HostAddress> {
  if (kind === 'ws-transport') {
    const http = createServer();
    await listen(new WebSocketTransport({ server: http }));
    return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }
  const driver = await connectToHub(hub);
  if (kind === 'Colyseus') {
    await listen(new SteamTransport({ driver, maxPeers: MAX_PEERS, maxStrangers: MAX_PEERS }));
  } else {
    const endpoint = Endpoint.of(driver, { maxPeers: MAX_PEERS, maxStrangers: MAX_PEERS });
    endpoint.acquire();
    endpoint.serve({
      onSessionRequest: () => true,
      onConnection: () => ({ onMessage: () => {}, onClose: () => {} }),
      onRequest: () => Promise.reject(new Error('nobody asks')),
    });
  }
  return driver.steamId;
}

async function listen(transport: Transport): Promise<void> {
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('waiting', WaitingRoom);
  await server.listen(0);
}

const users: Endpoint[] = [];
/** Without these they would be collected. */
const rooms: JoinedRoom[] = [];

/** So many users more, each with a connection to the host that is open when this resolves. */
export async function connect(count: number, kind: HostKind, host: HostAddress, hub: HubAddress): Promise<void> {
  if (users.length === 0) setInterval(() => users.forEach((user) => void user.poll()), USER_POLL_MS);
  for (let left = count; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => connectOne(kind, host, hub)));
  }
}

async function connectOne(kind: HostKind, host: HostAddress, hub: HubAddress): Promise<void> {
  if (typeof host === 'string') {
    rooms.push(await new ColyseusSDK(host).joinOrCreate('waiting'));
    return;
  }
  const driver = await connectToHub(hub);
  const user = Endpoint.of(driver, { poll: 'manual' });
  users.push(user);
  if (kind === 'Colyseus') {
    rooms.push(await new SteamSDK(`steam://${host}`, { driver, poll: 'manual' }).joinOrCreate('waiting'));
    return;
  }
  user.acquire();
  await new Promise<void>((onOpen, reject) => {
    user.connect(host, '/', {
      onOpen,
      onMessage: () => {},
      onClose: (code, reason, error) => reject(error ?? new Error(`${code} ${reason}`)),
    });
  });
}
