import { type Client, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import type { Room as SdkRoom } from '@colyseus/sdk';
import { expect, jest, test } from '@jest/globals';
import { type SteamTransport, steamIdOf } from '../../src/index.ts';
import { World } from '../compliance/transport/World.ts';
import { once, until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { describeNative } from './double.ts';
import { remoteAddonSuite } from './remoteAddonSuite.ts';
import { remoteArena } from './remoteArena.ts';

jest.setTimeout(60_000);

const State = schema({ moves: t.uint32().default(0) }, 'State');

class LongRoom extends Room<{ state: InstanceType<typeof State> }> {
  static latest: LongRoom;
  override state = new State();
  override messages = { move: () => void this.state.moves++ };
  override onCreate(): void {
    LongRoom.latest = this;
  }
  override async onDrop(client: Client): Promise<void> {
    await this.allowReconnection(client, 30);
  }
}

// Nobody tells: steamworks.js has no safe way to, and sends are refused until Steam is back.
describeNative('When the Steam client dies', () => {
  const suite = remoteAddonSuite({ hub: { name: `native-steam-${process.pid}` }, atOnce: 3 });

  test.each(['of a player', 'of the host'])('%s, he is back in the room when Steam is, and nothing was lost', async (whose) => {
    muteConsole();
    const { control } = suite();
    const arena = await remoteArena(suite());
    const world = await World.open(() => arena);
    try {
      world.define('long', LongRoom);
      const host = (arena.transport as SteamTransport).endpoint.steamId;
      const players = [world.player(), world.player()];
      const rooms = await Promise.all(players.map((player) => player.joinOrCreate<LongRoom>('long')));
      // There is none before the first patch, as its class was not given: until then, core has no seat to keep.
      await until(() => rooms.every((room) => room.state?.moves === 0), 'the first state');
      for (const room of rooms) room.reconnection.minUptime = 0;
      const ofPlayer = whose === 'of a player';
      const victim = ofPlayer
        ? (steamIdOf(LongRoom.latest.clients.getById((rooms[0] as SdkRoom).sessionId) as Client) as bigint)
        : host;
      const cutOff = ofPlayer ? rooms.slice(0, 1) : rooms;

      const dropped = cutOff.map((room) => once((cb) => room.onDrop(cb)));
      const back = cutOff.map((room) => once((cb) => room.onReconnect(cb)));
      await control.loseSteam(victim);
      await Promise.all(dropped);
      for (const room of rooms) room.send('move');
      await control.restoreSteam(victim);
      await Promise.all(back);
      await until(() => rooms.every((room) => room.state.moves === 2), 'both moves, everywhere');
      expect(rooms.map((room) => room.state.moves)).toEqual([2, 2]);
      await Promise.all(rooms.map((room) => room.leave()));
    } finally {
      await world.close();
      jest.restoreAllMocks();
    }
  });
});
