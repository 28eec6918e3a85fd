import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DelayLine } from '../../src/server/DelayLine.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function recorded() {
  const line = new DelayLine();
  const out: string[] = [];
  return { line, out, push: (name: string) => line.push(() => out.push(name)) };
}

test('without a delay everything passes at once', () => {
  const { line, out, push } = recorded();
  push('a');
  expect(out).toEqual(['a']);
  expect(line.isDelaying).toBe(false);
});

test('what is pushed comes out in order, later', () => {
  const { line, out, push } = recorded();
  line.setDelay(100);
  push('a');
  jest.advanceTimersByTime(50);
  push('b');
  jest.advanceTimersByTime(50);
  expect(out).toEqual(['a']);
  jest.advanceTimersByTime(50);
  expect(out).toEqual(['a', 'b']);
});

test('a shorter delay, or none, overtakes nothing', () => {
  const { line, out, push } = recorded();
  line.setDelay(100);
  push('a');
  line.setDelay(10);
  push('b');
  line.setDelay(0);
  push('c');
  expect(out).toEqual([]);
  jest.advanceTimersByTime(100);
  expect(out).toEqual(['a', 'b', 'c']);
  push('d');
  expect(out).toEqual(['a', 'b', 'c', 'd']);
});

test('a flush is everything, now', () => {
  const { line, out, push } = recorded();
  line.setDelay(1_000);
  push('a');
  line.push(() => push('b'));
  line.flush();
  expect(out).toEqual(['a', 'b']);
});

// A batch left the queue before it ran: with the delay at 0 the line then looked empty, and what the first run pushed went ahead of the
// second. Nothing pushed from within a run while more was waiting.
test('what is pushed from within a run waits behind the rest of its batch', () => {
  const { line, out, push } = recorded();
  line.setDelay(100);
  line.push(() => {
    out.push('a');
    push('c');
  });
  push('b');
  line.setDelay(0);
  jest.advanceTimersByTime(100);
  jest.advanceTimersByTime(1);
  expect(out).toEqual(['a', 'b', 'c']);
  expect(line.isDelaying).toBe(false);
});

// The rest of its batch was lost, and what came later waited for ever. A run throws when the game's callback of `client.raw()` does.
test('a run that throws ends neither its batch nor the line', () => {
  const { line, out, push } = recorded();
  line.setDelay(100);
  line.push(() => {
    throw new Error('of the game');
  });
  push('a');
  jest.advanceTimersByTime(50);
  push('b');
  expect(() => jest.advanceTimersByTime(50)).toThrow('of the game');
  jest.advanceTimersByTime(50);
  expect(out).toEqual(['a', 'b']);
});
