import { createClient } from 'colyseus-transport-steam/config/client';

const client = createClient(process.argv[2], { driver: 'simulated' });
const room = await client.joinOrCreate('chat');
room.onMessage('said', async (text: string) => {
  console.log(text);
  await room.leave();
});
room.send('say', 'hello');
