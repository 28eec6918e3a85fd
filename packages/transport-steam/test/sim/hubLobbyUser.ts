// A user in a process of its own, for the tests of the hub's lobbies: node hubLobbyUser.ts <HubUserOptions as JSON> <what to do>
//   stay   makes a public lobby, prints { steamId, lobby } as JSON, and stays until it is killed
//   close  prints { steamId }, makes a lobby once the parent sends something, closes the driver while that is under way, prints what
//          became of it, and has nothing left to do
import { LobbyType } from '../../src/driver/LobbyDriver.ts';
import { connectToHub } from '../../src/sim.ts';

const [options, mode] = process.argv.slice(2) as [string, string];
const driver = await connectToHub(JSON.parse(options));
const print = (line: object) => console.log(JSON.stringify(line));
const steamId = String(driver.steamId);

if (mode === 'stay') {
  const lobby = await driver.lobbies.create(LobbyType.Public, 4);
  lobby.setData({ map: 'dust' });
  // Not before that has left, at the end of the turn: the parent may kill us at once.
  setImmediate(() => print({ steamId, lobby: String(lobby.id) }));
} else {
  print({ steamId });
  process.stdin.once('data', () => {
    process.stdin.destroy();
    driver.lobbies.create(LobbyType.Public, 4).then(
      () => print({ became: 'a lobby' }),
      (error: Error) => print({ became: `${error.name}: ${error.message}` }),
    );
    setTimeout(() => driver.close(), 50);
  });
}
