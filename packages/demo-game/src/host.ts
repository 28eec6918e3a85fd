// A player who hosts. Others reach him by his SteamID; no port is opened, no server rented.
import { defineRoom, defineServer } from '@colyseus/core';
import { openDriver } from './openDriver.ts';
import { play } from './play.ts';
import { ArenaRoom } from './shared/ArenaRoom.ts';
import { Arena } from './shared/state.ts';
import { Stage } from './stage/Stage.ts';
import { createClient, createTransport } from './transport.ts';

const stage = new Stage();
const driver = await openDriver(stage.part);

const server = defineServer({
  transport: createTransport(driver),
  rooms: { arena: defineRoom(ArenaRoom) },
  greet: false,
  gracefullyShutdown: false,
});
await server.listen(0);
stage.report({ report: 'online', steamId: driver.steamId });

// He plays, too: his own player talks to his own server as all others do, in memory.
await stage.once('join');
const client = createClient(driver, driver.steamId);
const room = await client.joinOrCreate<ArenaRoom>('arena', { name: stage.part.name }, Arena);
await play(room, stage, () => client.endpoint.stats());
client.close();

await stage.once('end');
await server.gracefullyShutdown(false);
driver.close();
stage.end();
