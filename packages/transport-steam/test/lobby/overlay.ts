// The overlay of a user, for the tests of LOBBIES.md: node overlay.ts <user> <friend>
//   He accepts the invite of a friend to the only lobby that there is. Prints the arguments that Steam starts his game with, when it does not run.
import { connectHubControl } from '../../src/sim.ts';

const [user, friend] = process.argv.slice(2) as [string, string];
const control = await connectHubControl();
const [lobby] = await control.lobbies.ids();
const args = await control.lobbies.requestJoin(BigInt(user), lobby as bigint, BigInt(friend));
control.close();
console.log((args ?? []).join(' '));
