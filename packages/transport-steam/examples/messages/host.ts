import { Server } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';
import { ArenaRoom } from './ArenaRoom.ts';
import { messages } from './messages.ts';

const driver = await connectToHub({ steamId: 76561198000000001n });
const server = new Server({ transport: new SteamTransport({ driver, messages }) });
server.define('arena', ArenaRoom);
await server.listen(0);
console.log(`hosting at steam://${driver.steamId}; Ctrl-C ends it`);
