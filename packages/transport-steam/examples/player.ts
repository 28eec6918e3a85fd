import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const driver = await connectToHub();
const client = new Client('steam://76561198000000001', { driver });
const room = await client.joinOrCreate('chat');
room.onMessage('said', async (text: string) => {
  console.log(text);
  await room.leave();
  driver.close(); // logs out of Steam: until then this process stays
});
room.send('say', 'hello over Steam');
