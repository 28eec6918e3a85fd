import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { decodeMessage, encodeMessage, isWelcome, WELCOME } from '../../src/lobby/meshFrame.ts';
import { isSoundMsgpack } from '../../src/lobby/soundMsgpack.ts';
import { MessageError } from '../../src/messages.ts';
import { messages } from '../helpers/gameMessages.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const { pack } = new Packr({ useRecords: false, variableMapSize: true });

describe('a frame of a mesh', () => {
  test.each<[string, string, unknown]>([
    ['02 91 a568656c6c6f', 'hello', undefined],
    ['02 92 a568656c6c6f 07', 'hello', 7],
    ['02 92 a473686f74 82 a178 cb3ff8000000000000 a179 c0', 'shot', { x: 1.5, y: null }],
    ['02 92 a162 c403010203', 'b', Buffer.from([1, 2, 3])],
    ['02 92 a174 d6ff00000001', 't', new Date(1_000)],
  ])('%s', (frame, type, payload) => {
    const written = bytes(frame.replaceAll(' ', ''));
    expect(hex(encodeMessage(type, payload, undefined))).toBe(hex(written));
    expect(decodeMessage(written, undefined)).toEqual({ type, payload });
  });

  test('the examples of PROTOCOL.md', () => {
    const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
    const [, table = ''] = /\n\| frame \| type \| payload \|\n\|---\|---\|---\|\n((?:\|.*\n)+)/.exec(document) ?? [];
    const rows = [...table.matchAll(/^\| `([0-9a-f ]+)` \| (\w+) \| (?:`(.+)` )?\|$/gm)];
    expect(rows.length).toBe(3);
    for (const [, frame = '', type = '', json] of rows) {
      const payload: unknown = json === undefined ? undefined : JSON.parse(json);
      expect(decodeMessage(bytes(frame.replaceAll(' ', '')), undefined)).toEqual({ type, payload });
      expect(hex(encodeMessage(type, payload, undefined))).toBe(frame.replaceAll(' ', ''));
    }
  });

  test('a declared message is as declared, and is read by those who declared it', () => {
    const payload = { angle: 0.5, power: 80, charged: true };
    const frame = encodeMessage('shoot', payload, messages);
    expect(hex(frame)).toBe(`${(0x20 + messages.get('shoot')!.id).toString(16)}3f0000005001`);
    expect(decodeMessage(frame, messages)).toEqual({ type: 'shoot', payload });
    expect(decodeMessage(frame, undefined)).toBeUndefined();
    expect(decodeMessage(frame.subarray(0, 3), messages)).toBeUndefined();
    expect(decodeMessage(Uint8Array.of(...frame, 0), messages)).toBeUndefined();
    expect(() => encodeMessage('shoot', { ...payload, power: 256 }, messages)).toThrow(MessageError);
  });

  test('a declared name with anything else in it is none', () => {
    expect(decodeMessage(encodeMessage('shoot', { power: 'all of it' }, undefined), messages)).toBeUndefined();
  });

  test('the welcome is no message, and no message is the welcome', () => {
    expect(hex(WELCOME)).toBe('01');
    expect([isWelcome(WELCOME), isWelcome(bytes('0101')), isWelcome(new Uint8Array())]).toEqual([true, false, false]);
    expect(decodeMessage(WELCOME, messages)).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['no payload and no type', '02'],
    ['no list', '02a568656c6c6f'],
    ['an empty list', '0290'],
    ['three values', '0293a16101c0'],
    ['a number as its type', '029107'],
    ['an empty type', '0291a0'],
    ['a type of 129 characters', `0291d981${'61'.repeat(129)}`],
    ['a tail', '0291a16100'],
    ['another code', '0391a161'],
    ['one of Colyseus', '0da16101'],
    // Of msgpackr's own process: what was handed over there, and a declared payload.
    ['an extension T', '0292a161d45400'],
    ['an extension S', '0292a161d45300'],
    ['a definition of a record', '0292a161d4724093a178a179a17a'],
    ['an extension of msgpackr', '0292a161c70378010203'],
  ])('%s is none', (_what, frame) => {
    expect(decodeMessage(bytes(frame), undefined)).toBeUndefined();
    expect(decodeMessage(bytes(frame), messages)).toBeUndefined();
  });

  test('what cannot travel is the error of who sends it', () => {
    expect(() => encodeMessage('', 1, undefined)).toThrow(/type of a message must be a string of 1 to 128 characters/);
    expect(() => encodeMessage(7 as never, 1, undefined)).toThrow(TypeError);
    expect(() => encodeMessage('x', Symbol('x'), undefined)).toThrow();
    expect(() => encodeMessage('x', 2n ** 64n, undefined)).toThrow();
    expect(() => encodeMessage('x', new Map([[1, 2]]), undefined)).toThrow(
      /message x: its payload has what mesh messages cannot carry/,
    );
    let deep: unknown = 1;
    for (let level = 0; level < 70; level++) deep = [deep];
    expect(() => encodeMessage('x', deep, undefined)).toThrow(/at most 60 levels deep/);
  });

  test('random bytes are messages or none, and throw nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0x02, 0x20, 0x24, 0x3f), (random, code) => {
        const frame = Uint8Array.of(code, ...random);
        const read = decodeMessage(frame, messages);
        if (read !== undefined) expect(typeof read.type).toBe('string');
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});

describe('msgpack is sound', () => {
  test('when it is what a game sends', () => {
    const values = fc.anything({ withDate: true, withBigInt: false, withNullPrototype: false, maxDepth: 4 });
    fc.assert(
      fc.property(values, (value) => {
        expect(isSoundMsgpack(pack({ value }))).toBe(true);
      }),
      { seed: 11, numRuns: 1_000 },
    );
    for (const value of [
      undefined,
      new Date(Number.NaN),
      new Date(2 ** 43),
      2n ** 63n - 1n,
      -(2n ** 63n),
      'x'.repeat(70_000),
      new Uint8Array(70_000),
    ]) {
      expect(isSoundMsgpack(pack(value))).toBe(true);
    }
    expect(isSoundMsgpack(pack(Array.from({ length: 70_000 }, () => 1)))).toBe(true);
    expect(isSoundMsgpack(pack(Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))))).toBe(true);
  });

  test('and no part of it is', () => {
    const whole = pack({ a: [1, 'two', { three: new Uint8Array(3) }], b: 1.5, c: new Date(5), d: -70_000, e: 2n ** 60n });
    expect(isSoundMsgpack(whole)).toBe(true);
    for (let length = 0; length < whole.length; length++) expect(isSoundMsgpack(whole.subarray(0, length))).toBe(false);
    expect(isSoundMsgpack(Uint8Array.of(...whole, 0xc0))).toBe(false);
  });

  test.each([
    ['a list of more values than there are bytes', 'ddffffffff'],
    ['a list of 33 million values', `dd01ffffff${'00'.repeat(64)}`],
    ['a map of half as many', `df00ffffff${'00'.repeat(64)}`],
    ['a key that is a number', '810102'],
    ['a key that is a list', '819001'],
    ['no value behind a key', '82a16101a162'],
    ['a code that msgpack does not use', 'c1'],
    ['text that is longer than the bytes', 'dbffffffff61'],
    ['a million levels', `${'91'.repeat(1_000_000)}c0`],
  ])('%s is not', (_what, text) => {
    expect(isSoundMsgpack(bytes(text))).toBe(false);
  });

  test('what is sound, a decoder reads', () => {
    const { unpack } = new Packr({ useRecords: false });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (random) => {
        if (isSoundMsgpack(random)) unpack(random);
      }),
      { seed: 13, numRuns: 20_000 },
    );
  });
});
