import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WholeFrame } from '../../src/wire/chunks.ts';
import { FRAGMENT_BYTES, Fragments, fragmentPackets, MAX_FRAGMENTS, splitIntoFragments } from '../../src/wire/Fragments.ts';
import { COALESCED_BYTES, PACKET_HEADER_BYTES } from '../../src/wire/packet.ts';
import { holds } from './arbitraries.ts';
import { concat, field, fromHex, pattern } from './support.ts';

const LIMIT = 1_048_576;

describe('splitting into fragments', () => {
  test.each([
    [FRAGMENT_BYTES + 1, 2, 0],
    [2 * FRAGMENT_BYTES, 2, 0],
    [2 * FRAGMENT_BYTES + 1, 3, 1],
    [8 * FRAGMENT_BYTES, 8, 1],
    [8 * FRAGMENT_BYTES + 1, 9, 2],
    [MAX_FRAGMENTS * FRAGMENT_BYTES, 224, 28],
  ])(
    '%i bytes make %i and %i parities, which equal the slow codec, fit a packet, and come together again',
    (size, count, groups) => {
      const message = pattern(size);
      const fragments = split(0x12, message);
      expect(fragments.length).toBe(count + groups);
      expect(fragmentPackets(size)).toBe(fragments.length);
      expect(Buffer.compare(concat(...fragments), concat(...slowly(0x12, message)))).toBe(0);
      for (const fragment of fragments) expect(PACKET_HEADER_BYTES + fragment.length).toBeLessThanOrEqual(COALESCED_BYTES);
      expectMessage(together(fragments.slice(0, count)), message);
    },
  );
});

describe('a parity', () => {
  test.each([3, 5, 8, 9, 16, 17])('makes good any one that is lost of %i, in whatever order they come', (count) => {
    const message = pattern(count * FRAGMENT_BYTES - 500);
    const all = split(0x12, message);
    for (let lost = 0; lost < count; lost++) {
      const groups = all.length - count;
      const come = all.filter((_, index) => index !== lost && (index < count || index - count === lost % groups));
      for (const order of [come, come.toReversed()]) expectMessage(together(order), message);
    }
  });

  test('of each group makes good one of each: three that followed each other', () => {
    const message = pattern(17 * FRAGMENT_BYTES);
    const come = split(0x12, message).filter((_, index) => index < 4 || index > 6);
    expectMessage(together(come), message);
  });

  test('does not make good two of a group', () => {
    const fragments = new Fragments(LIMIT);
    const come = split(0x12, pattern(9 * FRAGMENT_BYTES)).filter((_, index) => index !== 1 && index !== 3);
    for (const fragment of come) expect(fragments.accept(0, fragment, 0)).toBe('partial');
    fragments.tick(2_000);
    expect(fragments.heldBytes).toBe(0);
  });

  // It comes behind the last fragment, and always did begin the message that was just finished.
  test('that comes late, as whatever does, begins nothing', () => {
    const fragments = new Fragments(LIMIT);
    const all = split(0x12, pattern(3_000));
    for (let sequence = 0; sequence < 32; sequence++) for (const fragment of all) fragments.accept(sequence, fragment, 0);
    for (let sequence = 0; sequence < 32; sequence++) {
      for (const fragment of all) expect(fragments.accept(sequence, fragment, 0)).toBe('partial');
    }
    expect(fragments.heldBytes).toBe(0);
    // Its number is that of another message when it comes round, and forgotten by then.
    fragments.pass(255);
    expect(fragments.accept(0, all[0]!, 0)).toBe('partial');
    expect(fragments.heldBytes).toBe(0);
    fragments.pass(256);
    expect(all.map((fragment) => fragments.accept(0, fragment, 0))[2]).toEqual({ code: 0x12, payload: pattern(3_000) });
  });

  test('of any other length is malformed', () => {
    const parity = split(0x12, pattern(3_000))[3]!;
    const fragments = new Fragments(LIMIT);
    for (let length = 0; length < parity.length; length++) {
      expect(fragments.accept(0, parity.subarray(0, length), 0)).toBe('malformed');
    }
    expect(fragments.accept(0, concat(parity, [0]), 0)).toBe('malformed');
    expect(fragments.heldBytes).toBe(0);
  });

  /** By what to change the parity of a message of 3000 bytes, whose last fragment has 618. */
  const lies: [string, number, number][] = [
    ['no length', 4, 618 >> 8],
    ['a length over that of a fragment', 4, 0x04],
    ['bytes behind the last', 6 + 618, 1],
  ];
  test.each(lies)(
    'that leaves %s cannot be true: the message is malformed, and what else comes of it begins nothing',
    (what, at, bits) => {
      const all = split(0x12, pattern(3_000));
      const parity = all[3]!.slice();
      parity[at]! ^= bits;
      if (what === 'no length') parity[5]! ^= 618 & 0xff;
      const fragments = new Fragments(LIMIT);
      for (const fragment of [all[0]!, all[1]!]) expect(fragments.accept(7, fragment, 0)).toBe('partial');
      expect(fragments.accept(7, parity, 0)).toBe('malformed');
      for (const fragment of all) expect(fragments.accept(7, fragment, 0)).toBe('partial');
      expect(fragments.heldBytes).toBe(0);
    },
  );

  test('counts as held, not as part of the message', () => {
    const message = pattern(5 * FRAGMENT_BYTES);
    const all = split(0x12, message);
    const fragments = new Fragments(message.length);
    for (const fragment of [all[5]!, ...all.slice(1, 4)]) fragments.accept(0, fragment, 0);
    expect(fragments.heldBytes).toBe(2 + 4 * FRAGMENT_BYTES);
    expect(fragments.accept(0, all[0]!, 0)).toEqual({ code: 0x12, payload: message });
    expect(fragments.heldBytes).toBe(0);
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

  // The numbers come round after 1024 packets, which a fast game sends within the 2 s that an unfinished message is kept: the parts of two
  // messages made one. What was tried had either fewer packets, or another count the second time.
  test('a number that comes round again does not complete the old message: it went 256 packets later', () => {
    const fragments = new Fragments(LIMIT);
    const send = (sequence: number, ...parts: Uint8Array[]) => {
      fragments.pass(sequence);
      return parts.map((one) => fragments.accept(sequence, one, 0));
    };
    send(1_000, part(0, 3, 'aa'), part(2, 3, 'aa'));
    for (let number = 1_001; number < 1_000 + 256; number++) send(number & 1_023);
    expect(fragments.heldBytes).toBe(2);
    send(1_256 & 1_023);
    expect(fragments.heldBytes).toBe(0);
    for (let number = 1_257; number < 1_000 + 1_024; number++) send(number & 1_023);
    expect(send(1_000, part(1, 3, 'bb'))).toEqual(['partial']);
    expect(send(1_000, part(0, 3, 'bb'), part(2, 3, 'bb'))[1]).toEqual({ code: 0x12, payload: fromHex('bb bb bb') });
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
    '0c 12 00 e1 aa',
    '0c 12 00 ff aa',
    '0c 12 03 03 aa',
    '0c 12 04 03 aa*1193',
    '0c 12 0b 09 aa*1193',
    '0c 12 ff e0 aa*1193',
    '0c 12 00 02 aa*1192',
    '0c 12 02 03 aa*1193',
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
    const bound = 6_000;
    const message = fc.record({ size: fc.integer({ min: FRAGMENT_BYTES + 1, max: 4 * FRAGMENT_BYTES }), code: fc.nat(30) });
    const schedule = fc.array(fc.record({ which: fc.nat(19), index: fc.nat(4), wait: fc.nat(300) }), { maxLength: 120 });
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

  test('a message comes as soon as no group lacks two, and is what was sent', () => {
    const size = fc.integer({ min: FRAGMENT_BYTES + 1, max: 20 * FRAGMENT_BYTES });
    const keys = fc.array(fc.nat(), { minLength: 23, maxLength: 23 });
    holds(
      fc.property(size, keys, fc.nat(23), (bytes, order, lost) => {
        const message = pattern(bytes);
        const all = split(0x12, message);
        const count = Math.ceil(bytes / FRAGMENT_BYTES);
        const shuffled = [...all.keys()].sort((a, b) => order[a]! - order[b]!).slice(lost);
        const fragments = new Fragments(LIMIT);
        const come = new Set<number>();
        let isWhole = false;
        for (const index of shuffled) {
          const result = fragments.accept(0, all[index]!, 0);
          come.add(index);
          const isNow = isComplete(come, count, all.length - count);
          if (isNow && !isWhole) expect(Buffer.compare((result as WholeFrame).payload, message)).toBe(0);
          else expect(result).toBe('partial');
          isWhole = isNow;
        }
        if (isWhole) expect(fragments.heldBytes).toBe(0);
      }),
      500,
    );
  });

  test('whatever comes, it holds no more than the bound', () => {
    const bound = 4_096;
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.nat(255).map((byte) => new Uint8Array(FRAGMENT_BYTES + 2).fill(byte)),
    );
    const fragment = fc
      .tuple(fc.nat(31), fc.nat(4), fc.nat(4), payload)
      .map(([code, index, count, data]) => concat([0x0c, code, index, count], data));
    const any = fc.tuple(fc.nat(1023), fc.oneof(fragment, fc.uint8Array({ maxLength: 10 })));
    const few = fc.tuple(fc.nat(12), fragment);
    holds(
      fc.property(fc.array(fc.oneof(few, any), { maxLength: 100 }), (steps) => {
        const fragments = new Fragments(bound);
        for (const [sequence, payload] of steps) {
          const result = fragments.accept(sequence, payload, 0);
          expect(fragments.heldBytes).toBeLessThanOrEqual(bound);
          if (typeof result !== 'string') expect(result.payload.length).toBeLessThanOrEqual(bound);
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
  splitIntoFragments(code, payload, (fragment) => fragments.push(fragment.slice()));
  return fragments;
}

/** The slow and obvious codec: digit by digit. */
function slowly(code: number, message: Uint8Array): Uint8Array[] {
  const parts: number[][] = [];
  for (let at = 0; at < message.length; at += 1_191) parts.push([...message.subarray(at, at + 1_191)]);
  const parities: number[][] = [];
  for (let group = 0; parts.length > 2 && group < parts.length / 8; group++) parities.push(new Array(1_193).fill(0));
  for (const [index, part] of parts.entries()) {
    const parity = parities[index % parities.length];
    for (const [at, byte] of [...field(part.length, 2), ...part].entries()) if (parity) parity[at]! ^= byte;
  }
  return [...parts, ...parities].map((data, index) => concat([0x0c, code, index, parts.length], data));
}

function isComplete(come: ReadonlySet<number>, count: number, groups: number): boolean {
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !come.has(index));
  if (groups === 0) return missing.length === 0;
  const inGroups = missing.map((index) => index % groups);
  return new Set(inGroups).size === missing.length && inGroups.every((group) => come.has(count + group));
}

function expectMessage(result: unknown, payload: Uint8Array): void {
  expect(result).toMatchObject({ code: 0x12 });
  expect(Buffer.compare((result as WholeFrame).payload, payload)).toBe(0);
}

/** What comes out when all but the last are partial. */
function together(parts: readonly Uint8Array[]): unknown {
  const fragments = new Fragments(LIMIT);
  const results = parts.map((each) => fragments.accept(3, each, 0));
  expect(results.slice(0, -1).every((result) => result === 'partial')).toBe(true);
  expect(fragments.heldBytes).toBe(0);
  return results.at(-1);
}
