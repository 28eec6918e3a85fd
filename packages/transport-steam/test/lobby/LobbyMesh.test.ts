import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CloseCode, type Connection } from '../../src/connection/Connection.ts';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import { LobbyType } from '../../src/driver/LobbyDriver.ts';
import { Lobbies } from '../../src/lobby/Lobbies.ts';
import type { Lobby } from '../../src/lobby/Lobby.ts';
import { LobbyMesh } from '../../src/lobby/LobbyMesh.ts';
import type { LobbyMeshOptions } from '../../src/lobby/meshOptions.ts';
import { contractOf } from '../../src/messages/contract.ts';
import { MessageError, type Messages } from '../../src/messages.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { messages } from '../helpers/gameMessages.ts';
import { dial, Host, World } from '../helpers/World.ts';
import { elapse, elapseMs, elapseUntil } from './elapse.ts';

let world: World;
let players: Player[];

const OPTIONS = { heartbeatMs: 250, deadAfterMs: 2_000 } as const;

beforeEach(() => {
  world = new World({
    seed: 3,
    lobbyCallMs: 100,
    lobbyUpdateMs: 40,
    natTraversalMs: 60,
    conditions: { latencyMs: 20, jitterMs: 5 },
  });
  players = [];
});

afterEach(() => {
  for (const player of players) player.leave();
  world.close();
});

/** One game process in a lobby, and all that its mesh told it. */
class Player {
  readonly driver: SimulatedDriver;
  readonly endpoint: Endpoint;
  readonly told: string[] = [];
  readonly heard: [type: string, payload: unknown, from: bigint][] = [];
  mesh!: LobbyMesh<Messages>;

  constructor(declared: Messages | undefined, driver?: SimulatedDriver) {
    const contract = declared === undefined ? {} : { contract: contractOf(declared) };
    if (driver === undefined) {
      ({ driver: this.driver, endpoint: this.endpoint } = world.user({ ...OPTIONS, ...contract }));
    } else {
      this.driver = driver;
      this.endpoint = world.endpoint(driver, { ...OPTIONS, ...contract });
    }
    players.push(this);
  }

  get id(): bigint {
    return this.driver.steamId;
  }

  get lobbies(): Lobbies {
    return Lobbies.of(this.endpoint);
  }

  start(lobby: Lobby, declared: Messages | undefined, options: Partial<LobbyMeshOptions<Messages>> = {}): void {
    const name = (member: bigint) => players.findIndex(({ id }) => id === member);
    this.mesh = new LobbyMesh<Messages>(lobby, {
      onPeer: (member) => this.told.push(`+${name(member)}`),
      onPeerLost: (member, reason) => this.told.push(`-${name(member)} ${reason}`),
      onEnd: (reason) => this.told.push(`end ${reason}`),
      ...(declared && { messages: declared }),
      ...options,
    });
    for (const type of ['hello', 'move', 'shoot', 'chat', 'number'])
      this.mesh.onMessage(type, (payload, from) => this.heard.push([type, payload, from]));
  }

  leave(): void {
    this.mesh?.close();
    this.lobbies.current?.leave();
  }
}

/** Players in one lobby, each with a mesh; the first made the lobby. */
async function meet(count: number, declared?: Messages, options?: Partial<LobbyMeshOptions<Messages>>): Promise<Player[]> {
  const met = Array.from({ length: count }, () => new Player(declared));
  const lobby = await elapse(world, met[0]!.lobbies.create(LobbyType.Public, 250));
  met[0]!.start(lobby, declared, options);
  for (const player of met.slice(1)) player.start(await elapse(world, player.lobbies.join(lobby.id)), declared, options);
  await connected(met);
  return met;
}

/** Everybody has a session with everybody else. */
async function connected(met: readonly Player[]): Promise<void> {
  const others = (player: Player) => met.filter((other) => other !== player).map(({ id }) => id);
  const isComplete = ({ mesh }: Player, ids: bigint[]) =>
    ids.every((id) => mesh.peers.includes(id)) && mesh.peers.length === ids.length;
  await elapseUntil(
    world,
    () => met.every((player) => isComplete(player, others(player))),
    'everybody is connected to everybody',
    30_000,
  );
}

describe('a mesh', () => {
  test('has a session with every member, and each can say something to each', async () => {
    const met = await meet(4);
    for (const from of met) for (const to of met) expect(from.mesh.send(to.id, 'hello', { from: from.id })).toBe(from !== to);
    await elapseMs(world, 200);
    for (const to of met) {
      const heard = to.heard.map(([type, payload, from]) => ({ type, payload, from }));
      const due = met.filter((from) => from !== to).map(({ id }) => ({ type: 'hello', payload: { from: id }, from: id }));
      expect(heard).toHaveLength(3);
      expect(heard).toEqual(expect.arrayContaining(due));
    }
    expect(met.map(({ told }) => told.length)).toEqual([3, 3, 3, 3]);
    expect(met.flatMap(({ told }) => told).every((news) => news.startsWith('+'))).toBe(true);
  });

  test('tells all members but oneself what is broadcast, in order, without a payload, too', async () => {
    const met = await meet(3);
    const [ann, ...others] = met as [Player, ...Player[]];
    for (let i = 0; i < 5; i++) expect(ann.mesh.broadcast('number', i)).toBe(2);
    ann.mesh.broadcast('hello');
    await elapseMs(world, 200);
    const due = [...[0, 1, 2, 3, 4].map((i) => ['number', i, ann.id]), ['hello', undefined, ann.id]];
    expect(others.map(({ heard }) => heard)).toEqual([due, due]);
    expect(ann.heard).toEqual([]);
  });

  test('of one member has nobody to talk to', async () => {
    const [ann] = (await meet(1)) as [Player];
    expect([ann.mesh.broadcast('hello'), ann.mesh.peers, ann.mesh.send(ann.id, 'hello')]).toEqual([0, [], false]);
  });

  test('takes who comes late, whichever of the two SteamIDs is lower', async () => {
    const met = await meet(2);
    const late = [
      world.steam.user({ steamId: 76561197960265728n + 5_000_000n }),
      world.steam.user({ steamId: met[0]!.id + 1_000n }),
    ];
    for (const driver of late) {
      const player = new Player(undefined, driver);
      player.start(await elapse(world, player.lobbies.join(met[0]!.mesh.lobby.id)), undefined);
      met.push(player);
      await connected(met);
      expect(player.mesh.broadcast('hello', 'late')).toBe(met.length - 1);
    }
    await elapseMs(world, 200);
    expect(met[0]!.heard.map(([, payload]) => payload)).toEqual(['late', 'late']);
  });

  test('survives that its owner leaves: another one owns the lobby, and everybody else talks on', async () => {
    const met = await meet(4);
    const [ann, ...others] = met as [Player, ...Player[]];
    ann.leave();
    await elapseUntil(world, () => others.every(({ mesh }) => mesh.lobby.owner === others[0]!.id), 'another one owns it');
    await connected(others);
    expect(others.map(({ told }) => told.filter((news) => news.startsWith('-')))).toEqual([
      ['-0 they closed their mesh'],
      ['-0 they closed their mesh'],
      ['-0 they closed their mesh'],
    ]);
    expect(others[1]!.mesh.broadcast('hello', 1)).toBe(2);
    await elapseMs(world, 200);
    expect([others[0], others[2]].map((player) => player?.heard.length)).toEqual([1, 1]);
  });

  test('three of five leave and come back', async () => {
    const met = await meet(5);
    const { id } = met[0]!.mesh.lobby;
    const leaving = met.slice(2);
    for (const round of [1, 2]) {
      for (const player of leaving) player.mesh.lobby.leave();
      expect(leaving.map(({ mesh, told }) => [mesh.isOver, told.at(-1)])).toEqual(
        leaving.map(() => [true, 'end we left the lobby']),
      );
      await connected(met.slice(0, 2));
      expect(met[0]!.told.filter((news) => news.startsWith('-'))).toHaveLength(3 * round);
      expect(met[0]!.told.filter((news) => news.includes('they left the lobby'))).toHaveLength(3 * round);
      for (const player of leaving) player.start(await elapse(world, player.lobbies.join(id)), undefined);
      await connected(met);
      expect(met[4]!.mesh.broadcast('hello', round)).toBe(4);
      await elapseMs(world, 200);
      expect(met.slice(0, 4).map(({ heard }) => heard.at(-1)?.[1])).toEqual([round, round, round, round]);
    }
  });

  test('connects again, as often as it takes, while both are members', async () => {
    const met = await meet(2);
    const [ann, bob] = met as [Player, Player];
    world.steam.unplug(bob.driver);
    await elapseUntil(world, () => met.every(({ mesh }) => mesh.peers.length === 0), 'they notice', 10_000);
    expect(ann.told).toEqual(['+1', expect.stringMatching(/^-1 the session with Steam user \d+ is lost: they were silent/)]);
    expect(ann.mesh.broadcast('hello')).toBe(0);
    await elapseMs(world, 60_000);
    world.steam.plug(bob.driver);
    await connected(met);
    expect([ann.told.at(-1), bob.told.at(-1)]).toEqual(['+1', '+0']);
  });

  test('knows a member again whose game has crashed and been started anew', async () => {
    const [ann, bob, eve] = (await meet(3)) as [Player, Player, Player];
    world.freeze(bob.endpoint);
    world.steam.kill(bob.driver);
    const again = new Player(undefined, world.steam.user({ steamId: bob.id }));
    again.start(await elapse(world, again.lobbies.join(ann.mesh.lobby.id)), undefined);
    await connected([ann, again, eve]);
    expect(again.mesh.broadcast('hello', 'again')).toBe(2);
    await elapseMs(world, 200);
    const heard = ['hello', 'again', bob.id];
    expect([ann.heard.at(-1), eve.heard.at(-1)]).toEqual([heard, heard]);
  });

  test('can be closed in a lobby that goes on, and made anew', async () => {
    const met = await meet(2);
    const [ann, bob] = met as [Player, Player];
    expect(() => new LobbyMesh(ann.mesh.lobby)).toThrow(/connections for .* are taken already/);
    ann.mesh.close();
    ann.mesh.close();
    expect([ann.mesh.isOver, ann.mesh.peers, ann.mesh.broadcast('hello'), ann.mesh.lobby.isOver]).toEqual([true, [], 0, false]);
    await elapseMs(world, 500);
    expect(ann.told).toEqual(['+1']); // nothing is called after it
    expect(bob.told).toEqual(['+0', '-0 they closed their mesh']);
    ann.start(ann.mesh.lobby, undefined);
    await connected(met);
    ann.mesh.lobby.leave();
    expect(() => new LobbyMesh(ann.mesh.lobby)).toThrow(/we are not in lobby \d+ any more/);
  });

  test('is told of bad arguments', async () => {
    const [ann] = (await meet(1)) as [Player];
    const { lobby } = ann.mesh;
    const make = (...args: unknown[]) => new LobbyMesh(...(args as [Lobby]));
    expect(() => make()).toThrow(/needs a lobby that we are in, of Lobbies\.create\(\) or join\(\), not undefined/);
    expect(() => make(lobby.id)).toThrow(/needs a lobby that we are in/);
    expect(() => make(lobby, { onpeer: () => undefined })).toThrow(
      /unknown option onpeer; the options of LobbyMesh are messages, onPeer,/,
    );
    expect(() => make(lobby, { onEnd: true })).toThrow(/option onEnd must be a function, not true/);
    expect(() => ann.mesh.send('76561198000000009' as never, 'hello')).toThrow(
      /a member is a SteamID \(bigint\), not "76561198000000009"/,
    );
    expect(() => ann.mesh.onMessage('hello', 'twice' as never)).toThrow(/onMessage\("hello"\) needs a function, not "twice"/);
    expect(() => ann.lobbies.onJoinRequested(lobby.id as never)).toThrow(/onJoinRequested\(\) needs a function, not/);
    const set = lobby.setData as (...args: unknown[]) => boolean;
    expect(() => set.call(lobby, 'mode', 'duel')).toThrow(
      /the data of a lobby is "mode", but must be an object of keys and values/,
    );
  });

  test('of 20 members', async () => {
    const met = await meet(20);
    expect(met[17]!.mesh.broadcast('number', 17)).toBe(19);
    await elapseMs(world, 300);
    expect(met.filter(({ heard }) => heard.length === 1)).toHaveLength(19);
  });
});

describe('messages', () => {
  test('that are declared are typed, and travel as they say', async () => {
    const [ann, bob] = (await meet(2, messages)) as [Player, Player];
    const mesh = ann.mesh as unknown as LobbyMesh<typeof messages>;
    mesh.broadcast('shoot', { angle: 0.5, power: 80, charged: true });
    mesh.send(bob.id, 'chat', { text: 'hello' });
    mesh.broadcast('move', { x: 1, y: 2 });
    mesh.broadcast('move', { x: 3, y: 4 });
    mesh.broadcast('number', 7);
    // @ts-expect-error: no such field
    expect(() => mesh.broadcast('shoot', { angle: 0.5, power: 300, charged: true, weapon: 'bow' })).toThrow(MessageError);
    // @ts-expect-error: a payload is missing
    expect(() => mesh.broadcast('chat')).toThrow(MessageError);
    await elapseMs(world, 200);
    expect(bob.heard).toHaveLength(4);
    expect(bob.heard).toEqual(
      expect.arrayContaining([
        ['shoot', { angle: 0.5, power: 80, charged: true }, ann.id],
        ['chat', expect.objectContaining({ text: 'hello' }), ann.id],
        // The newer one took the place of the older.
        ['move', { x: 3, y: 4 }, ann.id],
        ['number', 7, ann.id],
      ]),
    );
    const [{ types, channels }] = ann.endpoint.stats() as [ReturnType<Endpoint['stats']>[number]];
    expect(types.shoot?.sent).toEqual({ messages: 1, packets: 1, bytes: 9 });
    expect(types.move).toMatchObject({ sent: { messages: 1 }, replaced: 1 });
    expect(types.number?.sent.messages).toBe(1);
    expect(channels.state.sent.messages).toBe(1);
    expect(bob.endpoint.stats()[0]?.types.chat?.received.messages).toBe(1);
  });

  test('of a handler that was taken back, or that nobody handles, are nobody’s', async () => {
    const [ann, bob] = (await meet(2)) as [Player, Player];
    const heard: unknown[] = [];
    const stop = bob.mesh.onMessage('score', (payload) => heard.push(payload));
    bob.mesh.onMessage('score', (payload) => heard.push(payload));
    ann.mesh.broadcast('score', 1);
    await elapseMs(world, 100);
    stop();
    ann.mesh.broadcast('score', 2);
    ann.mesh.broadcast('unknown', 3);
    await elapseMs(world, 100);
    expect(heard).toEqual([1, 1, 2]);
    expect(bob.told).toEqual(['+0']);
  });

  test('that are too large for one are not kept from the others', async () => {
    const ann = new Player(undefined);
    const bob = new Player(undefined);
    const { driver, endpoint } = world.user({ ...OPTIONS, maxMessageBytes: 2_048 });
    const lobby = await elapse(world, ann.lobbies.create(LobbyType.Public, 8));
    ann.start(lobby, undefined);
    bob.start(await elapse(world, bob.lobbies.join(lobby.id)), undefined);
    const small = new LobbyMesh(await elapse(world, Lobbies.of(endpoint).join(lobby.id)));
    await elapseUntil(world, () => ann.mesh.peers.length === 2, 'all are there');
    expect(() => ann.mesh.broadcast('hello', 'x'.repeat(3_000))).toThrow(/maxMessageBytes/);
    await elapseMs(world, 200);
    expect(bob.heard).toHaveLength(1);
    expect(ann.mesh.peers).toContain(driver.steamId);
    small.lobby.leave();
  });

  test('that are other than those of the endpoint are refused', async () => {
    const plain = new Player(undefined);
    const lobby = await elapse(world, plain.lobbies.create(LobbyType.Public, 8));
    expect(() => new LobbyMesh(lobby, { messages })).toThrow(/option messages is not what this endpoint was made with/);
    const declared = new Player(messages);
    const other = await elapse(world, declared.lobbies.create(LobbyType.Public, 8));
    expect(() => new LobbyMesh(other)).toThrow(/option messages is given for this driver already, and is missing here/);
  });

  test('of a game with others reach nobody: no session comes about', async () => {
    const ann = new Player(undefined);
    const bob = new Player(messages);
    const lobby = await elapse(world, ann.lobbies.create(LobbyType.Public, 8));
    ann.start(lobby, undefined);
    bob.start(await elapse(world, bob.lobbies.join(lobby.id)), messages);
    await elapseMs(world, 20_000);
    expect([ann.told, bob.told]).toEqual([[], []]);
  });
});

describe('Steam drops a member, and no session', () => {
  test('he goes back by himself, and nobody lost anybody', async () => {
    const met = await meet(3);
    const [ann, bob, eve] = met as [Player, Player, Player];
    const former = bob.mesh.lobby;
    world.steam.lobbies.drop(bob.driver);
    for (let i = 0; i < 30; i++) {
      bob.mesh.broadcast('number', i);
      ann.mesh.broadcast('number', i);
      await elapseMs(world, 200);
    }
    await elapseUntil(world, () => bob.mesh.lobby !== former && !bob.mesh.lobby.isOver, 'he is back');
    expect(bob.mesh.lobby.id).toBe(former.id);
    await elapseMs(world, 40_000);
    await connected(met);
    expect(met.map(({ told }) => told.length)).toEqual([2, 2, 2]);
    expect(eve.heard).toHaveLength(60);
  });

  test('who is not let in again is out after a while, and the others say so', async () => {
    const met = await meet(3);
    const [ann, bob, eve] = met as [Player, Player, Player];
    ann.mesh.lobby.setJoinable(false);
    await elapseMs(world, 100);
    world.steam.lobbies.drop(bob.driver);
    await elapseUntil(world, () => bob.mesh.isOver, 'he is out');
    expect(bob.told.at(-1)).toBe('end Steam dropped us from the lobby, and does not let us in again');
    expect(
      bob.told
        .slice(2, 4)
        .map((news) => news.slice(0, 2))
        .sort(),
    ).toEqual(['-0', '-2']);
    await elapseMs(world, 1_000);
    await connected([ann, eve]);
    expect(ann.told.at(-1)).toBe('-1 they are not in the lobby any more');
  });

  test('and the one who says nothing more is lost when his time is over', async () => {
    const [ann, bob] = (await meet(2)) as [Player, Player];
    // Steam answers nothing that he asks.
    bob.driver.lobbies.join = () => new Promise(() => undefined);
    world.steam.lobbies.drop(bob.driver);
    await elapseMs(world, 25_000);
    expect([ann.told, ann.mesh.broadcast('hello')]).toEqual([['+1'], 1]);
    await elapseMs(world, 10_000);
    expect([ann.told, ann.mesh.peers]).toEqual([['+1', '-1 he is not in the lobby any more'], []]);
    await elapseMs(world, 100_000);
    expect(bob.mesh.isOver).toBe(true);
  });
});

describe('whom a mesh does not take', () => {
  const target = (lobby: Lobby) => `/.steam/mesh/${lobby.id}`;

  test('a stranger: he hears nothing, as if nobody was there', async () => {
    const [ann] = (await meet(2)) as [Player];
    const stranger = world.user({ connectTimeoutMs: 5_000 });
    const record = dial(stranger.endpoint, ann.id, target(ann.mesh.lobby));
    await elapseMs(world, 6_000);
    expect(record.closes).toMatchObject([{ code: 1006, error: { code: 'timed-out' } }]);
    expect(ann.endpoint.stats()).toHaveLength(1);
    expect(ann.told).toEqual(['+1']);
  });

  test('one who comes before the lobby shows him waits at the door, and is in when it does', async () => {
    const early = new Player(undefined); // the lowest SteamID: he dials
    const [ann] = (await meet(2)) as [Player];
    const record = dial(early.endpoint, ann.id, target(ann.mesh.lobby));
    await elapseMs(world, 1_000);
    expect(record.messages).toEqual([]);
    await elapse(world, early.lobbies.join(ann.mesh.lobby.id));
    await elapseUntil(world, () => record.messages.length > 0, 'the welcome', 1_000);
    expect([...record.messages[0]!]).toEqual([0x01]);
    expect(ann.mesh.peers).toContain(early.id);
  });

  test('one who comes, and whom the lobby does not show in time', async () => {
    const early = new Player(undefined);
    const [ann] = (await meet(1)) as [Player];
    const stop = ann.endpoint.serve(new Host()); // who lets everybody in
    const record = dial(early.endpoint, ann.id, target(ann.mesh.lobby));
    await elapseMs(world, 2_500);
    expect(record.connection?.state).toBe('open');
    await elapseMs(world, 1_000);
    expect(record.closes).toMatchObject([{ code: CloseCode.PolicyViolation, reason: 'not a member of the lobby' }]);
    expect([record.messages, ann.told]).toEqual([[], []]);
    stop();
  });

  // What he had before was lost with his place among the members, and what he had anew was nobody's: it outlived his time, and the mesh.
  test('one who leaves the lobby and connects anew: his time is over as it would have been', async () => {
    const early = new Player(undefined);
    const [ann, bob] = (await meet(2)) as [Player, Player];
    const { lobby } = bob.mesh;
    const his = await elapse(world, early.lobbies.join(lobby.id));
    dial(early.endpoint, bob.id, target(lobby));
    await elapseUntil(world, () => bob.mesh.peers.includes(early.id), 'he is in');
    his.leave();
    await elapseUntil(world, () => !lobby.members.includes(early.id), 'he has left');
    await elapseMs(world, 15_000);
    const again = dial(early.endpoint, bob.id, target(lobby));
    await elapseMs(world, 5_000);
    expect(bob.mesh.peers).toContain(early.id);
    await elapseMs(world, 15_000);
    expect(again.closes).toMatchObject([{ reason: 'he is not in the lobby any more' }]);
    expect([bob.mesh.peers, bob.told.at(-1)]).toEqual([[ann.id], '-0 he is not in the lobby any more']);
    const late = dial(early.endpoint, bob.id, target(lobby));
    await elapseMs(world, 5_000);
    expect([late.messages, bob.mesh.peers]).toEqual([[], [ann.id]]);
  });

  // Where Steam does not tell who comes and goes, he was a member for a moment between two looks, and stayed.
  test('one who is in the lobby for less than it takes to be seen', async () => {
    const early = new Player(undefined);
    const bob = new Player(undefined);
    Object.assign(bob.driver.lobbies, { subscribe: () => () => undefined });
    const made = await elapse(world, bob.driver.lobbies.create(LobbyType.Public, 8));
    const look = jest.spyOn(made, 'members');
    bob.driver.lobbies.create = async () => made;
    bob.start(await elapse(world, bob.lobbies.create(LobbyType.Public, 8)), undefined);
    const stop = bob.endpoint.serve(new Host());
    // There is a session before he is a member.
    const first = dial(early.endpoint, bob.id, '/process/room');
    await elapseUntil(world, () => first.opened > 0, 'a session');
    look.mockClear();
    await elapseUntil(world, () => look.mock.calls.length > 0, 'a look, and a second to the next one');
    const his = await elapse(world, early.lobbies.join(bob.mesh.lobby.id));
    await elapseMs(world, 200);
    const record = dial(early.endpoint, bob.id, target(bob.mesh.lobby));
    await elapseUntil(world, () => record.messages.length > 0, 'the welcome', 500);
    his.leave();
    await elapseMs(world, 2_000);
    expect(bob.mesh.lobby.members).toEqual([bob.id]);
    await elapseMs(world, 30_000);
    expect([record.closes.length, bob.mesh.peers]).toEqual([1, []]);
    stop();
  });

  test('one who connects anew while the mesh ends over the loss of what he had', async () => {
    const early = new Player(undefined);
    const bob = new Player(undefined);
    const lobby = await elapse(world, bob.lobbies.create(LobbyType.Public, 8));
    bob.start(lobby, undefined, { onPeerLost: () => bob.mesh.close() });
    await elapse(world, early.lobbies.join(lobby.id));
    dial(early.endpoint, bob.id, target(lobby));
    await elapseUntil(world, () => bob.mesh.peers.includes(early.id), 'he is in');
    const again = dial(early.endpoint, bob.id, target(lobby));
    await elapseMs(world, 1_000);
    expect(again.closes).toMatchObject([{ code: CloseCode.Normal, reason: 'they closed their mesh' }]);
  });

  test('one with the higher SteamID, who is to wait; at the host of the same process he is a player', async () => {
    const [, bob] = (await meet(2)) as [Player, Player];
    const host = new Host();
    const stop = bob.endpoint.serve(host);
    const guest = world.user();
    const room = dial(guest.endpoint, bob.id, '/process/room');
    const mesh = dial(guest.endpoint, bob.id, target(bob.mesh.lobby));
    await elapseMs(world, 500);
    expect(room.connection?.state).toBe('open');
    expect(mesh.closes).toMatchObject([{ code: CloseCode.PolicyViolation, reason: 'the one with the lower SteamID dials' }]);
    expect(host.connections.map((taken) => taken.target)).toEqual(['/process/room']);
    expect(bob.mesh.peers).toHaveLength(1);
    stop();
  });

  test('hostile bytes of a member end his connection only, and are counted', async () => {
    const [ann, bob, eve] = (await meet(3)) as [Player, Player, Player];
    const frames = [
      [],
      [0x01],
      [0x02],
      [0x02, 0xdd, 0xff, 0xff, 0xff, 0xff],
      [0x20, 1, 2, 3],
      [0x7f],
      [0x02, 0x92, 0xa1, 0x61, 0xd4, 0x54, 0x00],
    ];
    for (const [i, frame] of frames.entries()) {
      const lost = bob.told.filter((news) => news.startsWith('-0')).length;
      connectionOf(ann, bob).send(Uint8Array.from(frame));
      await elapseUntil(world, () => bob.told.filter((news) => news.startsWith('-0')).length > lost, `frame ${i} ends it`);
      expect(bob.endpoint.stats().find(({ peer }) => peer === ann.id)?.rejected).toBe(i + 1);
      await connected([ann, bob, eve]);
    }
    expect(bob.heard).toEqual([]);
    expect(bob.told.filter((news) => news.startsWith('-2'))).toEqual([]);
    expect(eve.told.filter((news) => news.startsWith('-'))).toEqual([]);
  });

  test('one who says something before he is welcome', async () => {
    const early = new Player(undefined);
    const [ann] = (await meet(1)) as [Player];
    const stop = ann.endpoint.serve(new Host());
    const record = dial(early.endpoint, ann.id, target(ann.mesh.lobby));
    record.send('\u0002\u0091');
    await elapseMs(world, 1_000);
    expect(record.closes).toMatchObject([{ code: CloseCode.PolicyViolation, reason: 'a message before the welcome' }]);
    expect(ann.heard).toEqual([]);
    stop();
  });
});

describe('beside a host of Colyseus', () => {
  test('the mesh goes on when hosting begins and ends; his connections are his', async () => {
    const met = await meet(3);
    const [ann, bob] = met as [Player, Player, Player];
    const host = new Host();
    const stop = bob.endpoint.serve(host);
    const room = dial(ann.endpoint, bob.id, '/process/room');
    await elapseMs(world, 500);
    expect(room.connection?.state).toBe('open');
    expect(ann.mesh.broadcast('hello', 1)).toBe(2);
    stop();
    await elapseMs(world, 200);
    expect(bob.heard).toEqual([['hello', 1, ann.id]]);
    // Who is lost comes back, though nobody hosts any more.
    world.steam.unplug(bob.driver);
    await elapseUntil(world, () => bob.mesh.peers.length === 0, 'lost');
    world.steam.plug(bob.driver);
    await connected(met);
    expect(host.connections.map(({ target }) => target)).toEqual(['/process/room']);
  });

  // The host refused him, and turned to him himself: with the lower SteamID it is he who dials.
  test('whom the host has banned is not in the mesh either, whichever of the two SteamIDs is lower', async () => {
    const [ann, bob, eve] = (await meet(3)) as [Player, Player, Player];
    for (const banned of [ann, eve]) {
      bob.endpoint.bans.add(banned.id, 'cheating');
      bob.endpoint.expel(banned.id, 4_021, 'cheating');
    }
    await elapseMs(world, 40_000);
    expect([bob.mesh.peers, ann.mesh.peers, eve.mesh.peers]).toEqual([[], [eve.id], [ann.id]]);
    expect(bob.told.map((news) => news.slice(0, 2)).sort()).toEqual(['+0', '+2', '-0', '-2']);
    for (const banned of [ann, eve]) bob.endpoint.bans.delete(banned.id);
    await connected([ann, bob, eve]);
  });

  test('where nobody hosts, a member who asks for a room is told so', async () => {
    const [ann, bob] = (await meet(2)) as [Player, Player];
    const room = dial(ann.endpoint, bob.id, '/process/room');
    const asked = ann.endpoint.request(bob.id, {
      method: 'POST',
      path: '/matchmake/join/x',
      headers: [],
      body: new Uint8Array(),
    });
    expect((await elapse(world, asked)).status).toBe(503);
    await elapseMs(world, 200);
    expect(room.closes).toMatchObject([
      { code: CloseCode.PolicyViolation, reason: 'nobody here takes connections for this target' },
    ]);
    expect(ann.mesh.peers).toEqual([bob.id]);
  });
});

/** Another connection of the same two, as the mesh of a changed game would use it: the lower one dials, and is welcome. */
function connectionOf(from: Player, to: Player): Connection {
  const record = dial(from.endpoint, to.id, `/.steam/mesh/${from.mesh.lobby.id}`);
  return record.connection as Connection;
}
