import { type Client, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import type { Room as SdkRoom } from '@colyseus/sdk';
import { describe, expect, test } from '@jest/globals';
import type { Differences } from './harness.ts';
import type { World } from './World.ts';
import { once, rejection, until } from './waiting.ts';

const Counter = schema({ count: t.uint32().default(0) }, 'Counter');

class EchoRoom extends Room<{ state: InstanceType<typeof Counter> }> {
  override state = new Counter();
  override maxMessagesPerSecond = Number.POSITIVE_INFINITY;

  override onCreate(): void {
    this.onMessage('echo', (client: Client, message: unknown) => client.send('echo', message));
    this.onMessage(7, (client: Client, message: unknown) => client.send(7, message));
    this.onMessageBytes('bytes', (client: Client, bytes: Uint8Array) => client.sendBytes('bytes', bytes));
    this.onMessage('others', (client: Client, message: unknown) => this.broadcast('heard', message, { except: client }));
    this.onMessage('double', (_client: Client, n: number) => n * 2);
    this.onMessage('refuse', () => {
      throw new Error('will not');
    });
    this.onMessage('count', (client: Client) => {
      this.state.count++;
      client.send('counted', this.state.count, { afterNextPatch: true });
    });
    this.onMessage('flood', (client: Client, amount: number) => {
      for (let i = 0; i < amount; i++) client.send('drop', i);
    });
  }
}

export function messages(world: () => World, differences: Differences): void {
  describe('messages', () => {
    test('go both ways, by name and by number', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      const named = once((cb) => room.onMessage('echo', cb));
      const numbered = once((cb) => room.onMessage(7, cb));
      const sent = { text: 'žluťoučký', list: [1, 2.5, null, true], big: 2 ** 40 };
      room.send('echo', sent);
      room.send(7, 'seven');
      expect(await named).toEqual([sent]);
      expect(await numbered).toEqual(['seven']);
    });

    test('go without a payload', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      const echoed = once((cb) => room.onMessage('echo', cb));
      room.send('echo');
      expect(await echoed).toEqual([undefined]);
    });

    test('bytes arrive as they were, also when they fill many packets', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      for (const size of [0, 1, 1_199, 1_200, 1_201, 60_000, 300_000]) {
        const sent = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
        const echoed = once<[Uint8Array]>((cb) => {
          const stop = room.onMessage('bytes', (bytes: Uint8Array) => {
            stop();
            cb(bytes);
          });
        });
        room.sendBytes('bytes', sent);
        const [bytes] = await echoed;
        expect(Buffer.compare(bytes, sent)).toBe(0);
      }
    });

    test('a request gets its answer, and its error', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      expect(await room.request('double', 21)).toBe(42);
      expect((await rejection(room.request('refuse'))).message).toContain('will not');
    });

    test('a broadcast leaves out whom it shall', async () => {
      world().define('echo', EchoRoom);
      const [a, b, c] = [
        await world().player().joinOrCreate('echo'),
        await world().player().joinOrCreate('echo'),
        await world().player().joinOrCreate('echo'),
      ];
      const heardByA: unknown[] = [];
      a.onMessage('heard', (message) => heardByA.push(message));
      const heard = Promise.all([once((cb) => b.onMessage('heard', cb)), once((cb) => c.onMessage('heard', cb))]);
      const echoed = once((cb) => a.onMessage('echo', cb));
      a.send('others', 'psst');
      a.send('echo', 'end');
      expect(await heard).toEqual([['psst'], ['psst']]);
      await echoed;
      expect(heardByA).toEqual([]);
    });

    test('afterNextPatch comes after the patch', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      await until(() => room.state?.count === 0, 'the first state');
      const seen = once<[number]>((cb) =>
        room.onMessage('counted', (count: number) => cb(room.state.count === count ? count : -1)),
      );
      room.send('count');
      expect(await seen).toEqual([1]);
    });

    test('a thousand messages keep their order, both ways', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      const echoed: number[] = [];
      const dropped: number[] = [];
      room.onMessage('echo', (n: number) => echoed.push(n));
      room.onMessage('drop', (n: number) => dropped.push(n));
      const order = Array.from({ length: 1_000 }, (_, i) => i);
      for (const i of order) room.send('echo', i);
      await until(() => echoed.length === order.length, 'a thousand echoes');
      expect(echoed).toEqual(order);
      room.send('flood', order.length);
      await until(() => dropped.length === order.length, 'a thousand drops');
      expect(dropped).toEqual(order);
    });

    test('a ping measures the round trip', async () => {
      world().define('echo', EchoRoom);
      const room = await world().player().joinOrCreate('echo');
      const [ms] = await once<[number]>((cb) => room.ping(cb));
      expect(ms).toBeGreaterThanOrEqual(differences.roundTripMs * 0.7);
      expect(ms).toBeLessThan(differences.roundTripMs * 4 + 500);
    });

    test('getLatency measures without a room', async () => {
      const ms = await world().player().getLatency({ pingCount: 2, timeout: 10_000 });
      expect(ms).toBeGreaterThanOrEqual(differences.roundTripMs * 0.7);
      expect(ms).toBeLessThan(differences.roundTripMs * 4 + 500);
    });

    test('simulated latency delays, keeps the order, and ends', async () => {
      world().define('echo', EchoRoom);
      const roundTrip = async (room: SdkRoom) => (await once<[number]>((cb) => room.ping(cb)))[0];
      try {
        world().server.simulateLatency(300);
        // core delays what comes in for those who join afterwards only: it binds its handler at the join.
        const room = await world().player().joinOrCreate('echo');
        expect(await roundTrip(room)).toBeGreaterThanOrEqual(differences.roundTripMs * 0.7 + 280);
        const echoed: number[] = [];
        room.onMessage('echo', (n: number) => echoed.push(n));
        for (let i = 0; i < 50; i++) room.send('echo', i);
        await until(() => echoed.length === 50, 'the echoes');
        expect(echoed).toEqual(Array.from({ length: 50 }, (_, i) => i));
      } finally {
        world().server.simulateLatency(0);
      }
      const later = await world().player().joinOrCreate('echo');
      expect(await roundTrip(later)).toBeLessThan(differences.roundTripMs * 4 + 250);
    });
  });
}
