import { Client } from '@colyseus/sdk';
import { createTicket } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const driver = await connectToHub(); // on Steam: new SteamworksDriver(steamworks.init(480))
const client = new Client(process.argv[2] ?? 'ws://localhost:2567'); // wss:// in the open: the ticket is a secret
const ticket = await createTicket(driver, 'my-game');
client.auth.token = ticket.hex;
try {
  const room = await client.joinOrCreate('arena');
  console.log('joined');
  await room.leave();
} finally {
  ticket.cancel(); // one for each join: the server has seen this one
  driver.close();
}
