import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const hosts = process.argv.slice(2); // of the cluster: steam://…, as many as are known
const driver = await connectToHub();
const client = await Client.selectByLatency(hosts, { driver }); // one who is there
const room = await client.joinOrCreate('chat'); // of whatever host has one
room.onMessage('said', async (text: string) => {
  console.log(text);
  await room.leave();
  driver.close();
});
room.send('say', 'hello over Steam');
