import { t } from '@colyseus/schema';
import { Client, steamErrorCode } from 'colyseus-transport-steam/client';
import { defineMessages, message } from 'colyseus-transport-steam/messages';
import { connectToHub } from 'colyseus-transport-steam/sim';
import { messages } from './messages.ts';

// The game as it was before `power` became a uint8.
const older = defineMessages({ ...messages.definitions, shoot: message({ angle: t.float32(), power: t.uint16() }) });

const driver = await connectToHub();
const client = new Client('steam://76561198000000001', { driver, messages: older });
try {
  await client.joinOrCreate('arena');
} catch (error) {
  console.log(`${steamErrorCode(error)}: ${(error as Error).message}`);
}
driver.close();
