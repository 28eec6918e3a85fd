import { type Client, Room } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { BridgeClient } from '../../src/bridge.ts';
import { Endpoint } from '../../src/index.ts';
import { World } from '../compliance/transport/World.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { type ArenaOptions, type BridgeArena, bridgeArena, busyPorts, type Page, webSocketPorts } from './bridgeArena.ts';
import type { MemoryPort } from './memoryPorts.ts';

const WINDOW = 16_384;
const MAX_WAITING = 262_144;
const MESSAGE = 8_192;

class Freight extends Room {
  static latest: Freight;
  readonly arrived: number[] = [];
  readonly left: (number | undefined)[] = [];

  override onCreate(): void {
    Freight.latest = this;
    this.onMessage('here', (client: Client) => client.send('here'));
    this.onMessageBytes('load', (_client: Client, bytes: Uint8Array) => void this.arrived.push(numberOf(bytes)));
  }

  override onLeave(_client: Client, code?: number): void {
    this.left.push(code);
  }
}

let arena: BridgeArena;
let world: World;

beforeEach(muteConsole);
afterEach(async () => {
  await world.close();
  jest.restoreAllMocks();
});

async function open(portsOf: typeof busyPorts | typeof webSocketPorts, options: ArenaOptions = {}): Promise<void> {
  arena = await bridgeArena(portsOf, options);
  world = await World.open(() => arena);
  world.define('freight', Freight);
}

/** A page in a room that it has joined for good. */
async function enter(
  owner: Parameters<BridgeArena['page']>[0] = {},
): Promise<Page & { room: Awaited<ReturnType<BridgeClient['join']>> }> {
  const page = await arena.page({
    ...owner,
    client: { windowBytes: WINDOW, maxBufferedBytes: MAX_WAITING },
    owner: { windowBytes: WINDOW, maxBufferedBytes: MAX_WAITING, ...owner.owner },
  });
  const room = await page.client.joinOrCreate('freight');
  room.reconnection.enabled = false;
  const here = once((cb) => room.onMessage('here', cb));
  room.send('here');
  await here;
  return { ...page, room };
}

const load = (number: number) => {
  const bytes = new Uint8Array(MESSAGE);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};
const numberOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a page that is busy', () => {
  beforeEach(() => open(busyPorts));

  test('has a window on its way, and the rest waits at its owner until it is back', async () => {
    const { room, bridge, ports } = await enter();
    const heard: number[] = [];
    room.onMessage('load', (bytes: Uint8Array) => void heard.push(numberOf(bytes)));
    const port = ports.page as MemoryPort;
    port.isBusy = true;
    for (const number of upTo(20)) Freight.latest.clients[0]?.sendBytes('load', load(number));
    await until(() => bridge.bufferedAmount > 15 * MESSAGE, 'it waits');
    // One frame may go over the window.
    expect(bridge.bufferedAmount).toBeGreaterThanOrEqual(20 * MESSAGE - WINDOW - MESSAGE);
    expect(bridge.bufferedAmount).toBeLessThanOrEqual(MAX_WAITING);
    port.isBusy = false;
    await until(() => heard.length === 20, 'all of it');
    expect(heard).toEqual(upTo(20));
    expect(bridge.bufferedAmount).toBe(0);
    await room.leave();
  });

  test('for too long is closed as slow, at both ends, and what else it has goes on', async () => {
    const { client, room, bridge, ports } = await enter();
    const host = Freight.latest;
    const other = await client.create('freight');
    const ended = once<[number, string?]>((cb) => room.onLeave(cb));
    const port = ports.page as MemoryPort;
    port.isBusy = true;
    for (const number of upTo(64)) host.clients[0]?.sendBytes('load', load(number));
    await until(() => host.left.length > 0, 'the host heard');
    expect(host.left).toEqual([1013]);
    expect(bridge.bufferedAmount).toBeLessThanOrEqual(MAX_WAITING);
    port.isBusy = false;
    expect(await ended).toEqual([1013, expect.stringContaining('wait for the page')]);
    expect(client.ended).toBeUndefined();
    const here = once((cb) => other.onMessage('here', cb));
    other.send('here');
    await here;
    await other.leave();
  });

  test('hears of what is unreliable the newest, when it is back', async () => {
    const { room, bridge, ports } = await enter();
    const client = Freight.latest.clients[0] as Client;
    const port = ports.page as MemoryPort;
    const before = port.frames.length;
    port.isBusy = true;
    for (const number of upTo(40)) {
      // As an unreliable patch: what its bytes are is nothing to the bridge.
      client.rawUnreliable?.(Uint8Array.of(0x4f, number, 0, number, ...new Uint8Array(900)));
      if (number % 4 === 3) await pause(5);
    }
    await pause(50);
    expect(bridge.bufferedAmount).toBeLessThanOrEqual(WINDOW);
    port.isBusy = false;
    await pause(50);
    const numbers = port.frames.slice(before).flatMap((frame) => (frame.length > 900 ? [frame.at(-901) as number] : []));
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers.length).toBeLessThan(40);
    expect(numbers.slice(-10)).toEqual(upTo(40).slice(-10));
    await room.leave();
  });
});

describe('an owner who is busy', () => {
  beforeEach(() => open(busyPorts));

  test('has a window on its way, and the rest waits at the page until he is back', async () => {
    const { client, room, ports } = await enter();
    const port = ports.owner as MemoryPort;
    port.isBusy = true;
    for (const number of upTo(20)) room.sendBytes('load', load(number));
    expect(client.bufferedAmount).toBeGreaterThanOrEqual(20 * MESSAGE - WINDOW - MESSAGE);
    port.isBusy = false;
    await until(() => Freight.latest.arrived.length === 20, 'all of it');
    expect(Freight.latest.arrived).toEqual(upTo(20));
    expect(client.bufferedAmount).toBe(0);
    await room.leave();
  });

  test('a close waits behind what was sent before it', async () => {
    const { room, ports } = await enter();
    const port = ports.owner as MemoryPort;
    port.isBusy = true;
    for (const number of upTo(20)) room.sendBytes('load', load(number));
    const left = room.leave();
    port.isBusy = false;
    expect(await left).toBe(4000);
    expect(Freight.latest.arrived).toEqual(upTo(20));
  });

  test('for too long closes the connection as slow, at both ends', async () => {
    const { client, room, ports } = await enter();
    const ended = once<[number, string?]>((cb) => room.onLeave(cb));
    const port = ports.owner as MemoryPort;
    port.isBusy = true;
    for (const number of upTo(64)) room.sendBytes('load', load(number));
    expect(await ended).toEqual([1013, expect.stringContaining('wait for the owner')]);
    expect(client.bufferedAmount).toBe(0);
    port.isBusy = false;
    await until(() => Freight.latest.left.length > 0, 'the host heard');
    expect(Freight.latest.left).toEqual([1013]);
  });
});

test('what Steam does not take waits in the page, and does not fill the queue of its owner', async () => {
  // A line of 4 Mbit/s, and little room before it.
  await open(webSocketPorts, { conditions: { bandwidthBitsPerSecond: 4_000_000 }, steam: { queueLimitBytes: 32_768 } });
  // Over this he would be closed as a slow peer.
  const maxQueueBytes = 131_072;
  const { client, driver, room } = await enter({ owner: { maxQueueBytes, maxMessageBytes: 65_536 } });
  let [most, waited] = [0, 0];
  for (const number of upTo(128)) {
    room.sendBytes('load', load(number));
    while (client.bufferedAmount > MAX_WAITING / 2) {
      waited = Math.max(waited, client.bufferedAmount);
      await pause(5);
    }
    most = Math.max(most, Endpoint.of(driver).stats()[0]?.queuedBytes ?? 0);
  }
  await until(() => Freight.latest.arrived.length === 128, 'all of it');
  expect(Freight.latest.arrived).toEqual(upTo(128));
  expect(waited).toBeGreaterThan(MAX_WAITING / 2);
  // A window that Steam has not taken, and one that was on its way meanwhile.
  expect(most).toBeLessThan(3 * WINDOW);
  await room.leave();
}, 30_000);
