import { afterEach, expect, jest, test } from '@jest/globals';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { World } from '../helpers/World.ts';

let world: World | undefined;
afterEach(() => {
  world?.close();
  world = undefined;
});

test('handlers are called with the time, while the endpoint is held, until they are ended', () => {
  world = new World();
  const { endpoint } = world.user();
  const times: number[] = [];
  const end = endpoint.onTick((now) => times.push(now));
  world.run(100, 10);
  expect(times).toHaveLength(10);
  expect(times.at(-1)).toBe(endpoint.now());
  expect(endpoint.now()).toBe(world.steam.now);
  endpoint.release();
  world.run(100, 10);
  expect(times).toHaveLength(10);
  endpoint.acquire();
  world.run(50, 10);
  expect(times.length).toBeGreaterThan(13);
  const before = times.length;
  end();
  end();
  world.run(50, 10);
  expect(times).toHaveLength(before);
});

test('one function may be registered twice, and each is ended by itself', () => {
  world = new World();
  const { endpoint } = world.user();
  const handler = jest.fn();
  const end = endpoint.onTick(handler);
  endpoint.onTick(handler);
  world.run(20, 10);
  expect(handler).toHaveBeenCalledTimes(4);
  end();
  world.run(20, 10);
  expect(handler).toHaveBeenCalledTimes(6);
});

test('what a handler throws is the process’ to see, and holds up no other', () => {
  world = new World();
  const { endpoint } = world.user();
  const thrown = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
  try {
    const other = jest.fn();
    endpoint.onTick(() => {
      throw new Error('mine');
    });
    endpoint.onTick(other);
    world.run(20, 10);
    expect(other).toHaveBeenCalledTimes(2);
    expect(() => thrown.mock.calls[0]?.[0]()).toThrow('mine');
  } finally {
    thrown.mockRestore();
  }
});

test('a quiet endpoint ticks by itself, 20 times a second', () => {
  jest.useFakeTimers();
  const steam = new SimulatedSteam();
  try {
    const endpoint = Endpoint.of(steam.user());
    const handler = jest.fn();
    endpoint.onTick(handler);
    endpoint.acquire();
    jest.advanceTimersByTime(5_000);
    handler.mockClear();
    jest.advanceTimersByTime(1_000);
    expect(handler).toHaveBeenCalledTimes(20);
    endpoint.release();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    steam.close();
    jest.useRealTimers();
  }
});
