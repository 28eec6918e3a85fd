import { Server } from '@colyseus/core';
import { Client } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { useMessages } from 'colyseus-transport-steam';
import { withMessages } from 'colyseus-transport-steam/messages';
import { ArenaRoom } from './ArenaRoom.ts';
import { messages } from './messages.ts';

const port = Number(process.argv[2] ?? 2567);

// the host
useMessages(messages);
const server = new Server({ transport: new WebSocketTransport() });
server.define('arena', ArenaRoom);
await server.listen(port);

// the player
const client = new Client(`ws://localhost:${port}`);
const room = withMessages(await client.joinOrCreate<ArenaRoom>('arena'), messages);
room.onMessage('places', () => {});
room.onMessage('chat', async ({ text }) => {
  console.log(text);
  await room.leave();
  await server.gracefullyShutdown(false);
});
room.send('chat', { text: 'hello over WebSocket' });
