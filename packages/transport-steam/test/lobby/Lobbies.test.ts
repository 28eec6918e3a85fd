import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LobbyType } from '../../src/driver/LobbyDriver.ts';
import { SteamError } from '../../src/driver/SteamError.ts';
import { Deadlines } from '../../src/lobby/Deadlines.ts';
import { Lobbies } from '../../src/lobby/Lobbies.ts';
import type { Lobby } from '../../src/lobby/Lobby.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { rejection } from '../compliance/transport/waiting.ts';
import { World } from '../helpers/World.ts';
import { elapse, elapseMs, elapseUntil } from './elapse.ts';

let world: World;

beforeEach(() => {
  world = new World({ lobbyCallMs: 300, lobbyListMs: 500, lobbyUpdateMs: 50 });
});

afterEach(() => world.close());

function user() {
  const { driver, endpoint } = world.user();
  return { driver, endpoint, lobbies: Lobbies.of(endpoint) };
}

/** What happened in a lobby, in order. */
class Watch {
  readonly seen: unknown[] = [];
  constructor(lobby: Lobby) {
    lobby.watch({
      onMembers: (joined, left) => this.seen.push(['members', joined, left]),
      onOwner: (owner, former) => this.seen.push(['owner', owner, former]),
      onData: (data) => this.seen.push(['data', data]),
      onEnd: (why) => this.seen.push(['end', why]),
    });
  }
}

describe('Lobbies', () => {
  test('are one for an endpoint, and there are none where the driver has none', () => {
    const { endpoint, lobbies } = user();
    expect(Lobbies.of(endpoint)).toBe(lobbies);
    const poor = new SimulatedSteam().user();
    Object.defineProperty(poor, 'lobbies', { value: undefined });
    expect(() => Lobbies.for({ driver: poor })).toThrow(/has no lobbies/);
  });

  test('one makes a lobby, another one finds it, enters it, reads it, and leaves it', async () => {
    const [ann, bob] = [user(), user()];
    const made = await elapse(world, ann.lobbies.create(LobbyType.Public, 4));
    expect(made).toMatchObject({ isOwner: true, owner: ann.driver.steamId, members: [ann.driver.steamId], memberLimit: 4 });
    expect(made.setData({ colour: 'red' })).toBe(true);
    world.steam.lobbies.addForeign(3);
    await elapseMs(world, 100);
    expect((await elapse(world, bob.lobbies.list())).length).toBe(4);
    const [found, ...others] = await elapse(world, bob.lobbies.list({ colour: 'red' }));
    expect([found?.id, others]).toEqual([made.id, []]);
    const entered = await elapse(world, bob.lobbies.join(made.id));
    expect(entered).toMatchObject({ isOwner: false, owner: ann.driver.steamId, data: { colour: 'red' } });
    expect(entered.members).toEqual([ann.driver.steamId, bob.driver.steamId]);
    expect(bob.lobbies.current).toBe(entered);
    expect(entered.setData({ colour: 'blue' })).toBe(false);
    entered.leave();
    expect([bob.lobbies.current, entered.isOver, entered.members]).toEqual([undefined, true, []]);
    entered.leave();
    expect([entered.setData({ a: 'b' }), entered.setJoinable(false), entered.has(bob.driver.steamId)]).toEqual([
      false,
      false,
      false,
    ]);
    made.leave();
  });

  test('one at a time: in a second one a user can not be', async () => {
    const { lobbies } = user();
    const lobby = await elapse(world, lobbies.create(LobbyType.Public, 4));
    for (const again of [lobbies.create(LobbyType.Public, 4), lobbies.join(lobby.id + 1n)]) {
      const message = new RegExp(`we are in lobby ${lobby.id}, and a user can be in one only: leave it`);
      expect((await elapse(world, rejection(again))).message).toMatch(message);
    }
    lobby.leave();
    (await elapse(world, lobbies.create(LobbyType.Private, 2))).leave();
  });

  test('what Steam answers has a code', async () => {
    const [ann, bob, eve] = [user(), user(), user()];
    const full = await elapse(world, ann.lobbies.create(LobbyType.Public, 2));
    const own = await elapse(world, bob.lobbies.join(full.id));
    expect(await elapse(world, rejection(eve.lobbies.join(full.id)))).toMatchObject({ name: 'SteamError', code: 'full' });
    own.leave();
    full.setJoinable(false);
    expect(await elapse(world, rejection(eve.lobbies.join(full.id)))).toMatchObject({ code: 'denied' });
    expect(await elapse(world, rejection(eve.lobbies.join(full.id + 9n)))).toMatchObject({ code: 'gone' });
    expect(await elapse(world, rejection(eve.lobbies.join(76561197960265729n)))).toBeInstanceOf(RangeError);
    expect(await elapse(world, rejection(eve.lobbies.create(LobbyType.Public, 0)))).toBeInstanceOf(RangeError);
    world.steam.loseSteam(eve.driver);
    expect(await elapse(world, rejection(eve.lobbies.list()))).toBeInstanceOf(SteamError);
    full.leave();
  });

  test('a promise that Steam loses is timed out after 15 s, and others wait for it', async () => {
    const [ann, bob] = [user(), user()];
    const lobby = await elapse(world, ann.lobbies.create(LobbyType.Public, 4));
    world.steam.lobbies.losePromises(bob.driver, 1);
    const asked = world.steam.now;
    const lost = rejection(bob.lobbies.list());
    const next = bob.lobbies.list().then(() => world.steam.now - asked);
    const message = 'Steam did not answer within 15000 ms, when it was asked to list lobbies';
    expect(await elapse(world, lost)).toMatchObject({ code: 'timed-out', message });
    expect(await elapse(world, next)).toBeGreaterThanOrEqual(15_500);
    lobby.leave();
  });

  // Steam lets a user in whose game has given up: he was a ghost in the lobby, took a seat in it, and could enter no other.
  test('a lobby that lets us in too late is left again', async () => {
    const [ann, bob] = [user(), user()];
    const lobby = await elapse(world, ann.lobbies.create(LobbyType.Public, 4));
    const { lobbies: driver } = bob.driver;
    let answer: (() => void) | undefined;
    const join = driver.join.bind(driver);
    driver.join = (id) =>
      join(id).then(
        (entered) =>
          new Promise((resolve) => {
            answer = () => resolve(entered);
          }),
      );
    expect(await elapse(world, rejection(bob.lobbies.join(lobby.id)))).toMatchObject({ code: 'timed-out' });
    expect(world.steam.lobbies.inspect(lobby.id)?.members).toContain(bob.driver.steamId);
    answer?.();
    await elapseMs(world, 100);
    expect(world.steam.lobbies.inspect(lobby.id)?.members).toEqual([ann.driver.steamId]);
    lobby.leave();
  });

  test('an accepted invite is told, until nobody wants to know', async () => {
    const [ann, bob] = [user(), user()];
    const told: unknown[] = [];
    const end = bob.lobbies.onJoinRequested((lobby, friend) => told.push([lobby, friend]));
    const lobby = await elapse(world, ann.lobbies.create(LobbyType.Private, 4));
    world.steam.lobbies.requestJoin(bob.driver, lobby.id, ann.driver);
    world.steam.lobbies.requestJoin(bob.driver, lobby.id);
    expect(told).toEqual([]);
    await elapseMs(world, 50);
    end();
    world.steam.lobbies.requestJoin(bob.driver, lobby.id);
    await elapseMs(world, 50);
    expect(told).toEqual([
      [lobby.id, ann.driver.steamId],
      [lobby.id, undefined],
    ]);
    lobby.leave();
  });
});

describe('a lobby', () => {
  async function together(count: number) {
    const users = Array.from({ length: count }, user);
    const [owner, ...others] = users as [ReturnType<typeof user>, ...ReturnType<typeof user>[]];
    const lobbies = [await elapse(world, owner.lobbies.create(LobbyType.Public, 250))];
    for (const { lobbies: own } of others) lobbies.push(await elapse(world, own.join(lobbies[0]!.id)));
    await elapseMs(world, 1_500);
    return { users, lobbies, ids: users.map(({ driver }) => driver.steamId) };
  }

  test('tells who came, who left, who owns it now, and what its data are', async () => {
    const { users, lobbies, ids } = await together(3);
    const [ann, bob, eve] = lobbies as [Lobby, Lobby, Lobby];
    const watch = new Watch(eve);
    ann.setData({ map: 'harbour' });
    await elapseMs(world, 1_100);
    ann.leave();
    await elapseMs(world, 1_100);
    expect(watch.seen).toEqual([
      ['data', { map: 'harbour' }],
      ['members', [], [ids[0]]],
      ['owner', ids[1], ids[0]],
    ]);
    expect([bob.isOwner, bob.setData({ map: 'castle' }), eve.isOwner]).toEqual([true, true, false]);
    const back = await elapse(world, users[0]!.lobbies.join(bob.id));
    await elapseMs(world, 1_100);
    expect(watch.seen.slice(3)).toEqual([
      ['data', { map: 'castle' }],
      ['members', [ids[0]], []],
    ]);
    eve.leave();
    expect(watch.seen.at(-1)).toEqual(['end', 'left']);
    await elapseMs(world, 2_000);
    expect(watch.seen).toHaveLength(6);
    for (const lobby of [back, bob]) lobby.leave();
  });

  test('shows 250 members', async () => {
    const { driver, lobbies } = user();
    const lobby = await elapse(world, lobbies.create(LobbyType.Public, 250));
    const others = Array.from({ length: 249 }, () => world.steam.user());
    for (const other of others) void other.lobbies.join(lobby.id);
    await elapseUntil(world, () => lobby.members.length === 250, 'all are there', 5_000);
    expect(new Set(lobby.members)).toEqual(new Set([driver, ...others].map(({ steamId }) => steamId)));
    lobby.leave();
  });

  test('that Steam drops us from has ended; a moment without us has not', async () => {
    const { users, lobbies } = await together(2);
    const bob = lobbies[1]!;
    const watch = new Watch(bob);
    world.steam.lobbies.drop(users[1]!.driver);
    await elapseMs(world, 900);
    expect([bob.isOver, watch.seen]).toEqual([false, []]);
    await elapseMs(world, 2_000);
    expect(watch.seen).toEqual([['end', 'dropped']]);
    expect(users[1]!.lobbies.current).toBeUndefined();
    (await elapse(world, users[1]!.lobbies.join(bob.id))).leave();
    lobbies[0]!.leave();
  });

  test('a watcher that leaves in the midst of the news is told nothing more', async () => {
    const { lobbies } = await together(2);
    const [ann, bob] = lobbies as [Lobby, Lobby];
    const told: string[] = [];
    bob.watch({
      onMembers: () => bob.leave(),
      onOwner: () => told.push('owner'),
      onEnd: (why) => told.push(why),
    });
    ann.leave();
    await elapseMs(world, 2_500);
    expect(told).toEqual(['left']);
  });

  test('holds the endpoint as long as we are in it', async () => {
    const { endpoint, lobbies } = user();
    endpoint.release(); // the world's
    const lobby = await elapse(world, lobbies.create(LobbyType.Public, 2));
    let ticks = 0;
    endpoint.onTick(() => ticks++);
    await elapseMs(world, 100);
    expect(ticks).toBeGreaterThan(0);
    lobby.leave();
    ticks = 0;
    await elapseMs(world, 100);
    expect(ticks).toBe(0);
    endpoint.acquire();
  });
});

describe('Deadlines', () => {
  test('settle as the promise does, reject when it is late, or aborted; and hold the endpoint only as long as they wait', async () => {
    const { endpoint } = world.user();
    const deadlines = new Deadlines(endpoint);
    const never = new Promise<never>(() => undefined);
    const late = () => new Error('late');
    expect(await deadlines.within(Promise.resolve(7), 100, late)).toBe(7);
    expect((await rejection(deadlines.within(Promise.reject(new Error('no')), 100, late))).message).toBe('no');
    const since = world.steam.now;
    expect((await elapse(world, rejection(deadlines.within(never, 100, late)))).message).toBe('late');
    expect(world.steam.now - since).toBeGreaterThanOrEqual(100);
    expect(world.steam.now - since).toBeLessThan(140);
    const abort = new AbortController();
    const aborted = rejection(deadlines.within(never, 100, late, abort.signal));
    abort.abort(new Error('given up'));
    expect((await aborted).message).toBe('given up');
    // What rejects afterwards is nobody's: it must not end the process.
    expect((await rejection(deadlines.within(Promise.reject(new Error('unheard')), 100, late, abort.signal))).message).toBe(
      'given up',
    );
    await elapse(world, deadlines.after(200));
    await deadlines.after(1_000_000, abort.signal);
    endpoint.release();
    expect(endpoint.poll()).toBe(0);
    endpoint.acquire();
  });
});
