import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const driver = await connectToHub();
const client = new Client(process.argv[2] ?? 'steam://76561197960265729', { driver });
const room = await client.joinOrCreate('chat');
room.onMessage('said', async (line: string) => {
  console.log(line);
  await room.leave();
  driver.close();
});
room.send('say', 'hello over Steam');
