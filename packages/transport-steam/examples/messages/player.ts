import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';
import type { ArenaRoom } from './ArenaRoom.ts';
import { messages } from './messages.ts';

const driver = await connectToHub();
const client = new Client('steam://76561198000000001', { driver, messages });
const room = await client.joinOrCreate<ArenaRoom>('arena');
room.onMessage('shoot', ({ power }) => console.log(`somebody shot with power ${power}`));
room.onMessage('chat', ({ text }) => console.log(text));
room.onMessage('score', ({ rows }) => console.log(`${rows.length} in the table`));
room.onMessage('places', async ({ players }) => {
  const mine = players[room.sessionId];
  if (mine === undefined) return; // the host does not have it yet
  console.log(`the host has us at ${mine.x}, ${mine.y}`);
  await room.leave();
  driver.close();
});
room.send('ready');
room.send('chat', { text: 'hello' });
room.send('shoot', { angle: 0.5, power: 80 });
room.send('move', { x: 1.5, y: 2 });
