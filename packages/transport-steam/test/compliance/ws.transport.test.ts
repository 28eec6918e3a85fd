import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@colyseus/core';
import { ColyseusSDK } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { jest } from '@jest/globals';
import { testTransport } from './testTransport.ts';

jest.setTimeout(30_000);

/** The control: what this suite asks of us is what Colyseus' own transport does. */
testTransport(
  '@colyseus/ws-transport',
  () => {
    const server = createServer();
    const transport = new WebSocketTransport({ server, maxPayload: 1_048_576 });
    const players: ColyseusSDK[] = [];
    return {
      transport,
      port: 0,
      player: (options) => {
        const player = new ColyseusSDK(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
        players.push(player);
        return player;
      },
      cut: (_room, client: Client) => (client.ref as unknown as { terminate(): void }).terminate(),
      close: async () => {
        server.closeAllConnections();
        if (server.listening) await new Promise((resolve) => server.close(resolve));
      },
    };
  },
  { roundTripMs: 0, unreliableLane: false, losesUnreliable: false, steamIdentity: false },
);
