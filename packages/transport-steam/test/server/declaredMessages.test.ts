import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, getMessageBytes, Protocol, Room } from '@colyseus/core';
import { t } from '@colyseus/schema';
import { ColyseusSDK, type Room as SdkRoom } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SteamSDK, steamErrorCode } from '../../src/client.ts';
import { Endpoint, SteamTransport, useMessages } from '../../src/index.ts';
import { contractOf } from '../../src/messages/contract.ts';
import { registeredMessages } from '../../src/messages/extension.ts';
import { type Messages as AnyMessages, defineMessages, MessageError, message, withMessages } from '../../src/messages.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import type { Arena } from '../compliance/transport/harness.ts';
import { World } from '../compliance/transport/World.ts';
import { once, rejection, until } from '../compliance/transport/waiting.ts';
import { type Messages, messages } from '../helpers/gameMessages.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { type SteamArena, steamArena } from '../helpers/steamArena.ts';

jest.setTimeout(30_000);

type Player = Client<{ messages: Messages }>;

class Arcade extends Room<{ client: Player }> {
  static latest: Arcade;
  override maxMessagesPerSecond = Number.POSITIVE_INFINITY;
  readonly heard: unknown[] = [];

  override messages = {
    shoot: (_client: Player, shot: Messages['shoot']) => {
      this.heard.push(shot);
      return shot.power * 2;
    },
    move: (client: Player, at: Messages['move']) => client.send('move', { x: at.y, y: at.x }),
    chat: (client: Player, said: Messages['chat']) => this.broadcast('chat', said, { except: client }),
    ping: (client: Player) => client.send('ping'),
    table: (_client: Player, table: Messages['table']) => this.broadcast('table', table),
    plain: (client: Player, anything: unknown) => (client as Client).send('plain', anything),
  };

  override onCreate(): void {
    Arcade.latest = this;
  }

  override async onDrop(client: Player): Promise<void> {
    await this.allowReconnection(client, 20);
  }

  override onJoin(client: Player): void {
    client.send('chat', { text: 'welcome' });
  }
}

interface Game {
  readonly name: string;
  arena(): Arena;
  /** Joins, and speaks the messages. */
  join(player: ColyseusSDK): Promise<SdkRoom<Arcade>>;
}

const games: Game[] = [
  {
    name: 'Steam',
    arena: () => steamArena({}, { messages }),
    join: (player) => player.joinOrCreate<Arcade>('arcade'),
  },
  {
    name: 'a Steam with 80 ms, 20 ms jitter and 5 % loss',
    arena: () => steamArena({ latencyMs: 40, jitterMs: 20, loss: 0.05 }, { messages }),
    join: (player) => player.joinOrCreate<Arcade>('arcade'),
  },
  {
    name: '@colyseus/ws-transport',
    arena: webSocketArena,
    join: async (player) => withMessages(await player.joinOrCreate<Arcade>('arcade'), messages),
  },
];

function webSocketArena(): Arena {
  const server = createServer();
  const takeBack = useMessages(messages);
  return {
    transport: new WebSocketTransport({ server }),
    port: 0,
    player: (options) => new ColyseusSDK(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options),
    cut: () => {},
    close: async () => {
      takeBack();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(games)('declared messages over $name', ({ arena, join }) => {
  let world: World;
  beforeEach(async () => {
    muteConsole();
    world = await World.open(arena);
    world.define('arcade', Arcade);
  });
  afterEach(async () => {
    await world.close();
    jest.restoreAllMocks();
  });

  test('go both ways through what Colyseus has, typed by their one declaration', async () => {
    const [ann, bob] = [await join(world.player()), await join(world.player())];
    const heard: Messages['chat'][] = [];
    bob.onMessage('chat', (said) => heard.push(said));
    ann.onMessage('chat', () => {});
    const ponged = once((cb) => ann.onMessage('ping', cb));
    const tables = [ann, bob].map((room) => once((cb) => room.onMessage('table', cb)));
    const rows = [
      { name: 'Ann', score: 7 },
      { name: 'žluťoučký', score: 65_535 },
    ];
    ann.send('chat', { text: 'hello', to: 'Bob' });
    ann.send('ping');
    ann.send('table', { rows });
    ann.send('shoot', { angle: 0.5, power: 255, charged: true });
    await ponged;
    expect(await Promise.all(tables)).toEqual([[{ rows }], [{ rows }]]);
    await until(() => heard.some(({ text }) => text === 'hello'), 'the broadcast');
    expect(heard.at(-1)).toEqual({ text: 'hello', to: 'Bob' });
    expect(Arcade.latest.heard).toEqual([{ angle: 0.5, power: 255, charged: true }]);

    // @ts-expect-error: there is no such message
    expect(() => ann.send('shout', {})).not.toThrow();
    // @ts-expect-error: power is a number
    expect(() => ann.send('shoot', { angle: 0, power: 'much', charged: false })).toThrow(MessageError);
  });

  test('also before the player has joined, as requests, and beside those that are not declared', async () => {
    const room = await join(world.player());
    const plain = once((cb) => (room as SdkRoom).onMessage('plain', cb));
    const welcomed = once((cb) => room.onMessage('chat', cb));
    (room as SdkRoom).send('plain', { any: ['thing'] });
    expect(await plain).toEqual([{ any: ['thing'] }]);
    expect(await welcomed).toEqual([{ text: 'welcome' }]);
    expect(await room.request('shoot', { angle: 1, power: 21, charged: false })).toBe(42);
  });

  test('unreliable ones arrive sooner or later', async () => {
    const room = await join(world.player());
    const seen: Messages['move'][] = [];
    room.onMessage('move', (at) => seen.push(at));
    room.onMessage('chat', () => {});
    for (let x = 1; seen.length === 0; x++) {
      room.send('move', { x, y: 0.5 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen[0]).toEqual({ x: 0.5, y: expect.any(Number) });
  });

  test('what does not fit throws at the sender, and nothing is sent', async () => {
    const room = await join(world.player());
    room.onMessage('chat', () => {});
    expect(() => room.send('shoot', { angle: 1, power: 256, charged: false })).toThrow(
      expect.objectContaining({
        name: 'MessageError',
        type: 'shoot',
        field: 'power',
        message: expect.stringMatching(/power.*256/),
      }),
    );
    const client = Arcade.latest.clients[0] as Player;
    expect(() => client.send('chat', { text: 7 as never })).toThrow(MessageError);
    expect(() => Arcade.latest.broadcast('chat', undefined as never)).toThrow(MessageError);
    expect(await room.request('shoot', { angle: 1, power: 1, charged: false })).toBe(2);
    await expect(room.request('shoot', { angle: 1, power: -1, charged: false })).rejects.toBeInstanceOf(MessageError);
  });
});

describe('declared messages over Steam', () => {
  let arena: SteamArena;
  let world: World;
  beforeEach(async () => {
    muteConsole();
    arena = steamArena({}, { messages });
    world = await World.open(() => arena);
    world.define('arcade', Arcade);
  });
  afterEach(async () => {
    await world.close();
    jest.restoreAllMocks();
  });

  const statsOf = (player: SteamSDK) => player.endpoint.stats()[0];

  test('travel as declared, in a few bytes, and are counted by type', async () => {
    const player = arena.player();
    const room = await player.joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    const answered = once((cb) => room.onMessage('move', cb));
    room.send('move', { x: 1, y: 2 });
    room.send('shoot', { angle: 0.5, power: 255, charged: true });
    await answered;
    const { types } = statsOf(player) as NonNullable<ReturnType<typeof statsOf>>;
    // Two of a frame's header, one for the message, eight for two floats; five and one for the flag.
    expect(types.move?.sent).toMatchObject({ messages: 1, bytes: 11 });
    expect(types.shoot?.sent).toMatchObject({ messages: 1, bytes: 9 });
    expect(types.move?.received).toMatchObject({ messages: 1, bytes: 11 });
    const [atHost] = (arena.transport as SteamTransport).endpoint.stats();
    expect(atHost?.types.move?.received).toMatchObject({ messages: 1, bytes: 11 });
    expect(atHost?.channels.state.sent.messages).toBeGreaterThan(0);
  });

  test('the latest of each, where a field tells them apart', async () => {
    const room = await arena.player().joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    const seen: Messages['at'][] = [];
    room.onMessage('at', (at) => seen.push(at));
    await room.request('shoot', { angle: 1, power: 1, charged: false });
    for (const x of [1, 2]) for (const id of [7, 8, 9]) Arcade.latest.broadcast('at', { id, x });
    await until(() => seen.length > 0, 'the places');
    await room.request('shoot', { angle: 1, power: 1, charged: false });
    expect(seen).toEqual([7, 8, 9].map((id) => ({ id, x: 2 })));
    const [atHost] = (arena.transport as SteamTransport).endpoint.stats();
    expect(atHost?.types.at).toMatchObject({ replaced: 3, sent: { messages: 3 } });
  });

  test('travel as declared also where others need frames of Colyseus', async () => {
    const player = arena.player();
    const room = await player.joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    const firstByte = () => getMessageBytes.raw(Protocol.ROOM_DATA, 'table', { rows: [] })[0];
    expect(firstByte()).toBe(0x20 + (messages.get('table')?.id as number));
    const takeBack = useMessages(messages);
    expect(firstByte()).toBe(Protocol.ROOM_DATA);
    const heard = once((cb) => room.onMessage('table', cb));
    Arcade.latest.broadcast('table', { rows: [{ name: 'Ann', score: 1 }] });
    expect(await heard).toEqual([{ rows: [{ name: 'Ann', score: 1 }] }]);
    // Two of a frame's header, one for the message, seven of payload.
    expect(statsOf(player)?.types.table?.received).toMatchObject({ messages: 1, bytes: 10 });
    takeBack();
    expect(firstByte()).toBe(0x20 + (messages.get('table')?.id as number));
  });

  test('are encoded once for all', async () => {
    const rooms = await Promise.all([1, 2, 3].map(() => arena.player().joinOrCreate<Arcade>('arcade')));
    const heard = rooms.map((room) => once((cb) => room.onMessage('table', cb)));
    for (const room of rooms) room.onMessage('chat', () => {});
    const encode = jest.spyOn(messages.get('table') as never, 'encode');
    Arcade.latest.broadcast('table', { rows: [] });
    await Promise.all(heard);
    expect(encode).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['of no message that we know', [0x3e, 1]],
    ['too short', [0x20 + (messages.get('shoot')?.id as number), 1]],
    ['too long', [0x20 + (messages.get('ping')?.id as number), 1]],
  ])('a peer sends one that is %s: his connection ends, and it is counted', async (_what, bytes) => {
    const player = arena.player();
    const bystander = await arena.player().joinOrCreate<Arcade>('arcade');
    bystander.onMessage('chat', () => {});
    const room = await player.joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    room.reconnection.enabled = false;
    const left = once<[number, string?]>((cb) => room.onLeave(cb));
    room.connection.send(Uint8Array.from(bytes) as never);
    expect((await left)[0]).toBe(1007);
    const stats = (arena.transport as SteamTransport).endpoint.stats();
    expect(stats.find(({ peer }) => peer === arena.driverOf(player).steamId)?.rejected).toBe(1);
    expect(await bystander.request('shoot', { angle: 1, power: 1, charged: false })).toBe(2);
  });

  test('a frame of ours that nothing was handed over for ends the connection, too', async () => {
    const room = await arena.player().joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    room.reconnection.enabled = false;
    const left = once<[number, string?]>((cb) => room.onLeave(cb));
    room.connection.send(Uint8Array.of(13, 0xa5, ...Buffer.from('plain'), 0xd4, 0x54, 0) as never);
    expect((await left)[0]).toBe(4002);
  });

  test.each([
    ['msgpack as it comes', [13, 0xa5, ...Buffer.from('shoot'), 0x81, 0xa1, 0x78, 1]],
    ["another message's payload", [13, 0xa5, ...Buffer.from('shoot'), 0xd4, 0x53, messages.get('ping')?.id as number]],
    ['a payload for one that has none', [13, 0xa4, ...Buffer.from('ping'), 0x05]],
    ['a request with msgpack', [21, 1, 0xa5, ...Buffer.from('shoot'), 0x05]],
  ])('%s under the name of a declared message ends the connection, and no handler sees it', async (_what, bytes) => {
    const room = await arena.player().joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    room.reconnection.enabled = false;
    const left = once<[number, string?]>((cb) => room.onLeave(cb));
    room.connection.send(Uint8Array.from(bytes) as never);
    expect((await left)[0]).toBe(1007);
    expect(Arcade.latest.heard).toEqual([]);
  });

  test('what is said while the link is away arrives when it is back', async () => {
    const player = arena.player();
    const room = await player.joinOrCreate<Arcade>('arcade');
    room.reconnection.minUptime = 0;
    room.onMessage('chat', () => {});
    await room.request('shoot', { angle: 1, power: 1, charged: false });
    const [dropped, back] = [once((cb) => room.onDrop(cb)), once((cb) => room.onReconnect(cb))];
    arena.cut(room as SdkRoom, Arcade.latest.clients[0] as Client);
    await dropped;
    const moves: unknown[] = [];
    room.onMessage('move', (at) => moves.push(at));
    room.send('move', { x: 1, y: 1 }); // unreliable: stale by then
    room.send('shoot', { angle: 2, power: 2, charged: true });
    await back;
    await until(() => Arcade.latest.heard.length === 2, 'the message');
    expect(Arcade.latest.heard[1]).toEqual({ angle: 2, power: 2, charged: true });
    await room.request('shoot', { angle: 3, power: 3, charged: true });
    expect(moves).toEqual([]);
    await room.leave();
  });

  test('a player without messages is told so', async () => {
    const driver = arena.steam.user();
    const player = new SteamSDK(`steam://${arena.host.steamId}`, { driver });
    const error = await rejection(player.joinOrCreate('arcade'));
    expect(steamErrorCode(error)).toBe('schema-mismatch');
    expect(error.message).toMatch(/messages/);
    player.close();
    expect(Endpoint.of(driver).stats()).toEqual([]);
  });

  test('a player with others is told which differ', async () => {
    // His endpoint alone: the messages of this process are the game's.
    const endpoint = Endpoint.of(arena.steam.user(), { contract: contractOf(otherMessages()) });
    endpoint.acquire();
    const request = { method: 'POST', path: '/matchmake/joinOrCreate/arcade', headers: [], body: new Uint8Array() };
    const error = await rejection(endpoint.request(arena.host.steamId, request));
    expect(error).toMatchObject({ code: 'schema-mismatch', message: expect.stringMatching(/move.*y/s) });
    endpoint.release();
  });

  test('what a host sends that does not fit ends the connection of the player, not his process', async () => {
    const player = arena.player();
    for (const frame of [
      [0x20 + (messages.get('chat')?.id as number), 0xff, 0xff],
      [13, 0xa4, ...Buffer.from('chat'), 0x81, 0xa4, ...Buffer.from('text'), 7],
      [13, 0xa4, ...Buffer.from('chat'), 0xd5, 0x53, messages.get('chat')?.id as number, 7],
      [17, 0xa4, ...Buffer.from('chat'), 1, 2],
    ]) {
      const room = await player.joinOrCreate<Arcade>('arcade');
      const said: unknown[] = [];
      room.onMessage('chat', (chat) => said.push(chat));
      room.reconnection.enabled = false;
      await until(() => said.length === 1, 'the welcome');
      const left = once<[number, string?]>((cb) => room.onLeave(cb));
      (Arcade.latest.clients.get(room.sessionId) as Client).raw(Uint8Array.from(frame));
      expect((await left)[0]).toBe(1007);
      expect(said).toHaveLength(1);
    }
    expect(player.endpoint.stats()[0]?.rejected).toBe(4);
  });

  test("are the process' own as long as somebody speaks them", async () => {
    const player = arena.player();
    const room = await player.joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    player.close();
    expect(registeredMessages()).toBe(messages);
    // The client can be used again.
    const again = await player.joinOrCreate<Arcade>('arcade');
    again.onMessage('chat', () => {});
    expect(await again.request('shoot', { angle: 1, power: 4, charged: false })).toBe(8);
    await world.server.gracefullyShutdown(false);
    player.close();
    expect(registeredMessages()).toBeUndefined();
  });

  test('a handler that sends, joins or throws while it is handed a message disturbs no other', async () => {
    const room = await arena.player().joinOrCreate<Arcade>('arcade');
    room.onMessage('chat', () => {});
    const heard: unknown[] = [];
    room.onMessage('move', (at) => {
      heard.push(at);
      room.send('shoot', { angle: 9, power: 9, charged: true });
    });
    for (let i = 0; i < 3 || heard.length === 0; i++) {
      room.send('move', { x: i, y: 0 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => Arcade.latest.heard.length === heard.length, 'the shots');
    expect(Arcade.latest.heard.at(-1)).toEqual({ angle: 9, power: 9, charged: true });
  });

  test('host and player of one process give the same', () => {
    const driver = arena.host;
    expect(() => new SteamSDK(`steam://${driver.steamId}`, { driver })).toThrow(
      /option messages is given for this driver already/,
    );
  });
});

describe('bad input', () => {
  test.each([
    ['voice', /message voice is unreliable on channel voice, which is no unreliable one; those are state/],
    ['control', /message control is reliable on channel control, which is no reliable one; those are messages, bulk/],
  ])('a message on channel %s, which is not for it: said at the start, and may be put right', (channel, words) => {
    const steam = new SimulatedSteam();
    const driver = steam.user();
    const delivery = channel === 'voice' ? ('unreliable' as const) : ('reliable' as const);
    const declared = defineMessages({ [channel]: message(undefined, { delivery, channel }) });
    expect(() => new SteamTransport({ driver, messages: declared })).toThrow(words);
    expect(() => new SteamSDK('steam://76561197960265729', { driver, messages: declared })).toThrow(words);
    const channels = { voice: { sendType: 'unreliable' as const } };
    if (channel === 'voice') expect(() => new SteamTransport({ driver, messages: declared, channels })).not.toThrow();
    steam.close();
  });

  test('two sets over one driver', () => {
    const steam = new SimulatedSteam();
    const driver = steam.user();
    new SteamTransport({ driver, messages });
    expect(() => new SteamTransport({ driver, messages: otherMessages() })).toThrow(
      /option messages is .* for this driver already/,
    );
    steam.close();
  });

  test('what defineMessages did not return', () => {
    const driver = new SimulatedSteam().user();
    expect(() => new SteamTransport({ driver, messages: {} as never })).toThrow(
      /option messages must be what defineMessages\(\) returned/,
    );
  });
});

function otherMessages(): AnyMessages {
  return defineMessages({
    ...messages.definitions,
    move: message({ x: t.float32(), y: t.uint8() }, { delivery: 'unreliable', latest: true }),
  });
}
