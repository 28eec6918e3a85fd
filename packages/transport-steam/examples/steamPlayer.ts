import { Client } from 'colyseus-transport-steam/client';
import { SteamworksDriver } from 'colyseus-transport-steam/steamworks';
import steamworks from 'steamworks.js';

const driver = new SteamworksDriver(steamworks.init(480));
const client = new Client(process.argv[2] ?? '', { driver }); // steam://<the host's SteamID>
const room = await client.joinOrCreate('chat');
room.onMessage('said', async (text: string) => {
  console.log(text);
  await room.leave();
  process.exit(); // steamworks.js would keep the process for ever
});
room.send('say', 'hello over Steam');
