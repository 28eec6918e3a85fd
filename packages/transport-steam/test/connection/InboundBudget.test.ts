import { expect, test } from '@jest/globals';
import { InboundBudget } from '../../src/connection/InboundBudget.ts';

/** 1000 units a second, so many at once, and 4 for two messages of 1024 bytes. */
const BURST = 1_004;

function budget() {
  return new InboundBudget({ maxWorkPerSecond: 1_000, maxMessageBytes: 1_024 });
}

test('what was not spent for a second is there at once, and no more', () => {
  const inbound = budget();
  expect(inbound.isFull(0)).toBe(true);
  expect(inbound.spend(BURST, 0)).toBe(true);
  expect(inbound.spend(1, 0)).toBe(false);
  expect(inbound.isOverdrawn).toBe(true);
  expect(inbound.spend(0.9, 2)).toBe(true);
  expect(inbound.isFull(2)).toBe(false);
  expect(inbound.isFull(10_000)).toBe(true);
  expect(inbound.spend(BURST + 1, 10_000)).toBe(false);
});

test('as much a second as there is goes on for ever', () => {
  const inbound = budget();
  for (let now = 0; now < 60_000; now++) expect(inbound.spend(1, now)).toBe(true);
  for (let now = 60_000; now < 61_000; now++) inbound.spend(2, now);
  expect(inbound.isOverdrawn).toBe(false);
  for (let now = 61_000; now < 61_100; now++) inbound.spend(2, now);
  expect(inbound.isOverdrawn).toBe(true);
});

test('time in which this process stood still is his, too', () => {
  const inbound = budget();
  inbound.forgive(10_000);
  expect(inbound.spend(11_000, 0)).toBe(true);
  expect(inbound.spend(5, 0)).toBe(false);
});

test('a process that stands still again and again does not save it up', () => {
  const inbound = budget();
  for (let pause = 0; pause < 3_600; pause++) inbound.forgive(1_001);
  expect(inbound.spend(BURST + 10_000, 0)).toBe(true);
  expect(inbound.spend(1, 0)).toBe(false);
});

test('of a peer whom we turned to, what a host says in ten seconds may come at once', () => {
  const inbound = budget();
  inbound.choose();
  inbound.choose();
  expect(inbound.isFull(0)).toBe(true);
  expect(inbound.spend(BURST + 4_000, 0)).toBe(true);
  expect(inbound.spend(1, 0)).toBe(false);
});

test('who flooded is not heard for half a minute, and then has it all again', () => {
  const inbound = budget();
  inbound.spend(5_000, 0);
  inbound.lock(0);
  expect([inbound.isLocked(29_999), inbound.isFull(29_999)]).toEqual([true, false]);
  expect([inbound.isLocked(30_000), inbound.isFull(30_000)]).toEqual([false, true]);
});

test('what counts from an earlier time than the one before it takes nothing away', () => {
  const inbound = budget();
  expect(inbound.spend(500, 5_000)).toBe(true);
  expect(inbound.pay(500, 4_000)).toBe(true);
  expect(inbound.pay(5, 5_000)).toBe(false);
});

test('what came at once is done in half a second, in small parts, and what was too much is made up for', () => {
  const inbound = budget();
  const begin = (units: number, now: number) => inbound.begin(units, { ms: 1, now });
  expect([begin(4.1, 0), begin(4.1, 0), begin(4.1, 0), begin(4.1, 0)]).toEqual([true, true, true, false]);
  expect([begin(4.1, 1), begin(4.1, 2), begin(4.1, 2)]).toEqual([false, true, false]);
  // What came out of a packet, too, but not what is counted for a fault.
  expect(begin(0, 10)).toBe(true);
  inbound.spend(30, 10);
  inbound.fine(10);
  expect([begin(1, 19), begin(1, 20)]).toEqual([false, true]);
  // Nobody saves it up.
  expect([begin(11, 60_000), begin(1, 60_000)]).toEqual([true, false]);
});

test('who polls seldom does as much in a turn as may come between two, and no more: long turns make no longer ones', () => {
  const inbound = budget();
  for (let now = 100; now <= 2_000; now += 100) {
    for (let packet = 0; packet < 100; packet++) expect(inbound.begin(1, { ms: 100, now })).toBe(true);
    expect(inbound.begin(1, { ms: 100, now })).toBe(false);
  }
});

test('of a peer whom we turned to, five times as much', () => {
  const inbound = budget();
  inbound.choose();
  const done = (now: number) => {
    for (let packets = 0; ; packets++) if (!inbound.begin(1, { ms: 1, now })) return packets;
  };
  expect([done(0), done(1), done(3), done(1_000)]).toEqual([51, 10, 20, 51]);
});

test('the largest message that may come, however little else, is made up for in half a second', () => {
  const inbound = new InboundBudget({ maxWorkPerSecond: 1_000, maxMessageBytes: 16 * 1_048_576 });
  expect(inbound.begin(1, { ms: 1, now: 0 })).toBe(true);
  expect(inbound.spend(32_768, 0)).toBe(true);
  expect([inbound.begin(1, { ms: 1, now: 100 }), inbound.begin(1, { ms: 1, now: 300 })]).toEqual([false, true]);
});
