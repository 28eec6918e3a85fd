import { expect, test } from '@jest/globals';
import { Lottery } from '../../src/connection/Lottery.ts';
import { generator } from '../helpers/World.ts';

function lottery(max: number): Lottery {
  return new Lottery(max, generator(7));
}

test('holds each user once, and no more than fit', () => {
  const users = lottery(3);
  expect([1n, 2n, 2n, 3n, 1n].map((user) => users.add(user))).toEqual([true, true, true, true, true]);
  expect([users.size, users.add(4n), users.size, users.has(4n)]).toEqual([3, false, 3, true]);
});

test('gives everybody out, once', () => {
  const users = lottery(100);
  const all = Array.from({ length: 100 }, (_, i) => BigInt(i));
  for (const user of all) users.add(user);
  const drawn = all.map(() => users.draw());
  expect(drawn).not.toEqual(all);
  expect(new Set(drawn)).toEqual(new Set(all));
  expect([users.draw(), users.size]).toEqual([undefined, 0]);
});

test('whoever is taken out or cleared is not there any more', () => {
  const users = lottery(10);
  for (const user of [1n, 2n, 3n]) users.add(user);
  users.delete(1n);
  users.delete(1n);
  expect([users.has(1n), users.has(2n), users.has(3n), users.size]).toEqual([false, true, true, 2]);
  expect(new Set([users.draw(), users.draw()])).toEqual(new Set([2n, 3n]));
  users.add(4n);
  users.clear();
  expect([users.size, users.has(4n)]).toEqual([0, false]);
});

test('neither the first nor the last have more luck than others', () => {
  const times = { first: 0, last: 0 };
  const users = lottery(20);
  for (let i = 0; i < 4_000; i++) {
    for (let user = 0n; user < 20n; user++) users.add(user);
    const drawn = users.draw();
    if (drawn === 0n) times.first++;
    if (drawn === 19n) times.last++;
    users.clear();
  }
  // 200 each, and about 14 more or less.
  for (const count of Object.values(times)) expect(Math.abs(count - 200)).toBeLessThan(60);
});
