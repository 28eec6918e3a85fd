import { describe, expect, test } from '@jest/globals';
import { EndedSessions } from '../../src/connection/EndedSessions.ts';

const ANN = 76561197960265729n;
const BOB = 76561197960265730n;

const MINUTE_MS = 60_000;

describe('the sessions that have ended', () => {
  test('are known by peer and epoch', () => {
    const ended = new EndedSessions(1);
    ended.add(ANN, 7, 0);
    expect([ended.has(ANN, 7, 1), ended.has(ANN, 8, 1), ended.has(BOB, 7, 1)]).toEqual([true, false, false]);
  });

  test('are the last eight of a peer', () => {
    const ended = new EndedSessions(1);
    for (let epoch = 0; epoch < 9; epoch++) ended.add(ANN, epoch, 0);
    expect(Array.from({ length: 9 }, (_, epoch) => ended.has(ANN, epoch, 0)).indexOf(true)).toBe(1);
    expect(ended.has(ANN, 8, 0)).toBe(true);
  });

  test('are forgotten a quarter of an hour after the last one of the peer', () => {
    const ended = new EndedSessions(1);
    ended.add(ANN, 1, 0);
    ended.add(ANN, 2, 10 * MINUTE_MS);
    expect([ended.has(ANN, 1, 24 * MINUTE_MS), ended.has(ANN, 2, 24 * MINUTE_MS)]).toEqual([true, true]);
    expect([ended.has(ANN, 1, 25 * MINUTE_MS), ended.has(ANN, 2, 25 * MINUTE_MS)]).toEqual([false, false]);
    ended.add(ANN, 3, 25 * MINUTE_MS);
    expect([ended.has(ANN, 2, 25 * MINUTE_MS), ended.has(ANN, 3, 25 * MINUTE_MS)]).toEqual([false, true]);
  });

  test('are those of four times maxPeers peers', () => {
    const ended = new EndedSessions(2);
    for (let peer = 0n; peer < 9n; peer++) ended.add(ANN + peer, 1, 0);
    expect([ended.has(ANN, 1, 0), ended.has(BOB, 1, 0), ended.has(ANN + 8n, 1, 0)]).toEqual([false, true, true]);
  });
});
