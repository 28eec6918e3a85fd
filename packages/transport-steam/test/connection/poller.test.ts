import { expect, jest, test } from '@jest/globals';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { Poller } from '../../src/connection/Poller.ts';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { Host } from '../helpers/World.ts';

test('polls at once while packets come, every ms while there is traffic, every 16 ms without, every 50 ms in silence', () => {
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
    expect(within(500)).toBe(10);
    poller.hurry();
    expect(within(300)).toBeGreaterThan(290);
    within(16);
    expect(within(160)).toBe(10);
    within(1_000);
    expect(within(500)).toBe(10);
    packets = 1;
    jest.advanceTimersByTime(50);
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
    expect(() => jest.advanceTimersByTime(60)).toThrow('Steam: not initialised');
    jest.advanceTimersByTime(100);
    expect(polls).toBeGreaterThan(1);
    poller.stop();
  } finally {
    jest.useRealTimers();
  }
});

test('looks every ms for the hello of a peer who was let in: joining a host who is alone takes no longer for his slow polls', () => {
  jest.useFakeTimers();
  const steam = new SimulatedSteam({ seed: 1 });
  try {
    const host = steam.user();
    const endpoint = Endpoint.of(host);
    endpoint.serve(new Host());
    endpoint.acquire();
    jest.advanceTimersByTime(2_000);
    const poll = jest.spyOn(host, 'poll');
    steam.user().send(host.steamId, Uint8Array.of(1), SendType.Reliable, 0);
    steam.advance(1);
    jest.advanceTimersByTime(50);
    poll.mockClear();
    jest.advanceTimersByTime(20);
    expect(poll.mock.calls.length).toBeGreaterThan(15);
    endpoint.release();
  } finally {
    steam.close();
    jest.useRealTimers();
  }
});
