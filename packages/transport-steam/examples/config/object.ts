import { createServer } from 'node:http';
import { access } from 'colyseus-transport-steam';
import { createTransport } from 'colyseus-transport-steam/config';
import { messages } from '../messages/messages.ts';

export const transport = createTransport({
  transport: 'steam+websocket',
  driver: 'simulated', // or 'steamworks', or a SteamDriver of your own
  server: createServer(), // WebSocket, routes and pages are there
  messages, // for players on both ways
  endpoint: { connectTimeoutMs: 20_000, compression: 'deflate' }, // the options of the endpoint
  websocket: { pingInterval: 5_000 }, // the options of WebSocketTransport
  lobby: { game: 'my-studio.my-game' }, // these and what follows: of SteamTransport
  onSessionRequest: access.lobby(),
  bans: [76561198000000009n],
});
