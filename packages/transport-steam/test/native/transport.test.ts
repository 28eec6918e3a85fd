import { type Client, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { expect, jest, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import { testTransport } from '../compliance/testTransport.ts';
import { World } from '../compliance/transport/World.ts';
import { once, until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { describeNative } from './double.ts';
import { remoteAddonSuite } from './remoteAddonSuite.ts';
import { remoteArena } from './remoteArena.ts';

jest.setTimeout(60_000);

const MESSAGES = 50;

const Tally = schema({ moves: t.uint32().default(0) }, 'Tally');

class PlayedRoom extends Room<{ state: InstanceType<typeof Tally> }> {
  static latest: PlayedRoom;
  override state = new Tally();
  override messages = {
    move: (client: Client, number: number) => {
      this.state.moves++;
      client.send('moved', number);
    },
  };
  override onCreate(): void {
    PlayedRoom.latest = this;
  }
  override async onDrop(client: Client): Promise<void> {
    await this.allowReconnection(client, 20);
  }
}

describeNative('The transport over steamworks.js', () => {
  const suite = remoteAddonSuite({ hub: { name: `native-transport-${process.pid}` }, atOnce: 5 });

  testTransport('SteamTransport, steamworks.js on the test double', () => remoteArena(suite()), {
    roundTripMs: 0,
    unreliableLane: true,
    losesUnreliable: false,
    steamIdentity: true,
  });

  // Not the whole suite once more, which takes a minute: that is for the simulated driver (steamPoor.transport.test.ts).
  test('on a poor network a player joins, plays, and reconnects, and his round trip is that of the network', async () => {
    muteConsole();
    await suite().control.setConditions({ latencyMs: 40, jitterMs: 20, loss: 0.05 });
    const world = await World.open(() => remoteArena(suite()));
    try {
      world.define('played', PlayedRoom);
      const player = world.player() as SteamSDK;
      const room = await player.joinOrCreate<PlayedRoom>('played');
      const numbers = Array.from({ length: MESSAGES }, (_, i) => i);
      const heard: number[] = [];
      room.onMessage('moved', (number: number) => heard.push(number));
      for (const number of numbers) room.send('move', number);
      await until(() => heard.length >= MESSAGES && room.state?.moves === MESSAGES, 'all that he played');
      expect(heard).toEqual(numbers);

      room.reconnection.minUptime = 0;
      const back = once((cb) => room.onReconnect(cb));
      world.cut(room, PlayedRoom.latest.clients[0] as Client);
      await back;
      room.send('move', MESSAGES);
      await until(() => room.state.moves === MESSAGES + 1, 'what he played after');

      // Each way takes 20 ms at least, and 60 ms when nothing is lost; the rest is patience with the machine.
      await until(() => player.endpoint.stats()[0]!.rttMs >= 0, 'the first round trip of the new session');
      const { rttMs, jitterMs } = player.endpoint.stats()[0]!;
      expect(rttMs).toBeGreaterThanOrEqual(40);
      expect(rttMs).toBeLessThan(500);
      expect(jitterMs).toBeGreaterThan(0);
      await room.leave();
    } finally {
      await world.close();
      await suite().control.setConditions({});
      jest.restoreAllMocks();
    }
  });
});
