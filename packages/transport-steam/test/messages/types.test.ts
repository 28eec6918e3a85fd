import { ArraySchema, MapSchema, Schema, schema, t, type } from '@colyseus/schema';
import { expect, test } from '@jest/globals';
import { bytes, defineMessages, type MessagesOf, message, type SentMessagesOf } from '../../src/messages.ts';

// What tsc says of this file is the test; that it also runs shows that the values are what their types say.

const Row = schema({ name: t.string(), points: t.uint16(), team: t.uint8().optional() }, 'Row');

class Decorated extends Schema {
  @type('string') name = '';
  @type(['uint8']) levels = new ArraySchema<number>();
}

const messages = defineMessages({
  move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
  chat: message({ text: t.string(), to: t.string().optional(), volume: t.uint8().default(5) }),
  score: message({ rows: t.array(Row), leader: t.ref(Row).optional(), byTeam: t.map('number'), tags: t.set('string') }),
  team: message({ side: t.string<'red' | 'blue'>(), id: t.biguint64(), heading: t.angle() }),
  voice: message({ frame: bytes() }),
  levels: message(Decorated),
  row: message(Row),
  ping: message(),
  pong: message(undefined, { delivery: 'unreliable' }),
});

type Messages = MessagesOf<typeof messages>;
type Sent = SentMessagesOf<typeof messages>;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_isSame: Same<A, B>) => undefined;

function roundTrip<K extends keyof Messages & string>(name: K, payload: Sent[K]): Messages[K] {
  const declared = messages.get(name)!;
  return declared.decode(declared.encode(payload)) as Messages[K];
}

test('what arrives has the types of the fields', () => {
  same<Messages['move'], { x: number; y: number }>(true);
  same<Messages['ping'], undefined>(true);
  same<Messages['pong'], undefined>(true);
  same<Messages['voice'], { frame: Uint8Array }>(true);
  same<Messages['chat'], { text: string; to?: string; volume: number }>(true);
  same<Messages['team'], { side: 'red' | 'blue'; id: bigint; heading: number }>(true);

  const score = roundTrip('score', { rows: [{ name: 'Ann', points: 3 }], byTeam: { red: 1.5 }, tags: ['a'] });
  const points: number = score.rows[0]!.points;
  const team: number | undefined = score.rows[0]!.team;
  const red: number | undefined = score.byTeam.red;
  const tag: string | undefined = score.tags[0];
  const leader: string | undefined = score.leader?.name;
  expect([points, team, red, tag, leader]).toEqual([3, undefined, 1.5, 'a', undefined]);

  const { name, levels } = roundTrip('levels', { name: 'Bob', levels: [1, 2] });
  const first: number | undefined = levels[0];
  expect([name, first]).toEqual(['Bob', 1]);
  expect(roundTrip('row', { name: 'Ann', points: 1 })).toEqual({ name: 'Ann', points: 1 });
});

test('instances, Map, Set and defaults may be sent', () => {
  expect(roundTrip('chat', { text: 'hi' })).toEqual({ text: 'hi', volume: 5 });
  expect(roundTrip('chat', { text: 'hi', to: undefined, volume: 1 })).toEqual({ text: 'hi', volume: 1 });
  const row = new Row({ name: 'Ann', points: 3 });
  const expected = { rows: [{ name: 'Ann', points: 3 }], byTeam: { red: 1 }, tags: ['a', 'b'] };
  const rows = new ArraySchema(row);
  expect(roundTrip('score', { rows, byTeam: new MapSchema({ red: 1 }), tags: new Set(['a', 'b']) })).toEqual(expected);
  expect(roundTrip('score', { rows: [row], byTeam: new Map([['red', 1]]), tags: ['a', 'b'] })).toEqual(expected);
  expect(roundTrip('row', row)).toEqual({ name: 'Ann', points: 3 });
  const decorated = new Decorated();
  decorated.levels.push(7);
  expect(roundTrip('levels', decorated)).toEqual({ name: '', levels: [7] });
  expect(roundTrip('levels', { name: '', levels: new Uint8Array([7]) })).toEqual({ name: '', levels: [7] });
});

test('what does not fit is an error at compile time too', () => {
  // @ts-expect-error -- y is missing
  expect(() => roundTrip('move', { x: 1 })).toThrow('move: y must be a number, not undefined');
  // @ts-expect-error -- not a string
  expect(() => roundTrip('chat', { text: 5 })).toThrow('chat: text must be a string, not 5');
  // @ts-expect-error -- no such field
  expect(() => roundTrip('move', { x: 1, y: 2, z: 3 })).toThrow('move: z is not declared (there are x, y), but is 3');
  // @ts-expect-error -- there is no payload
  expect(() => roundTrip('ping', {})).toThrow('ping: the payload must be absent, not an object');
  // @ts-expect-error -- the fields of a row
  expect(() => roundTrip('score', { rows: [{ name: 'Ann' }], byTeam: {}, tags: [] })).toThrow('score: rows[0].points must be');
  // @ts-expect-error -- no such message
  expect(() => roundTrip('unknown', {})).toThrow(TypeError);
  // @ts-expect-error -- no such way to travel
  expect(() => defineMessages({ a: message({}, { delivery: 'fast' }) })).toThrow(
    'message a: delivery must be one of reliable, buffered, unreliable, unreliableNoDelay, not "fast".',
  );
  // @ts-expect-error -- a side is red or blue; at runtime it is a string
  expect(roundTrip('team', { side: 'green', id: 1n, heading: 0 })).toEqual({ side: 'green', id: 1n, heading: 0 });
});
