import { connectHubControl } from 'colyseus-transport-steam/sim';

const [user = '76561198000000002', friend = '76561198000000001'] = process.argv.slice(2);
const steam = await connectHubControl();
const [lobby] = await steam.lobbies.ids();
if (lobby === undefined) throw new Error('there is no lobby: start the host');
const args = await steam.lobbies.requestJoin(BigInt(user), lobby, BigInt(friend));
steam.close();
console.log(args === undefined ? 'the game was told' : `Steam starts the game with ${args.join(' ')}`);
