import { expect, test } from '@jest/globals';
import { RecentPeers } from '../../src/connection/RecentPeers.ts';

test('remembers for a while, from the last time on', () => {
  const recent = new RecentPeers<string>(10, 100);
  recent.set(1n, 'a', 0);
  recent.set(2n, 'b', 50);
  recent.set(1n, 'c', 60);
  expect([recent.get(1n, 159), recent.get(2n, 149), recent.get(3n, 60)]).toEqual(['c', 'b', undefined]);
  expect([recent.get(1n, 160), recent.get(2n, 150)]).toEqual([undefined, undefined]);
  recent.expire(150);
  expect(recent.size).toBe(1);
  recent.set(3n, 'd', 500);
  expect(recent.size).toBe(1);
});

test('forgets the oldest when there are too many', () => {
  const recent = new RecentPeers<number>(3, 1_000);
  for (let i = 0; i < 5; i++) recent.set(BigInt(i), i, i);
  recent.set(2n, 20, 10);
  recent.set(9n, 9, 11);
  expect([0n, 1n, 2n, 3n, 4n, 9n].map((peer) => recent.get(peer, 11))).toEqual([undefined, undefined, 20, undefined, 4, 9]);
  expect([recent.delete(4n), recent.delete(4n), recent.size]).toEqual([true, false, 2]);
  recent.clear();
  expect(recent.size).toBe(0);
});
