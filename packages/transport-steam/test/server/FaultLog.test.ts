import { logger, ServerError } from '@colyseus/core';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { FaultLog } from '../../src/server/FaultLog.ts';

let now = 0;
let lines: string[];

beforeEach(() => {
  now = 1_000;
  lines = [];
  jest.spyOn(logger, 'error').mockImplementation((line) => void lines.push(String(line)));
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('one line a second about each player; the next one says how many were left out', () => {
  const faults = new FaultLog(() => now);
  for (; now < 3_500; now += 100) for (const steamId of [7n, 8n]) faults.add(steamId, 'he does it again');
  expect(lines.filter((line) => line.includes('user 7'))).toEqual([
    'colyseus-transport-steam: Steam user 7: he does it again',
    'colyseus-transport-steam: Steam user 7 (and 9 more of him before): he does it again',
    'colyseus-transport-steam: Steam user 7 (and 9 more of him before): he does it again',
  ]);
  expect(lines).toHaveLength(6);
});

test('the last one is logged when its second is over, also when nothing more comes', () => {
  const faults = new FaultLog(() => now);
  for (const what of ['first', 'second', 'third']) faults.add(7n, what);
  now += 999;
  faults.tick();
  expect(lines).toHaveLength(1);
  now += 1;
  for (let i = 0; i < 3; i++) faults.tick();
  faults.add(7n, 'fourth');
  expect(lines).toEqual([
    'colyseus-transport-steam: Steam user 7: first',
    'colyseus-transport-steam: Steam user 7 (and 1 more of him before): third',
  ]);
  now += 1_000;
  faults.tick();
  expect(lines.slice(2)).toEqual(['colyseus-transport-steam: Steam user 7: fourth']);
});

test('an error comes with its stack; what a game throws to refuse somebody is no fault', () => {
  const faults = new FaultLog(() => now);
  faults.add(7n, new ServerError(403, 'not you'));
  expect(lines).toEqual([]);
  faults.add(7n, new TypeError('a mistake'));
  expect(lines[0]).toMatch(/^colyseus-transport-steam: Steam user 7: TypeError: a mistake\n\s+at /);
});

test('however many players there are, it remembers a thousand', () => {
  const faults = new FaultLog(() => now);
  for (let steamId = 0n; steamId < 5_000n; steamId++) faults.add(steamId, 'he, too');
  expect(lines).toHaveLength(5_000);
  faults.add(4_999n, 'again');
  expect(lines).toHaveLength(5_000);
  faults.add(0n, 'forgotten');
  expect(lines).toHaveLength(5_001);
});
