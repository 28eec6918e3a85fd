import { schema, t } from '@colyseus/schema';
import { describe, expect, test } from '@jest/globals';
import { atMost, bytes, defineMessages, firstDifference, type MessageDefinitions, message } from '../../src/messages.ts';

const Row = schema({ name: t.string(), points: t.uint16(), team: t.uint8().optional() }, 'Row');

const definitions = {
  shoot: message({ angle: t.angle(), power: t.uint8() }, { delivery: 'unreliableNoDelay' }),
  move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
  score: message(
    { rows: t.array(Row), byTeam: t.map('number'), note: atMost(t.string(), 20).optional() },
    { delivery: 'buffered' },
  ),
  voice: message({ frame: bytes(400) }, { delivery: 'unreliable', channel: 'voice' }),
  ping: message(),
};

describe('messages', () => {
  const messages = defineMessages(definitions);

  test('have ids in the order of their names', () => {
    expect([...messages].map(({ id, name }) => [id, name])).toEqual([
      [0, 'move'],
      [1, 'ping'],
      [2, 'score'],
      [3, 'shoot'],
      [4, 'voice'],
    ]);
    expect(messages.size).toBe(5);
    expect(messages.at(3)).toBe(messages.get('shoot'));
    expect(messages.at(5)).toBeUndefined();
    expect(messages.at(-1)).toBeUndefined();
    expect(messages.get('unknown')).toBeUndefined();
    expect(messages.get('__proto__')).toBeUndefined();
    expect(messages.get(Symbol('move'))).toBeUndefined();
    expect(defineMessages({ 7: message() }).get(7)?.name).toBe('7');
  });

  test('travel as declared, or as is usual', () => {
    const travels = [...messages].map(({ delivery, channel, latest, hasPayload }) => [delivery, channel, latest, hasPayload]);
    expect(travels).toEqual([
      ['unreliable', 'state', true, true],
      ['reliable', 'messages', false, false],
      ['buffered', 'bulk', false, true],
      ['unreliableNoDelay', 'state', false, true],
      ['unreliable', 'voice', false, true],
    ]);
  });

  test('describe themselves, a line each', () => {
    expect(messages.description.split('\n')).toEqual([
      'move | unreliable state latest | x: float32 | y: float32',
      'ping | reliable messages | no payload',
      'score | buffered bulk | rows: array | rows[]: object | rows[].name: string | rows[].points: uint16 | rows[].team: uint8 or nothing | byTeam: map | byTeam{}: number | note: string of at most 20 or nothing',
      'shoot | unreliableNoDelay state | angle: 16 bits from 0 to 6.283185307179586 and round | power: uint8',
      'voice | unreliable voice | frame: bytes of at most 400',
    ]);
  });

  test('have a fingerprint that stays', () => {
    // If this fails, no game that was built before can play with one that is built now.
    expect(messages.fingerprint).toBe(fingerprint);
    expect(defineMessages(Object.fromEntries(Object.entries(definitions).reverse())).fingerprint).toBe(fingerprint);
    // FNV-1a 64 of nothing.
    expect(defineMessages({}).fingerprint).toBe(0xcbf29ce484222325n);
  });
});

const fingerprint = 0x9c34c0991b6502cen;

describe('the first difference', () => {
  const ours = defineMessages(definitions).description;
  const differing = (changes: MessageDefinitions) =>
    firstDifference(ours, defineMessages({ ...definitions, ...changes }).description);
  const Other = schema({ name: t.string(), points: t.uint32(), team: t.uint8().optional() }, 'Other');

  test.each<[string, MessageDefinitions, string]>([
    ['none', {}, 'there is no difference'],
    [
      'a type',
      { move: message({ x: t.float32(), y: t.float64() }, definitions.move.travel) },
      'message move: field y is float32 here, float64 there',
    ],
    [
      'a field less',
      { move: message({ x: t.float32() }, definitions.move.travel) },
      'message move: field y is float32 here, and not declared there',
    ],
    [
      'a field more',
      { move: message({ x: t.float32(), y: t.float32(), z: t.float32() }, definitions.move.travel) },
      'message move: field z is float32 there, and not declared here',
    ],
    [
      'the order of fields',
      { move: message({ y: t.float32(), x: t.float32() }, definitions.move.travel) },
      'message move: in the place of field x (float32) here stands y (float32) there',
    ],
    [
      'a nested field',
      { score: message({ ...definitions.score.fields, rows: t.array(Other) } as never, { delivery: 'buffered' }) },
      'message score: field rows[].points is uint16 here, uint32 there',
    ],
    [
      'the travel',
      { ping: message(undefined, { delivery: 'unreliable' }) },
      'message ping: travels reliable messages here, unreliable state there',
    ],
    ['a payload', { ping: message({ at: t.uint32() }) }, 'message ping: has no payload here, but one there'],
    ['a message more', { aim: message() }, 'message aim is declared there, but not here'],
  ])('%s', (_words, changes, expected) => {
    expect(differing(changes)).toBe(expected);
  });

  test('a message less', () => {
    const { move: _, ...others } = definitions;
    expect(firstDifference(ours, defineMessages(others).description)).toBe('message move is declared here, but not there');
    expect(firstDifference(ours, '')).toBe('message move is declared here, but not there');
  });

  test('of anything at all is a short sentence', () => {
    for (const theirs of [
      '\n\n',
      'x'.repeat(1e6),
      'move | \u0000\n'.repeat(1000),
      'move | unreliable state latest | : : |',
      '| | |',
    ]) {
      const sentence = firstDifference(ours, theirs);
      expect(sentence.length).toBeLessThan(500);
      expect(sentence).toMatch(/^[\x20-\x7e…]+$/);
    }
  });

  test('names that look like a description are told apart', () => {
    const odd = defineMessages({ 'a | b: c\n': message({ 'x: uint8 | y': t.uint8() }) });
    expect(odd.description).toBe('"a \\u007c b\\u003a c\\n" | reliable messages | "x\\u003a uint8 \\u007c y": uint8');
  });
});

class NoSchema {}
const Nested = schema({ a: t.uint8() }, 'Nested');

describe('is refused at once:', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a delivery',
      () => ({ m: message({}, { delivery: 'fast' as never }) }),
      'message m: delivery must be one of reliable, buffered,',
    ],
    ['a channel', () => ({ m: message({}, { channel: 'a b' }) }), 'message m: channel must be a name of 1 to 16 letters'],
    [
      'an option',
      () => ({ m: message({}, { chanel: 'a' } as never) }),
      'message m: chanel must be absent (there are delivery, channel, l',
    ],
    [
      'latest by a field that is not there',
      () => ({ m: message({ id: t.uint8(), list: t.array('uint8') }, { delivery: 'unreliable', latest: 'list' }) }),
      'message m: latest must be a field with a simple value (id), not "list"',
    ],
    ['latest', () => ({ m: message({}, { latest: true }) }), 'message m: latest must be false for a reliable message'],
    [
      'latest as a number',
      () => ({ m: message({ id: t.uint8() }, { delivery: 'unreliable', latest: 1 as never }) }),
      'message m: latest must be true, false or the name of a field, not 1',
    ],
    ['no message', () => ({ m: { x: t.uint8() } }), 'message m is an object: declare it with message()'],
    ['a name of nothing', () => ({ '': message() }), 'message "": a name has 1 to 128 characters'],
    ['the name of all', () => ({ '*': message() }), 'message "*": a name has 1 to 128 characters'],
    [
      'a field of every object',
      () => ({ m: message({ toString: t.uint8() } as never) }),
      'message m.toString: every object has "toString"',
    ],
    ['a type as text', () => ({ m: message({ a: 'uint8' } as never) }), 'message m.a is "uint8": declare it with t'],
    ['fields as text', () => ({ m: message('uint8' as never) }), 'message m is "uint8": declare fields'],
    ['a class without fields', () => ({ m: message({ a: NoSchema } as never) }), 'message m.a is a function without fields'],
    ['a stream', () => ({ m: message({ a: t.stream(Nested) }) }), 'message m.a: .stream() is for state'],
    ['a modifier of state', () => ({ m: message({ a: t.uint8().view() }) }), 'message m.a: .view() is for state'],
    ['another one', () => ({ m: message({ a: t.uint8().unreliable() }) }), 'message m.a: .unreliable() is for state'],
    ['a bound', () => ({ m: message({ a: atMost(t.string(), -1) }) }), 'atMost(-1): a bound is an integer'],
    ['items of nothing', () => ({ m: message({ a: t.array(schema({}, 'Empty')) }) }), 'message m.a[]: the class has no fields'],
  ])('%s', (_words, declared, problem) => {
    expect(() => defineMessages(declared() as never)).toThrow(problem);
  });

  test('a class in itself', () => {
    const Tree = schema({ name: t.string() }, 'Tree');
    const Branch = Tree.extend({ trees: t.array(Tree) }, 'Branch');
    expect(() => defineMessages({ m: message(Branch) })).not.toThrow();
    const metadata = (Tree as unknown as Record<symbol, Record<number, { type: unknown }>>)[Symbol.metadata];
    metadata![0]!.type = Tree;
    expect(() => defineMessages({ m: message(Tree) })).toThrow('message m.name: a message cannot nest a class in itself');
  });
});
