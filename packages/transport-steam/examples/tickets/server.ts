import { type Client, Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { verifyTicket } from 'colyseus-transport-steam';

const { STEAM_PUBLISHER_KEY: publisherKey = '', STEAM_WEB_API: url = 'https://partner.steam-api.com' } = process.env;

class Arena extends Room {
  static override async onAuth(token: string) {
    const player = await verifyTicket(token, { publisherKey, appId: 480, identity: 'my-game', url });
    if (player.vacBanned || player.publisherBanned) return false;
    return { steamId: String(player.steamId) }; // client.auth: core writes JSON, which knows no bigint
  }

  override onJoin(client: Client) {
    console.log(`${client.auth.steamId} joins`);
  }
}

const port = Number(process.argv[2] ?? 2567);
const server = new Server({ transport: new WebSocketTransport() });
server.define('arena', Arena);
await server.listen(port);
console.log(`listening on ${port}; Ctrl-C ends it`);
