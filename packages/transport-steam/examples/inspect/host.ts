import { Room, Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { serveInspector } from 'colyseus-transport-steam/inspect';
import { connectToHub } from 'colyseus-transport-steam/sim';

class Chat extends Room {
  override messages = { say: (_: unknown, text: string) => this.broadcast('said', text) };
}

const driver = await connectToHub({ steamId: 76561198000000001n }); // the simulated Steam of this machine
const transport = new SteamTransport({ driver });
const server = new Server({ transport });
server.define('chat', Chat);
await server.listen(0); // no port is opened: players come by SteamID

const { url } = await serveInspector({ sources: { host: () => transport.inspect() } });
console.log(`to be seen at ${url}; Ctrl-C ends it`);
