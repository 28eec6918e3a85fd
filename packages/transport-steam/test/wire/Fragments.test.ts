import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FRAGMENT_BYTES, Fragments, MAX_FRAGMENTS, splitIntoFragments } from '../../src/wire/Fragments.ts';
import { COALESCED_BYTES, PACKET_HEADER_BYTES } from '../../src/wire/packet.ts';
import { holds } from './arbitraries.ts';
import { concat, fromHex, pattern } from './support.ts';

const LIMIT = 1_048_576;

describe('splitting into fragments', () => {
  test.each([
    [FRAGMENT_BYTES + 1, 2],
    [2 * FRAGMENT_BYTES, 2],
    [2 * FRAGMENT_BYTES + 1, 3],
    [MAX_FRAGMENTS * FRAGMENT_BYTES, 255],
  ])('%i bytes make %i, which equal the slow codec, fit a packet, and come together again', (size, count) => {
    const message = pattern(size);
    const fragments = split(0x12, message);
    expect(fragments.length).toBe(count);
    for (const [index, fragment] of fragments.entries()) {
      const data = message.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES);
      expect(Buffer.compare(fragment, concat([0x0c, 0x12, index, count], data))).toBe(0);
      expect(PACKET_HEADER_BYTES + fragment.length).toBeLessThanOrEqual(COALESCED_BYTES);
    }
    expect(together(fragments)).toEqual({ code: 0x12, payload: message });
  });
});

describe('putting fragments together', () => {
  const part = (index: number, count: number, data = `0${index}`, code = 0x12) =>
    concat([0x0c, code, index, count], fromHex(data));
  const abc = { code: 0x12, payload: fromHex('00 01 02') };

  test('takes them in any order', () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      expect(together(order.map((index) => part(index, 3)))).toEqual(abc);
    }
  });

  test('takes each once: the first counts', () => {
    const fragments = new Fragments(LIMIT);
    expect(fragments.accept(7, part(0, 3), 0)).toBe('partial');
    expect(fragments.accept(7, part(0, 3, 'ff ff'), 0)).toBe('partial');
    expect(fragments.heldBytes).toBe(1);
    expect(fragments.accept(7, part(1, 3), 0)).toBe('partial');
    expect(fragments.accept(7, part(2, 3), 0)).toEqual(abc);
    expect(fragments.heldBytes).toBe(0);
  });

  test('several messages may be mixed', () => {
    const fragments = new Fragments(LIMIT);
    for (let sequence = 0; sequence < 8; sequence++) expect(fragments.accept(sequence, part(1, 2), 0)).toBe('partial');
    for (let sequence = 0; sequence < 8; sequence++) {
      expect(fragments.accept(sequence, part(0, 2), 0)).toEqual({ code: 0x12, payload: fromHex('00 01') });
    }
    expect(fragments.heldBytes).toBe(0);
  });

  test('a message that lost a part goes when the ninth begins, and its late part does not complete it', () => {
    const fragments = new Fragments(LIMIT);
    for (let sequence = 0; sequence < 9; sequence++) fragments.accept(sequence, part(0, 2), 0);
    expect(fragments.heldBytes).toBe(8);
    expect(fragments.accept(0, part(1, 2), 0)).toBe('partial');
    // That began message 0 anew, and pushed message 1 out; message 2 is still there.
    expect(fragments.accept(2, part(1, 2), 0)).toEqual({ code: 0x12, payload: fromHex('00 01') });
  });

  test.each([
    ['another count', part(1, 4)],
    ['another code', part(1, 3, '01', 0x13)],
  ])('a number that comes round again, with %s, drops the old message', (_, fragment) => {
    const fragments = new Fragments(LIMIT);
    fragments.accept(5, part(0, 3, '00 00 00'), 0);
    fragments.accept(5, part(2, 3, '02 02 02'), 0);
    expect(fragments.accept(5, fragment, 0)).toBe('partial');
    expect(fragments.heldBytes).toBe(1);
  });

  test('what is not complete after 2 s is forgotten, and nothing else', () => {
    const fragments = new Fragments(LIMIT);
    fragments.accept(1, part(0, 2, 'aa aa'), 1000);
    fragments.accept(2, part(0, 2, 'bb'), 2000);
    fragments.tick(2999);
    expect(fragments.heldBytes).toBe(3);
    fragments.tick(3000);
    expect(fragments.heldBytes).toBe(1);
    expect(fragments.accept(1, part(1, 2), 3000)).toBe('partial');
    expect(fragments.accept(2, part(1, 2, 'cc'), 3000)).toEqual({ code: 0x12, payload: fromHex('bb cc') });
  });

  test('further parts do not make a message younger', () => {
    const fragments = new Fragments(LIMIT);
    fragments.accept(1, part(0, 3), 0);
    fragments.accept(1, part(1, 3), 1999);
    fragments.tick(2000);
    expect(fragments.heldBytes).toBe(0);
  });

  test.each([
    '',
    '0c',
    '0c 12',
    '0c 12 00',
    '0c 12 00 02',
    '0c 12 00 00 aa',
    '0c 12 00 01 aa',
    '0c 12 02 02 aa',
    '0c 12 ff 02 aa',
  ])('%p is malformed and holds nothing', (hex) => {
    const fragments = new Fragments(LIMIT);
    expect(fragments.accept(0, hex === '' ? new Uint8Array() : fromHex(hex), 0)).toBe('malformed');
    expect(fragments.heldBytes).toBe(0);
  });

  test('the oldest goes when all together are over the bound', () => {
    const fragments = new Fragments(1024);
    const large = (index: number) => concat([0x0c, 0x12, index, 2], pattern(500));
    fragments.accept(1, large(0), 0);
    fragments.accept(2, large(0), 0);
    expect(fragments.heldBytes).toBe(1000);
    fragments.accept(3, large(0), 0);
    expect(fragments.heldBytes).toBe(1000);
    expect(fragments.accept(1, large(1), 0)).toBe('partial');
    expect(fragments.accept(3, large(1), 0)).toEqual({ code: 0x12, payload: concat(pattern(500), pattern(500)) });
  });

  // The last part was not counted: a message could be nearly twice as large as the limit.
  test('a message over the bound is malformed as soon as it is', () => {
    const fragments = new Fragments(1024);
    const large = (index: number, bytes: number) => concat([0x0c, 0x12, index, 2], pattern(bytes));
    expect(fragments.accept(1, large(0, 1024), 0)).toBe('partial');
    expect(fragments.accept(1, large(1, 1), 0)).toBe('malformed');
    expect(fragments.heldBytes).toBe(0);
    expect(fragments.accept(2, large(0, 1025), 0)).toBe('malformed');
    expect(fragments.heldBytes).toBe(0);
    fragments.accept(3, large(0, 1000), 0);
    expect(fragments.accept(3, large(1, 24), 0)).toEqual({ code: 0x12, payload: concat(pattern(1000), pattern(24)) });
  });

  // A view of one byte kept its packet of up to 1 MiB: held bytes said little of what was held.
  test('keeps copies, not the packets', () => {
    const fragments = new Fragments(LIMIT);
    const packet = part(0, 2, 'aa');
    fragments.accept(1, packet, 0);
    packet.fill(0xff);
    expect(fragments.accept(1, part(1, 2, 'bb'), 0)).toEqual({ code: 0x12, payload: fromHex('aa bb') });
  });

  test('cleared it holds nothing', () => {
    const fragments = new Fragments(LIMIT);
    fragments.accept(1, part(0, 2), 0);
    fragments.clear();
    expect(fragments.heldBytes).toBe(0);
    expect(fragments.accept(1, part(1, 2), 0)).toBe('partial');
  });

  test('shuffled, doubled and with losses, a message comes whole or not at all, and never more than the bound is held', () => {
    const bound = 4096;
    const message = fc.record({ size: fc.integer({ min: FRAGMENT_BYTES + 1, max: 3 * FRAGMENT_BYTES }), code: fc.nat(30) });
    const schedule = fc.array(fc.record({ which: fc.nat(19), index: fc.nat(2), wait: fc.nat(300) }), { maxLength: 120 });
    holds(
      fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), schedule, (messages, steps) => {
        const all = messages.map(({ size, code }, number) => {
          const payload = pattern(size).fill(number, 0, 1);
          return { code, payload, fragments: split(code, payload) };
        });
        const fragments = new Fragments(bound);
        let now = 0;
        for (const { which, index, wait } of steps) {
          now += wait;
          fragments.tick(now);
          const number = which % all.length;
          const { code, payload, fragments: parts } = all[number]!;
          const result = fragments.accept(number, parts[index % parts.length]!, now);
          expect(fragments.heldBytes).toBeLessThanOrEqual(bound);
          if (typeof result === 'string') expect(result).toBe('partial');
          else expect([result.code, Buffer.compare(result.payload, payload)]).toEqual([code, 0]);
        }
        fragments.tick(now + 2000);
        expect(fragments.heldBytes).toBe(0);
      }),
      500,
    );
  });

  test('whatever comes, it holds no more than the bound', () => {
    const fragment = fc
      .tuple(fc.nat(31), fc.nat(4), fc.nat(4), fc.uint8Array({ maxLength: 500 }))
      .map(([code, index, count, data]) => concat([0x0c, code, index, count], data));
    const any = fc.tuple(fc.nat(1023), fc.oneof(fragment, fc.uint8Array({ maxLength: 10 })));
    const few = fc.tuple(fc.nat(12), fragment);
    holds(
      fc.property(fc.array(fc.oneof(few, any), { maxLength: 100 }), (steps) => {
        const fragments = new Fragments(1024);
        for (const [sequence, payload] of steps) {
          const result = fragments.accept(sequence, payload, 0);
          expect(fragments.heldBytes).toBeLessThanOrEqual(1024);
          if (typeof result !== 'string') expect(result.payload.length).toBeLessThanOrEqual(1024);
        }
        fragments.tick(2000);
        expect(fragments.heldBytes).toBe(0);
      }),
      1000,
    );
  });
});

function split(code: number, payload: Uint8Array): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  splitIntoFragments(code, payload, (fragment) => fragments.push(fragment));
  return fragments;
}

/** What comes out when all but the last are partial. */
function together(parts: readonly Uint8Array[]): unknown {
  const fragments = new Fragments(LIMIT);
  const results = parts.map((each) => fragments.accept(3, each, 0));
  expect(results.slice(0, -1).every((result) => result === 'partial')).toBe(true);
  expect(fragments.heldBytes).toBe(0);
  return results.at(-1);
}
