import { type Client, Room, Server } from '@colyseus/core';
import { RedisDriver } from '@colyseus/redis-driver';
import { RedisPresence } from '@colyseus/redis-presence';
import { SteamTransport } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';

class Chat extends Room {
  override maxClients = 20; // the next one gets another room, at the host who has the fewest
  override messages = {
    say: (client: Client, text: string) => client.send('said', `${text}, from the room of ${driver.steamId}`),
  };
}

const redis = process.env.REDIS_URI ?? 'redis://127.0.0.1:6379';
const driver = await connectToHub({ steamId: BigInt(process.argv[2] ?? '76561198000000011') });
const server = new Server({
  transport: new SteamTransport({ driver }),
  driver: new RedisDriver(redis), // this line, and the next,
  presence: new RedisPresence(redis), // make one cluster of all hosts
});
server.define('chat', Chat);
await server.listen(0);
console.log(`hosting at steam://${driver.steamId}; Ctrl-C ends it`);
