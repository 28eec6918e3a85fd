import { Room, Server } from '@colyseus/core';
import { SteamSDK } from '../../src/client.ts';
import { SteamTransport } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';

// Run as a process of its own: hosts, plays, shuts down, and must then end by itself.
const steam = new SimulatedSteam({ clock: 'real' });
const host = steam.user();
const server = new Server({ transport: new SteamTransport({ driver: host }), greet: false, gracefullyShutdown: false });
server.define('room', class extends Room {});
await server.listen(0);

const unused = new SteamSDK(`steam://${host.steamId}`, { driver: steam.user() });
const players = [steam.user(), host].map((driver) => new SteamSDK(`steam://${host.steamId}`, { driver }));
const rooms = await Promise.all(players.map((player) => player.joinOrCreate('room')));
await rooms[0]?.leave();
const open = rooms.map((room) => room.connection.isOpen);
await server.gracefullyShutdown(false);
process.stdout.write(JSON.stringify([unused.host === host.steamId, ...open]));
