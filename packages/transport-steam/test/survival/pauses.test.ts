import { afterEach, describe, expect, test } from '@jest/globals';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import * as helpers from '../helpers/pair.ts';
import { dial, settle, type World } from '../helpers/World.ts';

// Levels that load, timers that are throttled, processes that stand still: with a word, and without.

const DEAD_AFTER_MS = 15_000;

/** A round trip, and the clock's steps. */
const SOON_MS = 100;

let world: World;
afterEach(() => world.close());

function pair(options: EndpointOptions = {}, simulation: Omit<SimulatedSteamOptions, 'clock'> = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 }, ...simulation }, options);
  world = made.world;
  return made;
}

/** Its event loop does nothing for so long, and everybody else's goes on. */
function standStill(endpoint: Endpoint, ms: number): void {
  world.freeze(endpoint);
  world.run(ms);
  world.thaw(endpoint);
}

/** Polls once a second, as a page in the background does. */
function throttled(endpoint: Endpoint, ms: number, each: () => void = () => {}): void {
  for (let i = 0; i < ms / 1_000; i++) {
    standStill(endpoint, 1_003);
    endpoint.poll();
    each();
  }
}

describe('a pause that was announced', () => {
  test('a peer loading for more than 10 s is dropped as dead', () => {
    const { open, player } = pair();
    const { ours, theirs } = open();
    ours.send('loading');
    player.endpoint.announcePause(30_000);
    // What the others say meanwhile waits for him.
    world.freeze(player.endpoint);
    for (let second = 0; second < 30; second++) {
      theirs.send(`${second}`);
      world.run(1_000);
    }
    world.thaw(player.endpoint);
    world.run(SOON_MS);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
    expect(theirs.texts).toEqual(['loading']);
    expect(ours.texts).toEqual(Array.from({ length: 30 }, (_, second) => `${second}`));
    ours.send('loaded');
    world.run(SOON_MS);
    expect(theirs.texts).toEqual(['loading', 'loaded']);
  });

  // What waits for a host who stood still is more than one poll reads: whose packets are further back is not dead for that.
  test('of a host: he drops nobody either, however much waits for him, and whoever said little', () => {
    const { host, server, hostId } = pair();
    const chatty = Array.from({ length: 7 }, () => dial(world.user().endpoint, hostId));
    const quiet = dial(world.user().endpoint, hostId);
    world.run(500);
    server.endpoint.announcePause(30_000);
    world.freeze(server.endpoint);
    for (let i = 0; i < 30 * 100; i++) {
      for (const ours of chatty) ours.send(`${i}`);
      world.run(10);
    }
    world.thaw(server.endpoint);
    world.run(3_000);
    expect([...chatty, quiet].flatMap(({ closes }) => closes)).toEqual([]);
    expect(host.connections.flatMap(({ record }) => record.closes)).toEqual([]);
    expect(host.connections.map(({ record }) => record.texts.length).sort((a, b) => a - b)).toEqual([0, ...Array(7).fill(3_000)]);
  });

  test('goes out before the call returns: the next line may stand still', () => {
    const { open, player, playerId } = pair();
    open();
    world.run(3_000);
    const before = world.steam.packetsSent(playerId);
    player.endpoint.announcePause(1_000);
    expect(world.steam.packetsSent(playerId)).toBe(before + 1);
  });

  test('holds for its time, whatever comes meanwhile: a level loads in several parts', () => {
    const { open, player } = pair();
    const { ours, theirs } = open();
    player.endpoint.announcePause(55_000);
    for (let part = 0; part < 3; part++) {
      standStill(player.endpoint, 18_000);
      // The pings of the host are answered here.
      world.run(SOON_MS);
    }
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  });

  test('is over when it says so: from then on silence counts', () => {
    const { open, player } = pair();
    const { theirs } = open();
    player.endpoint.announcePause(60_000);
    standStill(player.endpoint, 5_000);
    player.endpoint.resume();
    world.run(SOON_MS);
    standStill(player.endpoint, DEAD_AFTER_MS - 1_000);
    expect(theirs.closes).toEqual([]);
    world.run(SOON_MS);
    world.freeze(player.endpoint);
    world.run(DEAD_AFTER_MS + SOON_MS);
    expect(theirs.closes).toMatchObject([{ code: 1_006, error: { code: 'connection-lost' } }]);
  });

  test.each([
    ['what was announced', 20_000, {}, 20_000],
    ['maxPauseMs of who waits', 600_000, {}, 60_000],
    ['maxPauseMs of who waits, another one', 600_000, { maxPauseMs: 5_000 }, 5_000],
    ['nothing, where maxPauseMs is 0', 600_000, { maxPauseMs: 0 }, 0],
  ] as const)('that does not end is the end, deadAfterMs after %s', (_what, ms, options, until) => {
    const { open, player, server } = pair(options);
    const { theirs } = open();
    world.run(3_000);
    player.endpoint.announcePause(ms);
    world.freeze(player.endpoint);
    const since = world.steam.now;
    world.run(until + DEAD_AFTER_MS - SOON_MS);
    expect(theirs.closes).toEqual([]);
    world.runUntil(() => theirs.closes.length > 0, 2 * SOON_MS);
    expect(world.steam.now - since).toBeLessThanOrEqual(until + DEAD_AFTER_MS + SOON_MS);
    expect(server.endpoint.stats()).toEqual([]);
  });

  test('is none of those whom nobody told: they wait as long as ever', () => {
    const { open, player, hostId } = pair();
    open();
    const other = world.user();
    const ours = dial(other.endpoint, hostId, '/other');
    world.run(500);
    player.endpoint.announcePause(60_000);
    world.freeze(other.endpoint);
    world.run(DEAD_AFTER_MS + SOON_MS);
    world.thaw(other.endpoint);
    world.run(SOON_MS);
    expect(ours.closes).toMatchObject([{ code: 1_006 }]);
  });

  test('is none of the line: the round trip is what it was', () => {
    const { open, player, server } = pair();
    open();
    world.run(20_000);
    player.endpoint.announcePause(30_000);
    standStill(player.endpoint, 29_000);
    world.run(SOON_MS);
    expect(server.endpoint.stats()[0]?.rttMs).toBeLessThan(200);
    expect(player.endpoint.stats()[0]?.rttMs).toBeLessThan(200);
  });

  test('without anybody to announce it to, or twice, is nothing', () => {
    const { open, player, server } = pair();
    server.endpoint.announcePause(10_000);
    server.endpoint.resume();
    const { ours, theirs } = open();
    player.endpoint.announcePause(5_000);
    player.endpoint.announcePause(40_000);
    standStill(player.endpoint, 39_000);
    player.endpoint.resume();
    player.endpoint.resume();
    world.run(SOON_MS);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  });

  test.each([
    [-1, RangeError, 'announcePause(-1): a pause is a number from 0 to 3600000 ms'],
    [Number.NaN, RangeError, 'announcePause(NaN): a pause is a number from 0 to 3600000 ms'],
    [3_600_001, RangeError, 'announcePause(3600001): a pause is a number from 0 to 3600000 ms'],
    ['5', TypeError, 'announcePause("5"): a pause is a number from 0 to 3600000 ms'],
  ])('of %p ms throws', (ms, error, message) => {
    const { player } = pair();
    expect(() => player.endpoint.announcePause(ms as number)).toThrow(new error(message));
  });
});

describe('without a word', () => {
  test('a frozen peer is dropped in time', () => {
    const { open, player, server } = pair();
    const { theirs } = open();
    world.freeze(player.endpoint);
    world.run(DEAD_AFTER_MS - 2_100);
    expect(theirs.closes).toEqual([]);
    world.run(2_100 + SOON_MS);
    expect(theirs.closes).toMatchObject([{ code: 1_006, error: { code: 'connection-lost' } }]);
    expect(server.endpoint.stats()).toEqual([]);
  });

  test.each(['player', 'host'] as const)('timers at 1 Hz drop nobody: those of the %s', (whose) => {
    const { open, player, server } = pair();
    const { ours, theirs } = open();
    const slow = whose === 'player' ? player : server;
    let sent = 0;
    throttled(slow.endpoint, 120_000, () => {
      ours.send(`${sent}`);
      theirs.send(`${sent}`);
      sent++;
    });
    world.run(3_000);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
    expect([ours.texts.length, theirs.texts.length]).toEqual([sent, sent]);
  });

  test.each(['player', 'host'] as const)('timers at 1 Hz do not keep anybody from joining: those of the %s', async (whose) => {
    const { player, server, hostId, host } = pair();
    const slow = whose === 'player' ? player : server;
    const ours = dial(player.endpoint, hostId);
    const asked = player.endpoint.request(hostId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() });
    throttled(slow.endpoint, 9_000);
    await settle();
    throttled(slow.endpoint, 3_000);
    expect(ours.opened).toBe(1);
    expect(host.connections).toHaveLength(1);
    expect((await asked).status).toBe(200);
  });

  test('a level that loads right after the dial, for longer than connectTimeoutMs, does not make it a time-out', () => {
    const { player, hostId, host } = pair();
    const ours = dial(player.endpoint, hostId);
    // Not even the hello has gone yet.
    standStill(player.endpoint, 12_000);
    world.run(1_000);
    expect([ours.opened, ours.closes]).toEqual([1, []]);
    const again = dial(player.endpoint, hostId);
    player.endpoint.flush();
    standStill(player.endpoint, 12_000);
    world.run(1_000);
    expect([again.opened, again.closes]).toEqual([1, []]);
    expect(host.connections.map(({ record }) => record.closes)).toEqual([[], []]);
  });
});
