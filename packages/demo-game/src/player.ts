// A player who joins a friend's game: all he needs is the friend's SteamID.
import { openDriver } from './openDriver.ts';
import { play } from './play.ts';
import type { ArenaRoom } from './shared/ArenaRoom.ts';
import { Arena } from './shared/state.ts';
import { Stage } from './stage/Stage.ts';
import { createClient } from './transport.ts';

const stage = new Stage();
const driver = await openDriver(stage.part);
stage.report({ report: 'online', steamId: driver.steamId });

const { host } = await stage.once('join');
const client = createClient(driver, host);
const room = await client.joinOrCreate<ArenaRoom>('arena', { name: stage.part.name }, Arena);
await play(room, stage, () => client.endpoint.stats());

client.close();
driver.close();
stage.end();
