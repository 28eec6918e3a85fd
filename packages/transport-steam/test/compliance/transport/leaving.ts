import { type Client, CloseCode, Room } from '@colyseus/core';
import type { Room as SdkRoom } from '@colyseus/sdk';
import { describe, expect, test } from '@jest/globals';
import type { World } from './World.ts';
import { once, until } from './waiting.ts';

const left: (number | undefined)[] = [];

class ParlourRoom extends Room {
  override onCreate(): void {
    this.onMessage('kick', (client: Client, code?: number) => {
      client.send('last words');
      client.leave(code);
    });
    this.onMessage('complain', (client: Client) => client.error(4_242, 'mind your step'));
    this.onMessage('close', (_client: Client, code?: number) => {
      this.disconnect(code);
    });
  }

  override onLeave(_client: Client, code?: number): void {
    left.push(code);
  }
}

export function leaving(world: () => World): void {
  describe('leaving', () => {
    const enter = async (): Promise<SdkRoom> => {
      left.length = 0;
      world().define('parlour', ParlourRoom);
      return await world().player().joinOrCreate('parlour');
    };

    test('with consent: 4000 on both ends', async () => {
      const room = await enter();
      expect(await room.leave()).toBe(CloseCode.CONSENTED);
      await until(() => left.length === 1, 'onLeave');
      expect(left).toEqual([CloseCode.CONSENTED]);
    });

    test('without consent: 1005 on both ends', async () => {
      const room = await enter();
      room.reconnection.enabled = false;
      expect(await room.leave(false)).toBe(CloseCode.NO_STATUS_RECEIVED);
      await until(() => left.length === 1, 'onLeave');
      expect(left).toEqual([CloseCode.NO_STATUS_RECEIVED]);
    });

    test.each([[4_007], [CloseCode.NORMAL_CLOSURE], [CloseCode.WITH_ERROR]])(
      'client.leave(%i) reaches the player, after what was sent before',
      async (code) => {
        const room = await enter();
        const heard: string[] = [];
        room.onMessage('last words', () => heard.push('words'));
        const end = once<[number]>((cb) => room.onLeave(cb));
        room.send('kick', code);
        expect((await end)[0]).toBe(code);
        expect(heard).toEqual(['words']);
        await until(() => left.length === 1, 'onLeave');
      },
    );

    test('client.error reaches onError, and the player stays', async () => {
      const room = await enter();
      const error = once((cb) => room.onError(cb));
      room.send('complain');
      expect(await error).toEqual([4_242, 'mind your step']);
      expect(room.connection.isOpen).toBe(true);
    });

    test('room.disconnect() sends everyone away', async () => {
      const rooms = [await enter(), await world().player().joinOrCreate('parlour')];
      const ends = Promise.all(rooms.map((room) => once<[number]>((cb) => room.onLeave(cb))));
      rooms[0]?.send('close');
      expect((await ends).map(([code]) => code)).toEqual([CloseCode.CONSENTED, CloseCode.CONSENTED]);
    });

    test('a graceful shutdown tells everyone 4001', async () => {
      const rooms = [await enter(), await world().player().joinOrCreate('parlour'), await world().player().create('parlour')];
      const ends = Promise.all(rooms.map((room) => once<[number]>((cb) => room.onLeave(cb))));
      await world().server.gracefullyShutdown(false);
      expect((await ends).map(([code]) => code)).toEqual(rooms.map(() => CloseCode.SERVER_SHUTDOWN));
    });
  });
}
