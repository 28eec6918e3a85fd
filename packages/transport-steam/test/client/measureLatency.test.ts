import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { measureLatency } from '../../src/client/measureLatency.ts';
import type { SteamLink } from '../../src/client/SteamLink.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

// The timer was made first: it stayed, and 1.5 s later fell over a connection that there had never been, outside of any promise.
// Every other test has a driver that starts.
test('a dial that throws leaves no timer', async () => {
  const link = {
    dial() {
      throw new Error('Steam is not running');
    },
  } as unknown as SteamLink;
  await expect(measureLatency(link, 76561197960265729n)).rejects.toThrow('Steam is not running');
  expect(jest.getTimerCount()).toBe(0);
});
