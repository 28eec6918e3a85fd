// A player who joins a friend's game: all he needs is the friend's SteamID.
import { Client } from 'colyseus-transport-steam/client';
import { openDriver } from './openDriver.ts';
import { patience } from './patience.ts';
import { play } from './play.ts';
import type { ArenaRoom } from './shared/ArenaRoom.ts';
import { messages } from './shared/messages.ts';
import { Arena } from './shared/state.ts';
import { Stage } from './stage/Stage.ts';

const stage = new Stage();
const driver = await openDriver(stage.part);
stage.report({ report: 'online', steamId: driver.steamId });

const { host } = await stage.once('join');
const client = new Client(`steam://${host}`, { driver, messages, ...patience });
const room = await client.joinOrCreate<ArenaRoom>('arena', { name: stage.part.name }, Arena);
await play(room, stage, () => client.endpoint.stats());

client.close();
driver.close();
stage.end();
