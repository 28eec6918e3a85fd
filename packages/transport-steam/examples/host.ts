import { Room, Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';

class Chat extends Room {
  override messages = {
    say: (client: { sessionId: string }, text: string) => this.broadcast('said', `${client.sessionId}: ${text}`),
  };
}

const driver = await connectToHub(); // the simulated Steam of this machine
const server = new Server({ transport: new SteamTransport({ driver }) });
server.define('chat', Chat);
await server.listen(0); // no port is opened: players come by SteamID
console.log(`hosting at steam://${driver.steamId}`);
