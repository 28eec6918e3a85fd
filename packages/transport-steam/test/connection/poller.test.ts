import { expect, jest, test } from '@jest/globals';
import { Poller } from '../../src/connection/Poller.ts';

test('polls at once while packets come, every ms while there is traffic, every 16 ms when there is none', () => {
  jest.useFakeTimers();
  try {
    const polls: number[] = [];
    let packets = 0;
    const poller = new Poller(
      () => {
        polls.push(performance.now());
        return packets;
      },
      () => undefined,
      () => performance.now(),
    );
    const within = (ms: number) => {
      polls.length = 0;
      jest.advanceTimersByTime(ms);
      return polls.length;
    };
    poller.start();
    expect(within(160)).toBe(10);
    poller.hurry();
    expect(within(100)).toBeGreaterThan(95);
    within(16);
    expect(within(160)).toBe(10);
    packets = 1;
    jest.advanceTimersByTime(16);
    expect(within(1)).toBeGreaterThanOrEqual(1);
    poller.stop();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test('goes on after a driver has thrown: the error is the process’ to see, the other connections live', () => {
  jest.useFakeTimers();
  try {
    let polls = 0;
    const poller = new Poller(
      () => {
        polls++;
        if (polls === 1) throw new Error('Steam: not initialised');
        return 0;
      },
      () => undefined,
      () => performance.now(),
    );
    poller.start();
    expect(() => jest.advanceTimersByTime(20)).toThrow('Steam: not initialised');
    jest.advanceTimersByTime(100);
    expect(polls).toBeGreaterThan(1);
    poller.stop();
  } finally {
    jest.useRealTimers();
  }
});
