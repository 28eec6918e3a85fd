import { LobbyClient } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const driver = await connectToHub();
const lobbies = new LobbyClient({
  driver,
  game: 'my-studio.my-game', // the same as the host's
  status: ({ roomName }) => `In the ${roomName}`, // what friends read
});

const found = await lobbies.findLobbies({ filter: { room: 'arena', hasRoom: true } });
for (const { hostName, players, maxPlayers } of found) console.log(`${hostName}: ${players} of ${maxPlayers} players`);

const [lobby] = found;
if (lobby !== undefined) {
  const { room, leave } = await lobbies.joinLobby(lobby);
  console.log(`in room ${room.name}`);
  await leave(); // the room and the lobby
}
driver.close(); // logs out of Steam: until then this process stays
