import { expect, test } from '@jest/globals';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { SteamworksDriver } from '../../src/steamworks.ts';
import { simulatedSteamworks } from '../helpers/simulatedSteamworks.ts';

test("what a game is given is a plain array, not the binding's Buffer, whose slice() would not copy", () => {
  const given: Uint8Array[] = [];
  const steam = new SimulatedSteam();
  const now = () => steam.now;
  const driver = new SteamworksDriver(simulatedSteamworks(steam.user()));
  const host = Endpoint.of(driver, { poll: 'manual', onForeignPacket: (_, packet) => void given.push(packet) }, { now });
  const user = steam.user();
  const player = Endpoint.of(user, { poll: 'manual' }, { now });
  host.acquire();
  player.acquire();
  host.serve({
    onSessionRequest: () => true,
    onConnection: () => ({ onMessage: (bytes) => void given.push(bytes), onClose: () => {} }),
    onRequest: () => Promise.reject(new Error('nobody asks')),
  });
  const connection = player.connect(host.steamId, '/', { onMessage: () => {}, onClose: () => {} });
  connection.send(Uint8Array.of(1, 2, 3));
  user.send(host.steamId, Uint8Array.of(4, 5), SendType.Reliable, 0);
  for (let turn = 0; turn < 50; turn++) {
    host.poll();
    player.poll();
    steam.advance(5);
  }
  connection.send(Uint8Array.of(6));
  connection.send(Uint8Array.of(7));
  for (let turn = 0; turn < 50; turn++) {
    host.poll();
    player.poll();
    steam.advance(5);
  }
  expect(given.map((bytes) => [...bytes]).sort()).toEqual([[1, 2, 3], [4, 5], [6], [7]]);
  expect(given.map((bytes) => bytes.constructor)).toEqual(given.map(() => Uint8Array));
});
