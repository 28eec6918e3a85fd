import { Room, Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';

class Chat extends Room {
  override messages = { say: (_: unknown, text: string) => this.broadcast('said', text) };
}

const driver = await connectToHub({ steamId: 76561198000000001n }); // the simulated Steam of this machine
const transport = new SteamTransport({ driver });
const server = new Server({ transport });
server.define('chat', Chat);
await server.listen(0); // no port is opened: players come by SteamID
console.log(`hosting at steam://${driver.steamId}; Ctrl-C ends it`);
