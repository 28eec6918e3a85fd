import { type Client, Room, Server } from '@colyseus/core';
import { SteamTransport, steamIdOf } from 'colyseus-transport-steam';
import { createTransport } from 'colyseus-transport-steam/config';

class Chat extends Room {
  override messages = {
    say: (player: Client, text: string) => {
      const by = steamIdOf(player) === undefined ? 'the web' : 'Steam';
      this.broadcast('said', `${text}, from ${by}`);
    },
  };
}

const transport = createTransport('game.json');
const server = new Server({ transport });
server.define('chat', Chat);
await server.listen(Number(process.env.PORT ?? 2567));
if (transport instanceof SteamTransport)
  console.log(`players come to steam://${transport.endpoint.steamId}, too; Ctrl-C ends it`);
