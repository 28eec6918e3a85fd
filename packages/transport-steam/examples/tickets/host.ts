import { type AuthContext, type Client, Room, Server } from '@colyseus/core';
import { personaOf, SteamTransport, steamIdOf } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';

const { STEAM_PUBLISHER_KEY: publisherKey = '', STEAM_WEB_API: url = 'https://partner.steam-api.com' } = process.env;

class Chat extends Room {
  static override async onAuth(_token: string, _options: unknown, { headers }: AuthContext) {
    const steamId = BigInt(headers.get('x-steam-id') ?? ''); // from Steam, not from the player
    const { vacBanned, publisherBanned } = await transport.verifyPlayer(steamId, { publisherKey, appId: 480, url });
    return !vacBanned && !publisherBanned;
  }

  override messages = { say: (_: unknown, text: string) => this.broadcast('said', text) };

  override onJoin(client: Client) {
    console.log(`${steamIdOf(client)} owns the game, and calls himself ${personaOf(client)}`);
  }
}

const driver = await connectToHub({ steamId: 76561198000000001n }); // on Steam: new SteamworksDriver(steamworks.init(480))
const transport = new SteamTransport({ driver });
const server = new Server({ transport });
server.define('chat', Chat);
await server.listen(0);
console.log(`hosting at steam://${driver.steamId}; Ctrl-C ends it`);
