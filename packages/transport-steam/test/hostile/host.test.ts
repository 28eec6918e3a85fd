import { Encoder, Reflection, schema, t } from '@colyseus/schema';
import type { ColyseusSDK, Room } from '@colyseus/sdk';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { once, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { concat } from '../wire/support.ts';
import { messageFrame } from './frames.ts';
import { corpusOf } from './fuzz/Corpus.ts';
import { HostileHost, joinFrame } from './HostileHost.ts';

// A host may be anybody's friend of a friend. What he sends must not end the player's process, nor keep it busy for ever.

leaveNoTimers();

const State = schema({ n: t.uint8().default(7), name: t.string() }, 'State');

let steam: SimulatedSteam;
let host: HostileHost;
let player: ColyseusSDK;
/** What came out of the SDK and the library, and would have ended the process. */
let uncaught: unknown[];

beforeEach(() => {
  muteConsole();
  uncaught = [];
  jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
    try {
      task();
    } catch (error) {
      uncaught.push(error);
    }
  });
  steam = new SimulatedSteam({ clock: 'real' });
  host = new HostileHost(steam.user());
  player = new SteamSDK(`steam://${host.driver.steamId}`, { driver: steam.user() });
});

afterEach(() => {
  (player as SteamSDK).close();
  host.close();
  steam.close();
  jest.restoreAllMocks();
});

/** A room, joined: `none` has no state, `schema` has one. */
async function join(serializer: 'none' | 'schema' = 'none'): Promise<{ room: Room; left: Promise<unknown[]> }> {
  const handshake = new Uint8Array(Reflection.encode(new Encoder(new State())));
  host.greeting = [serializer === 'none' ? joinFrame() : joinFrame({ serializer, handshake })];
  const room = await player.joinOrCreate('room');
  room.reconnection.enabled = false;
  room.onMessage('echo', () => undefined);
  return { room, left: once<unknown[]>((cb) => room.onLeave((...args) => cb(...args))) };
}

const unreadable: readonly (readonly [string, Uint8Array])[] = [
  ['a message that is cut off', concat(messageFrame('echo'), [0x92, 1])],
  ['an array of 4 billion', concat(messageFrame('echo'), [0xdd, 0xff, 0xff, 0xff, 0xff])],
  ['arrays, 100 000 deep', concat(messageFrame('echo'), new Uint8Array(100_000).fill(0x91))],
  ['a payload that was not handed over', concat(messageFrame('echo'), [0xd4, 0x54, 0])],
  ['a message without a type', Uint8Array.of(13, 0xc1)],
  ['an answer to no request that cannot be read', Uint8Array.of(22, 1, 0, 0xc1, 0xc1)],
  ['a handshake that leads back', corpusOf('handshake').find(({ name }) => name === 'a part that leads back')!.bytes],
];

test.each(unreadable)('%s: the room ends with 1007, and nothing else does', async (_what, frame) => {
  const { left } = await join();
  host.send(frame);
  const [code, reason] = await left;
  expect(code).toBe(1007);
  expect(reason).toMatch(/^the host sent what cannot be read/);
  expect(uncaught).toEqual([]);
  await until(() => host.ends.length > 0, 'the host hears of it');
  expect(host.ends).toEqual([{ code: 1007, reason }]);
});

test.each([
  ['a state that says more fields than there are', Uint8Array.of(15, 0x85, 1)],
  ['a patch for a structure that is not there', Uint8Array.of(15, 0xff, 0x63, 0x80, 1)],
  ['a patch that is cut off', Uint8Array.of(15, 0x81, 0xd9, 200)],
  ['a code of nobody', Uint8Array.of(31, 1, 2)],
  ['nothing', new Uint8Array()],
])('%s: what the SDK makes of it is no matter of life and death', async (_what, frame) => {
  const { room } = await join('schema');
  host.send(frame, messageFrame('after'));
  await once<unknown[]>((cb) => room.onMessage('after', cb as never));
  expect(uncaught).toEqual([]);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
  'a message of type %s is one that nobody listens to',
  async (type) => {
    const { room } = await join();
    const all = once<unknown[]>((cb) => room.onMessage('*', cb as never));
    host.send(messageFrame(type, 7));
    expect(await all).toEqual([type, 7]);
    room.removeAllListeners();
    const after = once<unknown[]>((cb) => room.onMessage('after', cb as never));
    host.send(messageFrame(type, 7), messageFrame('after'));
    await after;
    expect(uncaught).toEqual([]);
  },
);

test.each([
  ['a handshake of rubbish', joinFrame({ serializer: 'schema', handshake: new Uint8Array(50).fill(0x80) })],
  ['a handshake that leads back', corpusOf('handshake').find(({ name }) => name === 'a part that leads back')!.bytes],
  ['a serializer that nobody has', joinFrame({ serializer: 'nobody' })],
  ['a full state', Uint8Array.of(14, 0x80, 1)],
])('%s as the first thing: the join is refused with what is wrong', async (_what, frame) => {
  host.greeting = [frame];
  expect(await rejection(player.joinOrCreate('room'))).toMatchObject({
    code: 1007,
    message: expect.stringContaining('the host sent what cannot be read'),
  });
  expect(uncaught).toEqual([]);
});

test('a state of no kind: the game hears of the end all the same', async () => {
  host.greeting = [joinFrame({ serializer: 'schema' })];
  const room = await player.joinOrCreate('room');
  const left = once<unknown[]>((cb) => room.onLeave((...args) => cb(...args)));
  host.links.at(-1)?.close(4000, 'enough');
  expect(await left).toEqual([4000, 'enough']);
  expect(uncaught).toEqual([]);
});

test("what the game's own handlers throw is the game's to see, and the room goes on", async () => {
  const { room } = await join();
  const mistake = new Error('a mistake of the game');
  room.onMessage('bad', () => {
    throw mistake;
  });
  const after = once<unknown[]>((cb) => room.onMessage('after', cb as never));
  host.send(messageFrame('bad'), messageFrame('after'));
  await after;
  expect(uncaught).toEqual([mistake]);
  expect(room.connection.isOpen).toBe(true);
});
