import { type Client, logger, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { expect, jest, test } from '@jest/globals';
import { once, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(60_000);

const MiB = 1_048_576;
const Item = schema({ text: t.string() }, 'Item');
const Shelf = schema({ items: t.array(Item) }, 'Shelf');

class ShelfRoom extends Room<{ state: InstanceType<typeof Shelf> }> {
  static callbacks: unknown[] = [];
  override state = new Shelf();

  override onCreate({ bytes = 0 }: { bytes?: number }): void {
    for (let i = 0; i < bytes; i += 1_000) this.state.items.push(new Item({ text: String(i).padEnd(1_000, '.') }));
    this.onMessageBytes('echo', (client: Client, bytes: Uint8Array) => client.sendBytes('echo', bytes));
    this.onMessage('too much', (client: Client) => {
      client.raw(new Uint8Array(70_000), undefined, (error) => ShelfRoom.callbacks.push(error));
    });
  }
}

const raised = { maxMessageBytes: 16 * MiB, maxQueueBytes: 64 * MiB };

test('a full state of 5 MB arrives with raised limits', async () => {
  await withSteamWorld({ options: raised }, async (world) => {
    world.define('shelf', ShelfRoom);
    const room = await world.player().joinOrCreate('shelf', { bytes: 5_000_000 }, Shelf);
    await until(() => room.state.items?.length === 5_000, 'all items', 30_000);
    expect(room.state.items.at(-1)?.text.trimEnd()).toBe('4999000'.padEnd(1_000, '.'));
  });
});

test('a message of 10 MB arrives with raised limits, both ways', async () => {
  await withSteamWorld({ options: raised }, async (world) => {
    world.define('shelf', ShelfRoom);
    const room = await world.player().joinOrCreate('shelf');
    const sent = new Uint8Array(10_000_000).map((_, i) => i * 7);
    const echoed = once<[Uint8Array]>((cb) => room.onMessage('echo', cb));
    room.sendBytes('echo', sent);
    expect(Buffer.compare((await echoed)[0], sent)).toBe(0);
  });
});

test('a message over the limit: the player who sends it is told size and limit, and stays', async () => {
  await withSteamWorld({ options: { maxMessageBytes: 65_536 } }, async (world) => {
    world.define('shelf', ShelfRoom);
    const room = await world.player().joinOrCreate('shelf');
    expect(() => room.sendBytes('echo', new Uint8Array(70_000))).toThrow(RangeError);
    expect(() => room.sendBytes('echo', new Uint8Array(70_000))).toThrow(
      /7\d{4} bytes .*limit of 65536 bytes: raise maxMessageBytes/,
    );
    const echoed = once<[Uint8Array]>((cb) => room.onMessage('echo', cb));
    room.sendBytes('echo', new Uint8Array(60_000));
    expect((await echoed)[0]).toHaveLength(60_000);
  });
});

test('a message over the limit: the host is told, and the player it was for is sent away with 1009', async () => {
  await withSteamWorld({ options: { maxMessageBytes: 65_536 } }, async (world) => {
    world.define('shelf', ShelfRoom);
    const room = await world.player().joinOrCreate('shelf');
    const bystander = await world.player().joinOrCreate('shelf');
    ShelfRoom.callbacks = [];
    const logged = jest.spyOn(logger, 'error');
    const end = once<[number, string]>((cb) => room.onLeave(cb as never));
    room.send('too much');
    const [code, reason] = await end;
    expect(code).toBe(1009);
    expect(reason).toMatch(/70000 bytes .*limit of 65536 bytes/);
    expect(ShelfRoom.callbacks).toEqual([expect.any(RangeError)]);
    expect(logged.mock.calls.flat().join('\n')).toContain('70000 bytes');
    expect(bystander.connection.isOpen).toBe(true);
  });
});
