import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { TargetHandlers } from '../../src/connection/types.ts';
import { dial, Host, Recorder, World } from '../helpers/World.ts';
import { elapseMs } from './elapse.ts';

// What a mesh stands on: an endpoint takes connections for a target, whether it hosts or not.

let world: World;
let endpoint: Endpoint;
let host: bigint;

beforeEach(() => {
  world = new World({ conditions: { latencyMs: 10 } });
  endpoint = world.user().endpoint;
  host = endpoint.steamId;
});

afterEach(() => world.close());

/** Takes whom it may, and records. */
class Taker implements TargetHandlers {
  readonly records: Recorder[] = [];
  readonly asked: bigint[] = [];
  readonly may: (peer: bigint) => boolean | Promise<boolean>;

  constructor(may: (peer: bigint) => boolean | Promise<boolean>) {
    this.may = may;
  }

  onSessionRequest(peer: bigint): boolean | Promise<boolean> {
    this.asked.push(peer);
    return this.may(peer);
  }

  onConnection(): Recorder {
    const record = new Recorder();
    this.records.push(record);
    return record;
  }
}

test('a target begins with / and has no query, and is taken once', () => {
  const end = endpoint.accept('/a', new Taker(() => true));
  for (const target of ['', 'a', '/', '/a?b']) expect(() => endpoint.accept(target, new Taker(() => true))).toThrow(TypeError);
  expect(() => endpoint.accept('/a', new Taker(() => true))).toThrow(new Error('connections for /a are taken already'));
  end();
  end();
  endpoint.accept('/a', new Taker(() => true))();
});

test('where nobody hosts, one of them is enough to let a user in; and each has its own', async () => {
  const later = new Taker(() => Promise.resolve(true));
  const takers = [new Taker(() => false), new Taker(() => Promise.reject(new Error('no idea'))), later];
  const ends = takers.map((taker, i) => endpoint.accept(`/${i}`, taker));
  const player = world.user();
  const records = ['/0', '/1', '/2', '/2', '/3'].map((target) => dial(player.endpoint, host, target));
  await elapseMs(world, 200);
  expect(takers.map(({ records: taken }) => taken.length)).toEqual([1, 1, 2]);
  expect(takers.map(({ asked }) => asked)).toEqual(takers.map(() => [player.endpoint.steamId]));
  expect(records.map(({ closes }) => closes[0]?.code)).toEqual([undefined, undefined, undefined, undefined, 1008]);
  records[2]?.send('hello');
  await elapseMs(world, 100);
  expect(later.records.map(({ texts }) => texts)).toEqual([['hello'], []]);
  for (const end of ends) end();
});

test('whom none of them lets in hears nothing; and when the last has ended, nobody is there', async () => {
  const taker = new Taker(() => Promise.resolve(false));
  const end = endpoint.accept('/a', taker);
  const player = world.user({ connectTimeoutMs: 3_000 });
  const refused = dial(player.endpoint, host, '/a');
  await elapseMs(world, 4_000);
  expect(refused.closes).toMatchObject([{ error: { code: 'timed-out' } }]);
  end();
  const nobody = dial(player.endpoint, host, '/a');
  await elapseMs(world, 4_000);
  expect(nobody.closes).toMatchObject([{ error: { code: expect.stringMatching(/timed-out|not-hosting/) } }]);
  expect(taker.records).toEqual([]);
});

test('beside a host it is he who lets users in, also those whom a taker let in before he was there', async () => {
  const taker = new Taker(() => true);
  const end = endpoint.accept('/a', taker);
  const before = world.user();
  const first = dial(before.endpoint, host, '/a');
  await elapseMs(world, 200);
  expect(first.connection?.state).toBe('open');

  const server = new Host();
  server.mayJoin = 'not today';
  const stop = endpoint.serve(server);
  const [second, stranger] = [dial(before.endpoint, host, '/a'), dial(world.user().endpoint, host, '/a')];
  await elapseMs(world, 200);
  // What is open stays open.
  expect(first.connection?.state).toBe('open');
  for (const { closes } of [second, stranger]) {
    expect(closes).toMatchObject([{ error: { code: 'denied', message: expect.stringContaining('not today') } }]);
  }
  expect([taker.records.length, server.connections.length]).toEqual([1, 0]);
  stop();
  end();
});

test('the connections of a host are his', async () => {
  const taker = new Taker(() => false);
  const end = endpoint.accept('/a', taker);
  const server = new Host();
  const stop = endpoint.serve(server);
  const player = world.user();
  for (const target of ['/a', '/b', '/a/b', '/a?b']) dial(player.endpoint, host, target);
  await elapseMs(world, 200);
  expect(server.connections.map(({ target }) => target)).toEqual(['/b', '/a/b', '/a?b']);
  expect(taker.records).toHaveLength(1);
  expect(() => endpoint.serve(server)).toThrow(/one host/);
  stop();
  stop();
  endpoint.serve(new Host())();
  end();
});
