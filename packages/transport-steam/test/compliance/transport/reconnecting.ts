import { type Client, CloseCode, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import type { ColyseusSDK, Room as SdkRoom } from '@colyseus/sdk';
import { describe, expect, test } from '@jest/globals';
import type { World } from './World.ts';
import { once, pause, rejection, until } from './waiting.ts';

const Tally = schema({ back: t.uint32().default(0) }, 'Tally');

class ResumableRoom extends Room<{ state: InstanceType<typeof Tally> }> {
  static latest: ResumableRoom;
  override state = new Tally();
  readonly dropped: (number | undefined)[] = [];

  override onCreate(): void {
    ResumableRoom.latest = this;
    this.onMessage('echo', (client: Client, message: unknown) => client.send('echo', message));
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.dropped.push(code);
    await this.allowReconnection(client, 20);
  }

  override onReconnect(): void {
    this.state.back++;
  }
}

export function reconnecting(world: () => World): void {
  describe('reconnecting', () => {
    const enter = async (player: ColyseusSDK = world().player()): Promise<SdkRoom> => {
      world().define('resumable', ResumableRoom);
      const room = await player.joinOrCreate('resumable');
      await until(() => room.state?.back === 0, 'the first state');
      room.reconnection.minUptime = 0;
      return room;
    };
    const serverSide = () => ResumableRoom.latest.clients[0] as Client;

    test('by itself, when the link is lost', async () => {
      const room = await enter();
      const { sessionId } = room;
      const dropped = once((cb) => room.onDrop(cb));
      const back = once((cb) => room.onReconnect(cb));
      world().cut(room, serverSide());
      await dropped;
      room.send('echo', 'said while away');
      const echoed = once((cb) => room.onMessage('echo', cb));
      await back;
      expect(room.sessionId).toBe(sessionId);
      await until(() => room.state.back === 1, 'the state after');
      expect(await echoed).toEqual(['said while away']);
      await until(() => ResumableRoom.latest.clients.length === 1, 'one client');
      await room.leave();
    });

    test('several times in a row', async () => {
      const room = await enter();
      for (let times = 1; times <= 3; times++) {
        const back = once((cb) => room.onReconnect.once(cb));
        world().cut(room, serverSide());
        await back;
        await until(() => room.state.back === times, `back ${times} times`);
      }
      await room.leave();
    });

    test('with a token', async () => {
      const player = world().player();
      const room = await enter(player);
      room.reconnection.enabled = false;
      const { reconnectionToken, sessionId } = room;
      const end = once<[number]>((cb) => room.onLeave(cb));
      world().cut(room, serverSide());
      await end;
      await until(() => ResumableRoom.latest.dropped.length === 1, 'onDrop');
      const again = await player.reconnect(reconnectionToken);
      expect(again.sessionId).toBe(sessionId);
      await until(() => again.state?.back === 1, 'the state');
      expect(again.reconnectionToken).not.toBe(reconnectionToken);
      await again.leave();
    });

    test('at once when the player goes offline for a moment (4010)', async () => {
      const room = await enter();
      const back = once((cb) => room.onReconnect(cb));
      let dropped = false;
      room.onDrop(() => {
        dropped = true;
      });
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      expect(dropped).toBe(true);
      await back;
      const echoed = once((cb) => room.onMessage('echo', cb));
      room.send('echo', 'on the new link');
      expect(await echoed).toEqual(['on the new link']);
      await room.leave();
    });

    test('ends with 4003 when the host no longer wants him', async () => {
      class Unforgiving extends ResumableRoom {
        override async onDrop(): Promise<void> {}
      }
      world().define('unforgiving', Unforgiving);
      const keeper = await world().player().create('unforgiving');
      const room = await world().player().joinById(keeper.roomId);
      room.reconnection.minUptime = 0;
      room.reconnection.maxRetries = 2;
      const end = once<[number]>((cb) => room.onLeave(cb));
      const client = ResumableRoom.latest.clients.get(room.sessionId) as Client;
      world().cut(room, client);
      expect((await end)[0]).toBe(CloseCode.FAILED_TO_RECONNECT);
    });

    test('is refused after leaving with consent', async () => {
      const player = world().player();
      const room = await enter(player);
      const keeper = await world().player().join('resumable');
      const { reconnectionToken } = room;
      await room.leave();
      await pause(20);
      const error = await rejection(player.reconnect(reconnectionToken));
      expect(error.code).toBe(524);
      await keeper.leave();
    });
  });
}
