// A host in devMode, in a process of his own: node devModeHost.ts <name of the hub> <SteamID>. It keeps what it restores in its working directory.
import { Server } from '@colyseus/core';
import { SteamTransport } from '../../src/index.ts';
import { connectToHub } from '../../src/sim.ts';
import { ScoreRoom } from './ScoreRoom.ts';

const [name = '', steamId = ''] = process.argv.slice(2);
const driver = await connectToHub({ name, steamId: BigInt(steamId) });
const server = new Server({ transport: new SteamTransport({ driver }), devMode: true, greet: false });
server.define('score', ScoreRoom);
await server.listen(0);
process.stdout.write('listens\n');
// Nobody outlives the test.
process.stdin.on('end', () => process.exit(1)).resume();
