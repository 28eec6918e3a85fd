// A user in a process of its own, for the tests of the hub: node hubUser.ts <HubUserOptions as JSON> <what to do>
//   echo      accepts everybody and sends each packet back, until it is killed or the parent hangs up
//   shout ID  sends one packet to ID, waits for one back, sends another and exits in the same turn
// Prints one line, JSON, when it is logged in: its SteamID and the pid of the hub.
import { SendType } from '../../src/driver/SteamDriver.ts';
import { connectHubControl, connectToHub } from '../../src/sim.ts';

const [options, mode, target] = process.argv.slice(2) as [string, string, string];
const { steamId: givenId, ...address } = JSON.parse(options);
const driver = await connectToHub({ ...address, ...(givenId === undefined ? {} : { steamId: BigInt(givenId) }) });

driver.start({
  onSessionRequest: (peer) => driver.acceptSession(peer),
  onSessionFailed: () => {},
  onPacket: (peer, packet) => {
    if (mode === 'echo') {
      driver.send(peer, packet, SendType.Reliable, 0);
    } else {
      driver.send(peer, Uint8Array.of(2), SendType.Reliable, 0);
      process.exit(0);
    }
  },
  onSteamLost: () => {},
  onSteamRestored: () => {},
});
if (mode === 'shout') driver.send(BigInt(target), Uint8Array.of(1), SendType.Reliable, 0);
setInterval(() => driver.poll(256), 2);
process.stdin.on('end', () => process.exit(0)).resume();

const control = await connectHubControl(address);
const { pid } = await control.status();
control.close();
console.log(JSON.stringify({ steamId: String(driver.steamId), hub: pid }));
