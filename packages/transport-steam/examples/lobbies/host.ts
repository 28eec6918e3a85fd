import { matchMaker, Room, Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';

class Arena extends Room {
  override maxClients = 4;
  override autoDispose = false; // it waits for its players
}

const transport = new SteamTransport({
  driver: await connectToHub({ steamId: 76561198000000001n }),
  lobby: {
    game: 'my-studio.my-game',
    status: ({ players, maxPlayers }) => `In the arena, ${players} of ${maxPlayers}`,
    onOpen: (lobby) => console.log(`friends find it: lobby ${lobby.id}`),
  },
});
const server = new Server({ transport });
server.define('arena', Arena);
await server.listen(0);
await matchMaker.createRoom('arena', {}); // players come through the lobby, so it is the host who makes the room
