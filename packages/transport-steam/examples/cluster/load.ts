import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const [host = '', players = '50'] = process.argv.slice(2);
const rooms = await Promise.all(
  Array.from({ length: Number(players) }, async () => {
    const driver = await connectToHub(); // a user of the simulated Steam for each: on Steam, a process has one
    return await new Client(host, { driver }).joinOrCreate('chat');
  }),
);
for (const room of rooms) room.onMessage('said', () => room.send('say', 'again')); // what your players do
for (const room of rooms) room.send('say', 'hello');
console.log(`${rooms.length} players in ${new Set(rooms.map(({ roomId }) => roomId)).size} rooms; Ctrl-C ends it`);
