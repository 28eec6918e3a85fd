import { Callbacks, Client } from 'colyseus-transport-steam/config/client';
import type { ChatState } from './rooms/ChatState.ts';

const client = new Client(process.env.ENDPOINT ?? 'ws://localhost:2567');
const room = await client.joinOrCreate<ChatState>('chat', { name: 'Ann', topic: 'tea' });
Callbacks.get(room).onAdd('lines', async ({ author, text }) => {
  console.log(author === '' ? text : `${author}: ${text}`);
  if (author === 'Ann') await room.leave();
});
room.send('say', 'is there tea?');
