import { Client } from 'colyseus-transport-steam/config/client';
import type { server } from './server.ts';

const client = new Client<typeof server>(process.env.ENDPOINT ?? 'ws://localhost:2567');
const room = await client.joinOrCreate('arena', { name: 'Ann' });
room.onMessage('found', async ({ who, left }: { who: string; left: number }) => {
  console.log(`${who} found a coin, ${left} left`);
  await room.leave();
});
room.send('walk', { dx: 1, dy: 0 });
