import { Client } from 'colyseus-transport-steam/client';
import { MessageError } from 'colyseus-transport-steam/messages';
import { connectToHub } from 'colyseus-transport-steam/sim';
import type { ArenaRoom } from './ArenaRoom.ts';
import { messages } from './messages.ts';

const driver = await connectToHub();
const client = new Client('steam://76561198000000001', { driver, messages });
const room = await client.joinOrCreate<ArenaRoom>('arena');
room.onMessage('*', () => {});

const mistakes = [
  () => room.send('shoot', { angle: 0.5, power: 300 }), // fits number, and no uint8
  () => room.send('chat', { text: 'a'.repeat(401) }),
  // @ts-expect-error: the compiler says so, too
  () => room.send('shoot', { angle: 0.5, power: 80, weapon: 'bow' }),
];
for (const send of mistakes) {
  try {
    send();
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    console.log(error.message); // beside it: error.type, error.field and error.value
  }
}
await room.leave();
driver.close();
