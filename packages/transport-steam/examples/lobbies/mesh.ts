import { t } from '@colyseus/schema';
import { Lobbies, LobbyMesh, LobbyType } from 'colyseus-transport-steam/lobby';
import { defineMessages, message } from 'colyseus-transport-steam/messages';
import { connectToHub } from 'colyseus-transport-steam/sim';

const messages = defineMessages({
  handshake: message({ name: t.string() }),
  move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
});

const driver = await connectToHub();
const lobbies = Lobbies.for({ driver, messages });
const [found] = await lobbies.list({ mode: 'my-studio.my-mesh' });
const lobby = found === undefined ? await lobbies.create(LobbyType.Public, 8) : await lobbies.join(found.id);
if (lobby.isOwner) lobby.setData({ mode: 'my-studio.my-mesh' });

const mesh = new LobbyMesh(lobby, {
  messages,
  onPeer: (member) => mesh.send(member, 'handshake', { name: driver.personaName }),
  onPeerLost: (member, reason) => console.log(`${member} is not there any more: ${reason}`),
});
mesh.onMessage('handshake', ({ name }, from) => console.log(`${from} is ${name}`));
mesh.onMessage('turn', (turn) => console.log('turn', turn)); // what is not declared may be any object

console.log(`in lobby ${lobby.id}`);
setInterval(() => {
  mesh.broadcast('move', { x: 1, y: 2 }); // to all members but ourselves
  mesh.broadcast('turn', { cards: [3, 7] });
}, 1_000);
