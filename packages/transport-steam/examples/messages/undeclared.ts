import { type Client as Player, Room, Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

class Arena extends Room {
  override messages = {
    shoot: (_player: Player, shot: unknown) => this.broadcast('shoot', shot), // any object at all
  };
}

const driver = await connectToHub();
const server = new Server({ transport: new SteamTransport({ driver }) });
server.define('arena', Arena);
await server.listen(0);

const client = new Client(`steam://${driver.steamId}`, { driver }); // the host plays, too
const room = await client.joinOrCreate('arena');
room.onMessage('shoot', async (shot) => {
  console.log(shot);
  await room.leave();
  await server.gracefullyShutdown(false);
  driver.close();
});
room.send('shoot', { angle: 0.5, power: 80 });
