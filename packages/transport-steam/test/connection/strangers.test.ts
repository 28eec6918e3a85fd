import { afterEach, describe, expect, test } from '@jest/globals';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import { encodeRefuse, encodeReset } from '../../src/wire/hello.ts';
import { type Flood, FloodedDriver } from '../helpers/FloodedDriver.ts';
import { dial, Host, type Recorder, settle, World } from '../helpers/World.ts';
import { concat, greeting } from '../wire/support.ts';

let world: World;
let host: Host;
let driver: FloodedDriver;
let endpoint: Endpoint;
afterEach(() => world.close());

function flooded(options: EndpointOptions = {}): void {
  world = new World({ conditions: { latencyMs: 20 } });
  host = new Host();
  driver = new FloodedDriver(world.steam.user(), () => world.steam.now);
  endpoint = world.endpoint(driver, options);
  endpoint.serve(host);
}

/** A player with a connection, who says something 20 times a second. */
class Chatterer {
  readonly user = world.user();
  #heard = 0;

  join(): Recorder {
    const record = dial(this.user.endpoint, driver.steamId);
    world.runUntil(() => record.opened === 1 || record.closes.length > 0, 11_000);
    return record;
  }

  /** Everything arrives, within a round trip and a turn. */
  chat(record: Recorder, ms: number): void {
    const { record: theirs } = host.connections.findLast(({ connection }) => connection.peer === this.user.driver.steamId)!;
    this.#heard = theirs.texts.length;
    for (let i = 0; i * 50 < ms; i++) {
      record.send(`${i}`);
      world.run(50);
      expect(theirs.texts.length).toBe(this.#heard + i + 1);
    }
    expect([record.closes, theirs.closes]).toEqual([[], []]);
  }
}

const hello: Flood = (index) => greeting({ epoch: index, tag: index % 64 });

const floods: Record<string, Flood> = {
  announcements: 'announcements',
  hellos: hello,
  'hellos of another version': (index) => concat([0xbc, 0x43, 0x54, 0x53, 2], greeting({ epoch: index }).subarray(5)),
  'hellos that answer none of ours': (index) => greeting({ epoch: index, echo: index }),
  resets: (index) => encodeReset(index % 64),
  refusals: (index) => encodeRefuse({ code: 1, echo: index, reason: 'no, you' }),
  'packets of no session': (index) => Uint8Array.of(0xc0 | (index % 32), index % 256, 0, 1, 2, 3),
  'bytes of the game’s own': () => Uint8Array.of(1, 2, 3),
  'hellos that are none': () => Uint8Array.of(0xbc),
};

describe.each(Object.entries(floods))('10 000 %s in a second', (_, flood) => {
  test.each([
    ['that are refused with a reason', 'not today'],
    ['that are refused without a word', false],
    ['that the host never decides about', new Promise<boolean>(() => undefined)],
  ])('%s are bounded in all that they cost, and no player notices', (_, answer) => {
    flooded();
    const player = new Chatterer();
    const record = player.join();
    const asked = host.requested.length;
    const rtt = () => player.user.endpoint.stats()[0]?.rttMs ?? Number.NaN;
    player.chat(record, 3_000);
    const before = rtt();
    host.mayJoin = answer;
    driver.begin(flood, 10_000);
    player.chat(record, 5_000);
    driver.end();
    expect(driver.strangers).toBeGreaterThan(49_000);
    expect(host.requested.length - asked).toBeLessThanOrEqual(64 + 5 * 512 + 1);
    expect(driver.sent).toBeLessThanOrEqual(128 + 5 * 512 + 1);
    expect(driver.accepted).toBeLessThanOrEqual(64 + 5 * 512 + 1);
    const { waiting, asking } = endpoint.strangers;
    expect(Math.max(waiting, asking)).toBeLessThanOrEqual(512);
    expect(endpoint.stats().map(({ peer }) => peer)).toEqual([player.user.driver.steamId]);
    expect(rtt()).toBeLessThan(before + 10);
    // Nothing of it is left.
    world.run(30_000);
    expect([endpoint.strangers.waiting, endpoint.strangers.asking].filter((n) => n > 0)).toEqual([]);
  });
});

test('what was passed over is counted', () => {
  flooded();
  host.mayJoin = false;
  driver.begin('announcements', 10_000);
  world.run(1_000);
  driver.end();
  expect(endpoint.strangers.ignored).toBeGreaterThan(8_500);
  world.run(1_000);
  expect(endpoint.strangers.ignored + host.requested.length).toBe(driver.strangers);
});

describe('a player', () => {
  describe.each(Object.entries({ announcements: floods.announcements!, hellos: floods.hellos! }))(
    'in a flood of %s',
    (_, flood) => {
      test.each([
        ['who comes back after a crash', 'crash'],
        ['who comes back at once, on the same Steam session', 'rejoin'],
      ])('%s is let in at once', (_, how) => {
        flooded();
        const player = new Chatterer();
        player.join();
        world.run(6_000);
        host.mayJoin = 'not today';
        const ordinary = host.onSessionRequest.bind(host);
        host.onSessionRequest = (peer) => (peer === player.user.driver.steamId ? true : ordinary(peer));
        driver.begin(flood, 10_000);
        world.run(2_000);
        if (how === 'crash') {
          world.freeze(player.user.endpoint);
          world.steam.kill(player.user.driver);
          Object.assign(player, { user: world.user({}, player.user.driver.steamId) });
        } else {
          player.user.endpoint.release();
          world.run(100);
          player.user.endpoint.acquire();
        }
        const record = dial(player.user.endpoint, driver.steamId);
        world.run(300);
        expect(record.opened).toBe(1);
        player.chat(record, 1_000);
      });

      test('who was passed over gets in with the same attempt, as soon as he is expected', () => {
        flooded();
        const { driver: own, endpoint: player } = world.user();
        const members = new Set<bigint>();
        host.onSessionRequest = (peer) => members.has(peer) || 'not today';
        driver.begin(flood, 10_000);
        world.run(2_000);
        const record = dial(player, driver.steamId);
        world.run(2_000);
        expect(record.opened).toBe(0);
        members.add(own.steamId);
        endpoint.expect(own.steamId);
        world.run(300);
        // Refused with a reason, his attempt would be over; but nobody has heard him.
        expect([record.opened, record.closes]).toEqual([1, []]);
      });

      test('who is expected is let in at once, though nobody has seen him before', () => {
        flooded();
        host.mayJoin = 'not today';
        driver.begin(flood, 10_000);
        world.run(2_000);
        const { driver: own, endpoint: player } = world.user();
        const ordinary = host.onSessionRequest.bind(host);
        host.onSessionRequest = (peer) => (peer === own.steamId ? true : ordinary(peer));
        endpoint.expect(own.steamId);
        const record = dial(player, driver.steamId);
        world.run(300);
        expect(record.opened).toBe(1);
      });
    },
  );

  test('whom nobody knows has his chance in a flood of hellos: some of twenty get in, and others may try again', () => {
    flooded();
    const players = Array.from({ length: 20 }, () => world.user());
    // To refuse them the host lets Steam open their sessions: now it depends on who is heard.
    host.mayJoin = 'not today';
    for (const { driver: own } of players) own.send(driver.steamId, Uint8Array.of(1), 2, 0);
    world.run(100);
    host.onSessionRequest = (peer) => players.some(({ driver: own }) => own.steamId === peer) || 'not today';
    driver.begin(hello, 10_000);
    world.run(1_000);
    const records = players.map(({ endpoint: player }) => dial(player, driver.steamId));
    world.run(10_000);
    const inside = records.filter(({ opened }) => opened === 1).length;
    // Each has ten hellos, of which one in twenty is heard.
    expect(inside).toBeGreaterThanOrEqual(3);
    expect(inside).toBeLessThan(18);
  });

  test('all of a hundred who come at the same time get in at once', () => {
    flooded();
    const records = Array.from({ length: 100 }, () => dial(world.user().endpoint, driver.steamId));
    world.run(500);
    expect(records.map(({ opened }) => opened)).toEqual(records.map(() => 1));
    expect(endpoint.strangers.ignored).toBe(0);
  });
});

test('a host that lets everybody in is full of strangers, and refuses the others as full', () => {
  flooded({ maxPeers: 50 });
  driver.begin(hello, 10_000);
  world.run(2_000);
  expect(endpoint.stats()).toHaveLength(50);
  // Who is let in gets an answer each time that he says hello; here everybody says it once.
  expect(driver.sent).toBeLessThanOrEqual(64 + 128 + 2 * 2 * 512);
  driver.end();
  // They say nothing more: their places are free again.
  world.run(20_000);
  expect(endpoint.stats()).toEqual([]);
});

test('one user who says hello again and again, each time as a new one, is asked about 32 times a second at most', async () => {
  flooded();
  const loud = world.steam.user();
  for (let i = 0; i < 2_000; i++) {
    world.steam.inject(loud, driver.steamId, greeting({ epoch: i, tag: i % 64 }));
    world.run(1);
  }
  await settle();
  expect(host.requested.length).toBeLessThanOrEqual(64 + 2 * 32 + 1);
});

test('a megabyte at a time is read, whatever a packet has, and then others have their turn', () => {
  flooded();
  let largest = 0;
  driver.begin(() => new Uint8Array(1_048_576), 1_000);
  for (let i = 0; i < 20; i++) {
    const before = driver.strangers;
    world.run(100, 100);
    largest = Math.max(largest, driver.strangers - before);
  }
  // The least that is read is a part of 32.
  expect(largest).toBe(64);
});
