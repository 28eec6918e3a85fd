import { Server } from '@colyseus/core';
import { prometheusText, SteamTransport } from 'colyseus-transport-steam';
import { Client } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';
import { ArenaRoom } from './ArenaRoom.ts';
import { messages } from './messages.ts';

const host = await connectToHub();
const transport = new SteamTransport({ driver: host, messages });
const server = new Server({ transport });
server.define('arena', ArenaRoom);
await server.listen(0);

const driver = await connectToHub({ steamId: 76561198000000002n });
const client = new Client(`steam://${host.steamId}`, { driver, messages });
const room = await client.joinOrCreate<ArenaRoom>('arena');
room.onMessage('*', () => {});
for (let power = 1; power <= 3; power++) room.send('shoot', { angle: 0.5, power });
await room.request('ready'); // answered behind the shots

const [player] = transport.endpoint.stats(); // one for each player
console.log(player?.types.shoot?.received);
console.log(player?.channels.messages.received.messages);
const page = prometheusText(transport.endpoint.stats());
for (const line of page.split('\n')) if (line.includes('received_bytes_total{') && line.includes('shoot')) console.log(line);

await room.leave();
await server.gracefullyShutdown(false);
for (const user of [driver, host]) user.close();
