// A player who hosts. Others reach him by his SteamID; no port is opened, no server rented.
import { defineRoom, defineServer } from '@colyseus/core';
import { SteamTransport } from 'colyseus-transport-steam';
import { Client } from 'colyseus-transport-steam/client';
import { openDriver } from './openDriver.ts';
import { patience } from './patience.ts';
import { play } from './play.ts';
import { ArenaRoom } from './shared/ArenaRoom.ts';
import { messages } from './shared/messages.ts';
import { Arena } from './shared/state.ts';
import { Stage } from './stage/Stage.ts';

const stage = new Stage();
const driver = await openDriver(stage.part);

const transport = new SteamTransport({ driver, messages, ...patience });
const server = defineServer({ transport, rooms: { arena: defineRoom(ArenaRoom) }, greet: false, gracefullyShutdown: false });
await server.listen(0);
stage.report({ report: 'online', steamId: driver.steamId });

// He plays, too: his own player talks to his own server as all others do, in memory.
await stage.once('join');
const client = new Client(`steam://${driver.steamId}`, { driver, messages, ...patience });
const room = await client.joinOrCreate<ArenaRoom>('arena', { name: stage.part.name }, Arena);
await play(room, stage, () => transport.endpoint.stats());
client.close();

await stage.once('end');
await server.gracefullyShutdown(false);
driver.close();
stage.end();
