import { Client } from 'colyseus-transport-steam/client';
import { serveInspector } from 'colyseus-transport-steam/inspect';
import { connectHubControl, connectToHub } from 'colyseus-transport-steam/sim';

const host = 'steam://76561198000000001';
const network = await connectHubControl();
const ann = new Client(host, { driver: await connectToHub({ personaName: 'Ann' }) });
const ben = new Client(host, { driver: await connectToHub({ personaName: 'Ben' }) });

for (const client of [ann, ben]) {
  const room = await client.joinOrCreate('chat');
  room.onMessage('said', () => undefined);
  setInterval(() => room.send('say', 'hello'), 500);
}

const { url } = await serveInspector({
  title: 'Chat',
  sources: { ann: () => ann.inspect(), ben: () => ben.inspect() },
  network,
  conditions: { latencyMs: 40, jitterMs: 5, loss: 0.01 },
  actions: [
    { name: 'unplug', source: 'ann', run: () => network.unplug(ann.endpoint.steamId) },
    { name: 'plug in', source: 'ann', run: () => network.plug(ann.endpoint.steamId) },
    { name: "kill the host's Steam", run: () => network.loseSteam(ann.host) },
  ],
});
console.log(`to be seen at ${url}#ben; Ctrl-C ends it`);
