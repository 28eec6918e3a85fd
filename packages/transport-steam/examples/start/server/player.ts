import { Client } from '@colyseus/sdk';

const client = new Client(process.argv[2] ?? 'ws://localhost:2567');
const room = await client.joinOrCreate('chat');
room.onMessage('said', async (text: string) => {
  console.log(text);
  await room.leave();
  process.exit();
});
room.send('say', 'hello');
