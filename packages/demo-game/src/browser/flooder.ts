// A Steam user who joins as everybody does, and then talks as fast as Steam takes it. The director is told what came of it.
import { setImmediate as turn } from 'node:timers/promises';
import { connectToHub } from 'colyseus-transport-steam/sim';
import type { ArenaRoom } from '../shared/ArenaRoom.ts';
import { Arena } from '../shared/state.ts';
import { lobbiesOf } from '../transport.ts';

const NAME = 'Mallory';
/** What he says between two looks at what the host does. */
const ROUND = 500;
/** He says no more while so much waits for Steam: over `maxQueueBytes` his own side would close, before the host does. Unit: bytes. */
const MOST_WAITING = 2 ** 20;
/** He gives up after so long. Unit: ms. */
const STAMINA_MS = 10_000;

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
// Such as: the host refuses him.
process.on('uncaughtException', ({ message }) => process.send?.(`${NAME} could not join: ${message}`, () => process.exit(1)));
const [hub = '', lobby = ''] = process.argv.slice(2);

const driver = await connectToHub({ name: hub, personaName: NAME });
const lobbies = lobbiesOf(driver);
const { room } = await lobbies.joinLobby<ArenaRoom, Arena>(lobby, { name: NAME }, { rootSchema: Arena });
room.onMessage('*', () => {}); // he does not listen
let heard: string | undefined;
room.onLeave((code, reason) => {
  heard = `was sent away with ${code}: ${reason}`;
});

let sent = 0;
const began = performance.now();
while (heard === undefined && performance.now() < began + STAMINA_MS) {
  const [host] = lobbies.endpoint.stats();
  const says = (host?.queuedBytes ?? 0) < MOST_WAITING ? ROUND : 0;
  for (let n = 0; n < says; n++, sent++) room.send('say', { text: 'me me me me me' });
  await turn();
}
const afterMs = Math.round(performance.now() - began);
process.send?.(`${NAME} said ${sent} things in ${afterMs} ms, and ${heard ?? 'was not stopped'}`, () => process.exit());
