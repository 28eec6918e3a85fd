import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Offers } from '../../src/client/Offers.ts';
import type { Connection } from '../../src/connection/Connection.ts';

const HOST = 76561197960265729n;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function make() {
  const offers = new Offers(1_000);
  const forgotten = jest.fn();
  const close = jest.fn();
  const connection = { close } as unknown as Connection;
  const keep = (target: string) => offers.keep(HOST, target, connection, forgotten);
  return { offers, forgotten, close, connection, keep };
}

test('an offer is for its seat, however the URL is written', () => {
  const { offers, forgotten, connection, keep } = make();
  keep('/p/r?sessionId=s&_authToken=t');
  expect(offers.take(HOST + 1n, '/p/r?sessionId=s')).toBeUndefined();
  expect(offers.take(HOST, '/p/r2?sessionId=s')).toBeUndefined();
  expect(offers.take(HOST, '/p/r?sessionId=other')).toBeUndefined();
  expect(offers.take(HOST, '/p/r?sessionId=s&reconnectionToken=t')).toBeUndefined();
  expect(offers.take(HOST, '/p/r?skipHandshake=1&sessionId=s')).toBe(connection);
  expect(offers.take(HOST, '/p/r?sessionId=s')).toBeUndefined();
  expect(forgotten).toHaveBeenCalledTimes(1);
});

test('one that nobody takes is forgotten', () => {
  const { offers, forgotten, keep } = make();
  keep('/p/r?sessionId=s');
  jest.advanceTimersByTime(1_000);
  expect(forgotten).toHaveBeenCalledTimes(1);
  expect(offers.take(HOST, '/p/r?sessionId=s')).toBeUndefined();
});

test('clear closes what waits', () => {
  const { offers, forgotten, close, keep } = make();
  keep('/p/r?sessionId=s');
  offers.clear();
  expect(forgotten).toHaveBeenCalledTimes(1);
  expect(close).toHaveBeenCalledTimes(1);
});

test('a target that is none is closed at once', () => {
  const { forgotten, close, keep } = make();
  keep('//[');
  expect(forgotten).toHaveBeenCalledTimes(1);
  expect(close).toHaveBeenCalledTimes(1);
});
