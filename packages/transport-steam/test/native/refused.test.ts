import { type Client, Room } from '@colyseus/core';
import { expect, jest, test } from '@jest/globals';
import { type Endpoint, type SteamTransport, steamIdOf } from '../../src/index.ts';
import { World } from '../compliance/transport/World.ts';
import { until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { describeNative } from './double.ts';
import { remoteAddonSuite } from './remoteAddonSuite.ts';
import { remoteArena } from './remoteArena.ts';

jest.setTimeout(60_000);

const BURST = 200;
const REFUSALS = 30;

class BurstRoom extends Room {
  static latest: BurstRoom;
  override maxMessagesPerSecond = Number.POSITIVE_INFINITY;
  readonly heard: number[] = [];
  override messages = { number: (_client: Client, number: number) => void this.heard.push(number) };

  override onCreate(): void {
    BurstRoom.latest = this;
  }
}

// steamworks.js says false for it and nothing more. Elsewhere only the simulation refuses, and it does so when its own queue is full.
describeNative('When Steam takes no more packets', () => {
  const suite = remoteAddonSuite({ hub: { name: `native-refused-${process.pid}` }, atOnce: 2 });

  test('a burst waits, and all of it arrives in order, both ways', async () => {
    muteConsole();
    const arena = await remoteArena(suite());
    const world = await World.open(() => arena);
    try {
      world.define('burst', BurstRoom);
      const player = world.player() as ReturnType<World['player']> & { readonly endpoint: Endpoint };
      const room = await player.joinOrCreate('burst');
      const client = BurstRoom.latest.clients.getById(room.sessionId) as Client;
      const heard: number[] = [];
      room.onMessage('number', (number: number) => heard.push(number));
      const numbers = Array.from({ length: BURST }, (_, i) => i);
      const retries = (endpoint: Endpoint) => endpoint.stats().reduce((sum, peer) => sum + peer.retries, 0);
      const host = (arena.transport as SteamTransport).endpoint;

      await suite().refuseSends(steamIdOf(client) as bigint, REFUSALS);
      for (const number of numbers) room.send('number', number);
      await until(() => BurstRoom.latest.heard.length >= BURST, 'the burst of the player');
      expect(BurstRoom.latest.heard).toEqual(numbers);
      expect(retries(player.endpoint)).toBeGreaterThan(0);

      await suite().refuseSends(host.steamId, REFUSALS);
      for (const number of numbers) client.send('number', number);
      await until(() => heard.length >= BURST, 'the burst of the host');
      expect(heard).toEqual(numbers);
      expect(retries(host)).toBeGreaterThan(0);
      await room.leave();
    } finally {
      await world.close();
      jest.restoreAllMocks();
    }
  });
});
