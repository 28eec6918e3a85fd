// Steam users who come to a game until there is no place any more. The director is told how many came, and what the one after them heard.
import type { SteamError } from 'colyseus-transport-steam';
import { connectToHub } from 'colyseus-transport-steam/sim';
import type { ArenaRoom } from '../shared/ArenaRoom.ts';
import { brain } from '../shared/brain.ts';
import { STEP_RATE } from '../shared/move.ts';
import { Arena, SteeringInput } from '../shared/state.ts';
import { lobbiesOf } from '../transport.ts';

process.on('SIGINT', () => {});
process.on('disconnect', goAway);
const [hub = '', lobby = ''] = process.argv.slice(2);

const leaves: (() => Promise<void>)[] = [];
let came = 0;
while (await comes(`Guest ${came + 1}`)) came++;

async function comes(name: string): Promise<boolean> {
  const driver = await connectToHub({ name: hub, personaName: name });
  try {
    const { room, leave } = await lobbiesOf(driver).joinLobby<ArenaRoom, Arena>(lobby, { name }, { rootSchema: Arena });
    leaves.push(leave);
    const bot = brain(came);
    const input = room.input({ type: SteeringInput, mode: 'unreliable', historySize: 4 });
    const steps = setInterval(() => {
      Object.assign(input.data, bot(room.state, room.sessionId));
      input.send();
    }, 1000 / STEP_RATE);
    room.onLeave(() => clearInterval(steps));
    return true;
  } catch (error) {
    const { code, message } = error as SteamError;
    process.send?.(`${came} came; the next one was refused (${code}): ${message}`);
    driver.close();
    return false;
  }
}

async function goAway(): Promise<void> {
  await Promise.all(leaves.map((leave) => leave()));
  process.exit();
}
