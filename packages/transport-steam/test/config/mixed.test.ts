import type { AuthContext, Client } from '@colyseus/core';
import { Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import type { ClientOptions, ColyseusSDK, Room as SdkRoom } from '@colyseus/sdk';
import { afterEach, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Client as ConfiguredClient } from '../../src/config/client.ts';
import { steamIdOf } from '../../src/index.ts';
import { registeredMessages } from '../../src/messages/extension.ts';
import { World } from '../compliance/transport/World.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { type Messages, messages } from '../helpers/gameMessages.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { type CombinedArena, type CombinedOptions, combinedArena } from './combinedArena.ts';

// Players over Steam and over WebSocket in one room: what each has from the other, and what he must not have.

jest.setTimeout(30_000);
leaveNoTimers();

const Player = schema({ name: t.string(), x: t.float32().unreliable() }, 'Player');
const Field = schema({ players: t.map(Player), back: t.uint8().default(0) }, 'Field');

class FieldRoom extends Room<{ state: InstanceType<typeof Field>; client: Client<{ messages: Messages }> }> {
  static latest: FieldRoom;
  static readonly contexts: AuthContext[] = [];
  override state = new Field();
  override patchRate = 20;
  readonly heard: string[] = [];

  override messages = {
    walk: (client: Client, x: number) => {
      const player = this.state.players.get(client.sessionId);
      if (player !== undefined) player.x = x;
    },
    shoot: (client: Client, shot: Messages['shoot']) => {
      this.heard.push(`${client.sessionId} ${shot.power}`);
      this.broadcast('shoot', shot);
    },
    move: (_client: Client, to: Messages['move']) => this.broadcast('move', to),
    note: (_client: Client, note: unknown) => (this as Room).broadcast('note', note),
  };

  static override async onAuth(_token: string, _options: unknown, context: AuthContext): Promise<boolean> {
    FieldRoom.contexts.push(context);
    return true;
  }

  override onCreate(): void {
    FieldRoom.latest = this;
  }

  override onJoin(client: Client, { name = '' }: { name?: string } = {}): void {
    const player = new Player();
    player.name = name;
    player.x = 1;
    this.state.players.set(client.sessionId, player);
    client.send('chat', { text: `welcome ${name}` });
  }

  override async onDrop(client: Client): Promise<void> {
    await this.allowReconnection(client, 20);
  }

  override onReconnect(): void {
    this.state.back++;
  }
}

/** As {@link FieldRoom}, but whom it asks on the link itself. */
class GuardedRoom extends FieldRoom {
  static override async onAuth(): Promise<boolean> {
    return true;
  }

  override onAuth(_client: Client, _options: unknown, context: AuthContext): boolean {
    FieldRoom.contexts.push(context);
    return true;
  }
}

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
  FieldRoom.contexts.length = 0;
  await until(() => registeredMessages() === undefined, 'nobody who uses declared messages');
  jest.restoreAllMocks();
});

async function open(options: CombinedOptions = {}): Promise<CombinedArena> {
  muteConsole();
  const arena = combinedArena(options);
  world = await World.open(() => arena);
  world.define('field', FieldRoom);
  world.define('guarded', GuardedRoom);
  return arena;
}

interface Pair {
  readonly steam: SdkRoom<FieldRoom>;
  readonly web: SdkRoom<FieldRoom>;
}

async function joinBoth(arena: CombinedArena): Promise<Pair> {
  const steam = await arena.player({ by: 'steam' }).joinOrCreate<FieldRoom>('field', { name: 'Ann' });
  const web = await arena.player({ by: 'websocket' }).joinOrCreate<FieldRoom>('field', { name: 'Bob' });
  expect(web.roomId).toBe(steam.roomId);
  for (const room of [steam, web]) {
    room.reconnection.minUptime = 0;
    await until(() => room.state?.players?.size === 2, 'both players');
  }
  return { steam, web };
}

/** Everything of a type that each of the two gets. */
function collect<T>({ steam, web }: Pair, type: string): { steam: T[]; web: T[] } {
  const collected: { steam: T[]; web: T[] } = { steam: [], web: [] };
  // As rooms without types: they have no name for a type that is a variable.
  (steam as SdkRoom).onMessage(type, (message: T) => collected.steam.push(message));
  (web as SdkRoom).onMessage(type, (message: T) => collected.web.push(message));
  return collected;
}

const clientOf = (room: SdkRoom): Client => FieldRoom.latest.clients.get(room.sessionId) as Client;

test('they see each other, and hear what the other says', async () => {
  const pair = await joinBoth(await open());
  const notes = collect<unknown>(pair, 'note');
  for (const room of [pair.steam, pair.web]) {
    expect([...room.state.players.values()].map(({ name }) => name).sort()).toEqual(['Ann', 'Bob']);
  }
  pair.steam.send('note', { from: 'Ann' });
  await until(() => notes.web.length === 1, 'the note of Ann');
  pair.web.send('note', { from: 'Bob' });
  const both = [{ from: 'Ann' }, { from: 'Bob' }];
  await until(() => notes.steam.length === 2 && notes.web.length === 2, 'the note of Bob');
  expect(notes).toEqual({ steam: both, web: both });
});

test('@unreliable fields reach Steam players; WebSocket players keep the value of the join, as on every WebSocket server', async () => {
  const pair = await joinBoth(await open());
  const xOf = (room: SdkRoom<FieldRoom>) => [pair.steam, pair.web].map(({ sessionId }) => room.state.players.get(sessionId)?.x);
  let x = 1;
  await until(() => {
    x++;
    pair.steam.send('walk', x);
    pair.web.send('walk', x);
    return xOf(pair.steam).every((seen) => (seen ?? 0) > 1);
  }, 'an update of both');
  await pause(60);
  expect(xOf(pair.web)).toEqual([1, 1]);
});

test('declared messages are those of both, each in his way', async () => {
  const arena = await open({ messages });
  const pair = await joinBoth(arena);
  const shots = collect<Messages['shoot']>(pair, 'shoot');
  const moves = collect<Messages['move']>(pair, 'move');
  pair.steam.send('shoot', { angle: 0.5, power: 1, charged: false });
  await until(() => shots.web.length === 1 && shots.steam.length === 1, 'the first shot');
  pair.web.send('shoot', { angle: 0.5, power: 2, charged: true });
  await until(() => shots.web.length === 2 && shots.steam.length === 2, 'the second shot');
  const expected = [
    { angle: 0.5, power: 1, charged: false },
    { angle: 0.5, power: 2, charged: true },
  ];
  expect(shots).toEqual({ steam: expected, web: expected });
  expect(FieldRoom.latest.heard).toEqual([`${pair.steam.sessionId} 1`, `${pair.web.sessionId} 2`]);

  pair.web.send('move', { x: 3, y: 4 });
  await until(() => moves.web.length === 1 && moves.steam.length === 1, 'the move');
  expect(moves).toEqual({ steam: [{ x: 3, y: 4 }], web: [{ x: 3, y: 4 }] });
  // 4 + 1 + 1 bit, and one byte that says which message it is; with the name and the keys it would be more than 30.
  const [player] = arena.transport.endpoint.stats();
  expect(player?.types.shoot?.sent).toMatchObject({ messages: 2 });
  expect((player?.types.shoot?.sent.bytes ?? 0) / 2).toBeLessThanOrEqual(10);
  expect(() => pair.web.send('shoot', { angle: 0.5, power: 300, charged: false })).toThrow('power must be an integer of uint8');
});

// What a host sends in onJoin can be read in the turn of the join: the messages must be known by then.
test('a declared message of onJoin reaches both', async () => {
  const arena = await open({ messages });
  for (const by of ['steam', 'websocket'] as const) {
    const room = await arena.player({ by }).joinOrCreate<FieldRoom>('field', { name: by });
    expect(await once((hear) => room.onMessage('chat', hear))).toEqual([{ text: `welcome ${by}` }]);
  }
});

test.each([
  ['Steam', 'steam', 'web'],
  ['WebSocket', 'web', 'steam'],
] as const)('a player who loses his link over %s comes back, and the other stays', async (_name, loser, other) => {
  const arena = await open();
  const pair = await joinBoth(arena);
  let othersDrops = 0;
  pair[other].onDrop(() => othersDrops++);
  const back = once((hear) => pair[loser].onReconnect(hear));
  arena.cut(pair[loser], clientOf(pair[loser]));
  await back;
  await until(() => pair[loser].state.back === 1 && pair[other].state.back === 1, 'the state after it');
  const notes = collect<string>(pair, 'note');
  pair[loser].send('note', 'on the new link');
  await until(() => notes.steam.length === 1 && notes.web.length === 1, 'his note');
  expect(othersDrops).toBe(0);
  expect(FieldRoom.latest.clients).toHaveLength(2);
});

test('each has the latency of his own link, and the one that is simulated for all', async () => {
  const conditions = { latencyMs: 40 };
  const arena = await open({ conditions });
  const pair = await joinBoth(arena);
  const roundTrip = async (room: SdkRoom) => {
    const pings: number[] = [];
    while (pings.length < 3) {
      const [ms] = await once<[number]>((hear) => room.ping(hear));
      pings.push(ms);
    }
    return Math.min(...pings);
  };
  expect(await roundTrip(pair.steam)).toBeGreaterThanOrEqual(80);
  expect(await roundTrip(pair.web)).toBeLessThan(60);

  // Core delays what comes in of those who join from now on; the transport what goes out, of all.
  world?.server.simulateLatency(200);
  await pause(0);
  expect(await roundTrip(pair.steam)).toBeGreaterThanOrEqual(180);
  const web = await roundTrip(pair.web);
  expect(web).toBeGreaterThanOrEqual(100);
  expect(web).toBeLessThan(160);

  world?.server.simulateLatency(0);
  await pause(0);
  expect(await roundTrip(pair.web)).toBeLessThan(60);
});

test.each(['field', 'guarded'])(
  'Steam says who a player is, in room %s; nobody is a Steam user by what he writes',
  async (name) => {
    const arena = await open();
    const headers = { 'X-Steam-Id': String(arena.host.steamId) };
    const steam = await arena.player({ by: 'steam', headers }).joinOrCreate(name);
    const web = await arena.player({ by: 'websocket', headers }).joinOrCreate(name);
    const steamId = steamIdOf(clientOf(steam));
    expect(steamId).toBeGreaterThan(arena.host.steamId);
    expect(steamIdOf(clientOf(web))).toBeUndefined();
    const claims = FieldRoom.contexts.map((context) => context.headers.get('x-steam-id'));
    expect(claims).toEqual([String(steamId), null]);
  },
);

test('the seat of a Steam player is not to be had over WebSocket, not even with his token', async () => {
  const arena = await open();
  const player = arena.player({ by: 'steam' });
  const room = await player.joinOrCreate<FieldRoom>('field', { name: 'Ann' });
  room.reconnection.enabled = false;
  const { sessionId, reconnectionToken, roomId } = room;
  const end = once((hear) => room.onLeave(hear));
  arena.cut(room, clientOf(room));
  await end;
  await until(() => FieldRoom.latest.clients.length === 0, 'the drop');

  const token = reconnectionToken.split(':')[1] as string;
  const seat = { name: 'field', roomId, sessionId, processId: 'any', reconnectionToken: token };
  const theft = arena.player({ by: 'websocket' }).consumeSeatReservation(seat);
  expect((await rejection(theft)).message).toContain('expired');
  expect(FieldRoom.latest.clients).toHaveLength(0);
  expect((await player.reconnect(reconnectionToken)).sessionId).toBe(sessionId);
});

test('a graceful shutdown tells both', async () => {
  const { steam, web } = await joinBoth(await open());
  const ends = [steam, web].map((room) => {
    room.reconnection.enabled = false;
    return once<[number]>((hear) => room.onLeave(hear));
  });
  await world?.server.gracefullyShutdown(false);
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([4001, 4001]);
});

test('routes are answered to both, pages over HTTP only', async () => {
  const arena = await open();
  for (const by of ['steam', 'websocket'] as const) {
    const player: ColyseusSDK = arena.player({ by });
    expect((await player.http.get('/greet/Ann')).data).toMatchObject({ hello: 'Ann' });
  }
  expect(await (await fetch(`${arena.url}/greet/Bob`)).json()).toMatchObject({ hello: 'Bob' });
});

test('of hosts on both sides, the nearest one is chosen', async () => {
  const arena = await open({ conditions: { latencyMs: 40 } });
  const { endpoint } = arena.player({ by: 'steam' }) as SteamSDK;
  const config = { driver: endpoint.driver } as ClientOptions;
  const [steam, web, nobody] = [`steam://${arena.host.steamId}`, arena.url, 'ws://127.0.0.1:1'];
  expect(await ConfiguredClient.selectByLatency([steam, web], config)).not.toBeInstanceOf(SteamSDK);
  const chosen = await ConfiguredClient.selectByLatency([nobody, steam], config);
  expect(chosen).toBeInstanceOf(SteamSDK);
  (chosen as SteamSDK).close();
  await expect(ConfiguredClient.selectByLatency([nobody])).rejects.toThrow('All endpoints failed to respond');
});

test('who may come in over Steam is asked of Steam users only', async () => {
  const asked: bigint[] = [];
  const onSessionRequest = (steamId: bigint) => {
    asked.push(steamId);
    return 'members only';
  };
  const arena = await open({ host: { onSessionRequest }, endpoint: { connectTimeoutMs: 2_000 } });
  const web = await arena.player({ by: 'websocket' }).joinOrCreate('field');
  expect(web.connection.isOpen).toBe(true);
  const steam = arena.player({ by: 'steam' }) as SteamSDK;
  expect((await rejection(steam.joinOrCreate('field'))).message).toContain('members only');
  expect(asked).toEqual([steam.endpoint.steamId]);
});
