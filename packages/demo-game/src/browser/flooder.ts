// A Steam user who joins as everybody does, and then talks as fast as he can. The director is told what came of it.
import { setImmediate as turn } from 'node:timers/promises';
import { connectToHub } from 'colyseus-transport-steam/sim';
import type { ArenaRoom } from '../shared/ArenaRoom.ts';
import { Arena } from '../shared/state.ts';
import { lobbiesOf } from '../transport.ts';

const NAME = 'Mallory';
/** What he says between two looks at what the host does. */
const ROUND = 500;
/** He gives up after so long. Unit: ms. */
const STAMINA_MS = 10_000;

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
// Such as: the host refuses him.
process.on('uncaughtException', ({ message }) => process.send?.(`${NAME} could not join: ${message}`, () => process.exit(1)));
const [hub = '', lobby = ''] = process.argv.slice(2);

const driver = await connectToHub({ name: hub, personaName: NAME });
const { room } = await lobbiesOf(driver).joinLobby<ArenaRoom, Arena>(lobby, { name: NAME }, { rootSchema: Arena });
let heard: string | undefined;
room.onLeave((code, reason) => {
  heard = `was sent away with ${code}: ${reason}`;
});

let sent = 0;
const began = performance.now();
while (heard === undefined && performance.now() < began + STAMINA_MS) {
  for (let n = 0; n < ROUND; n++, sent++) room.send('say', { text: 'me me me me me' });
  await turn();
}
const afterMs = Math.round(performance.now() - began);
process.send?.(`${NAME} said ${sent} things in ${afterMs} ms, and ${heard ?? 'was not stopped'}`, () => process.exit());
