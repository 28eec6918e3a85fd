import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveBridge, webSocketPort } from 'colyseus-transport-steam/bridge';
import { connectToHub } from 'colyseus-transport-steam/sim';
import { WebSocketServer } from 'ws';

const driver = await connectToHub(); // the simulated Steam of this machine

// Every page that the user has open in a browser can reach 127.0.0.1. Only ours is told this.
const path = `/${randomBytes(16).toString('hex')}`;
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  maxPayload: 2 ** 21,
  verifyClient: ({ req }: { req: IncomingMessage }) => req.url === path,
});
server.on('connection', (socket) => {
  serveBridge(webSocketPort(socket), { driver, endpoint: 'steam://76561198000000001' });
});
server.on('listening', () => {
  console.log(`bridge at ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}; Ctrl-C ends it`);
});
