import { type Client as Player, Room, Server } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { type EndpointOptions, SteamTransport } from 'colyseus-transport-steam';
import { Client } from 'colyseus-transport-steam/client';
import { bytes, defineMessages, type MessagesOf, message } from 'colyseus-transport-steam/messages';
import { connectToHub } from 'colyseus-transport-steam/sim';

const Item = schema({ name: t.string(), count: t.uint8() }, 'Item');
const messages = defineMessages({
  inventory: message({ items: t.array(Item) }, { delivery: 'buffered' }),
  voice: message({ frame: bytes(400) }, { delivery: 'unreliableNoDelay', channel: 'voice' }),
});
type Messages = MessagesOf<typeof messages>;

// the same on both sides
const options: EndpointOptions = {
  channels: { voice: { steamChannel: 1, sendType: 'unreliableNoDelay' } },
  compression: { algorithm: 'deflate', thresholdBytes: 512 },
};

class Camp extends Room<{ client: Player<{ messages: Messages }> }> {
  override messages = {
    voice: (player: Player<{ messages: Messages }>, voice: Messages['voice']) => {
      this.broadcast('voice', voice, { except: player });
      const items = Array.from({ length: 200 }, (_, i) => ({ name: `iron sword ${i}`, count: 1 }));
      player.send('inventory', { items });
    },
  };
}

const host = await connectToHub();
const transport = new SteamTransport({ driver: host, messages, ...options });
const server = new Server({ transport });
server.define('camp', Camp);
await server.listen(0);

const driver = await connectToHub();
const client = new Client(`steam://${host.steamId}`, { driver, messages, ...options });
const room = await client.joinOrCreate<Camp>('camp');
room.onMessage('inventory', async ({ items }) => {
  const { channels, compressedFrom, compressedTo } = transport.endpoint.stats()[0]!;
  console.log(`${items.length} items; ${channels.voice?.received.messages} frame of voice`);
  console.log(`compressed: ${compressedTo} bytes in the place of ${compressedFrom}`);
  await room.leave();
  await server.gracefullyShutdown(false);
  for (const user of [driver, host]) user.close();
});
room.send('voice', { frame: new Uint8Array(160) });
