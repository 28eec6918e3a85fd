import { expect, test } from '@jest/globals';
import { Heartbeat } from '../../src/connection/Heartbeat.ts';

const INTERVAL_MS = 1_000;
const DEAD_AFTER_MS = 15_000;

function measured(): Heartbeat {
  const heartbeat = new Heartbeat(0, INTERVAL_MS, DEAD_AFTER_MS);
  heartbeat.pong(heartbeat.ping(1_000), 1_050);
  expect(heartbeat.rttMs).toBe(50);
  return heartbeat;
}

test('a ping that is under way when he announces a pause measures the pause, and does not count', () => {
  const heartbeat = measured();
  const token = heartbeat.ping(2_000);
  heartbeat.excuse(2_020, 5_000);
  heartbeat.pong(token, 7_100);
  expect(heartbeat.rttMs).toBe(50);
  // Nor does one that is sent while he pauses; the next one does.
  heartbeat.excuse(8_000, 5_000);
  heartbeat.pong(heartbeat.ping(9_000), 13_000);
  expect(heartbeat.rttMs).toBe(50);
  heartbeat.pong(heartbeat.ping(14_000), 14_058);
  expect(heartbeat.rttMs).toBe(51);
});

test('a ping under way when we stand still ourselves does not count', () => {
  const heartbeat = measured();
  const token = heartbeat.ping(2_000);
  heartbeat.spoil();
  heartbeat.pong(token, 7_000);
  expect(heartbeat.rttMs).toBe(50);
});

test('an answer that counts from before the ping, in a turn in which both went, does not count', () => {
  const heartbeat = measured();
  heartbeat.pong(heartbeat.ping(2_010), 2_000);
  expect(heartbeat.rttMs).toBe(50);
  expect(heartbeat.jitterMs).toBe(25);
});
