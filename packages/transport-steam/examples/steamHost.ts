import { Room, Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { SteamworksDriver } from 'colyseus-transport-steam/steamworks';
import steamworks from 'steamworks.js';

class Chat extends Room {
  override messages = { say: (_: unknown, text: string) => this.broadcast('said', text) };
}

const driver = new SteamworksDriver(steamworks.init(480)); // 480 is Valve's test app; later it is yours
const server = new Server({ transport: new SteamTransport({ driver }) });
server.define('chat', Chat);
await server.listen(0);
console.log(`hosting at steam://${driver.steamId}; Ctrl-C ends it`);
