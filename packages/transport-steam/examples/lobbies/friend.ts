import { LobbyClient } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const driver = await connectToHub();
const lobbies = new LobbyClient({ driver, game: 'my-studio.my-game' });
const { room, leave } = await lobbies.joinFriend(76561198000000001n);
console.log(`in room ${room.name}`);
await leave();
driver.close();
