import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { costOf } from '../../src/bridge/frames.ts';
import { Inflow } from '../../src/bridge/Inflow.ts';
import { Outflow } from '../../src/bridge/Outflow.ts';

const WINDOW = 1_000;
const MAX_WAITING = 5_000;

const frame = (bytes: number, mark = 0) => new Uint8Array(bytes).fill(mark);

function outflow(): { out: Outflow; sent: number[] } {
  const sent: number[] = [];
  return { out: new Outflow(WINDOW, MAX_WAITING, (sending) => sent.push(sending[0] as number)), sent };
}

describe('what one stream sends', () => {
  test('is a window at most, and the rest when that was taken', () => {
    const { out, sent } = outflow();
    for (let mark = 1; mark <= 4; mark++) expect(out.send(frame(468, mark), true)).toBe(true);
    expect(sent).toEqual([1, 2]);
    expect(out.bufferedAmount).toBe(1_000);
    expect(out.credit(500)).toBe(true);
    expect(sent).toEqual([1, 2, 3]);
    expect(out.credit(1_000)).toBe(true);
    expect(sent).toEqual([1, 2, 3, 4]);
    expect(out.bufferedAmount).toBe(0);
  });

  test('may be one frame over the window, or the largest would never go', () => {
    const { out, sent } = outflow();
    out.send(frame(10 * WINDOW, 1), true);
    out.send(frame(1, 2), true);
    expect(sent).toEqual([1]);
    out.credit(costOf(10 * WINDOW));
    expect(sent).toEqual([1, 2]);
  });

  test('waits up to a bound, and is refused over it, whole', () => {
    const { out, sent } = outflow();
    out.send(frame(WINDOW, 1), true);
    expect(out.send(frame(MAX_WAITING - 32, 2), true)).toBe(true);
    expect(out.send(frame(1, 3), true)).toBe(false);
    out.credit(costOf(WINDOW));
    expect(sent).toEqual([1, 2]);
  });

  test('drops the oldest of what is unreliable, and sends it behind what is reliable', () => {
    const { out, sent } = outflow();
    out.send(frame(WINDOW, 1), true);
    for (let mark = 10; mark < 20; mark++) expect(out.send(frame(168, mark), false)).toBe(true);
    expect(out.dropped).toBe(5);
    out.send(frame(1, 2), true);
    out.credit(costOf(WINDOW));
    expect(sent).toEqual([1, 2, 15, 16, 17, 18, 19]);
  });

  test('ends with its last frame, which overtakes nothing that must arrive', () => {
    const { out, sent } = outflow();
    out.send(frame(WINDOW, 1), true);
    out.send(frame(1, 2), true);
    out.send(frame(1, 3), false);
    expect(out.finish(frame(1, 9))).toBe(false);
    out.credit(costOf(WINDOW));
    expect(sent).toEqual([1, 2, 9]);
    expect(outflow().out.finish(frame(1, 9))).toBe(true);
  });

  test('is not taken before it was sent', () => {
    const { out } = outflow();
    out.send(frame(10), true);
    expect(out.credit(43)).toBe(false);
    expect(out.credit(42)).toBe(true);
  });
});

test('both ends of a stream agree on the window, whatever is sent and however slowly it is taken', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 * WINDOW }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.boolean()), (bytes, takes) => {
      const arrived: number[] = [];
      const inbox: number[] = [];
      let allowed = true;
      const out = new Outflow(WINDOW, Number.POSITIVE_INFINITY, ({ length }) => {
        allowed &&= inflow.receive(costOf(length));
        inbox.push(length);
      });
      const credits: number[] = [];
      const inflow = new Inflow(WINDOW, (credit) => credits.push(credit));
      const turn = () => {
        const length = inbox.shift();
        if (length !== undefined) {
          arrived.push(length);
          inflow.take(costOf(length));
        }
        for (const credit of credits.splice(0)) expect(out.credit(credit)).toBe(true);
      };
      for (const length of bytes) {
        out.send(new Uint8Array(length), true);
        if (takes.next().value) turn();
      }
      for (let left = bytes.length; left > 0; left--) turn();
      expect(allowed).toBe(true);
      expect(arrived).toEqual(bytes);
      expect(out.bufferedAmount).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('what comes over the window is seen', () => {
  const inflow = new Inflow(WINDOW, () => undefined);
  expect(inflow.receive(WINDOW)).toBe(true);
  expect(inflow.receive(1)).toBe(false);
});
