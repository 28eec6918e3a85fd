import { schema, t } from '@colyseus/schema';
import { atMost, bytes, defineMessages, message } from '../../../src/messages.ts';

const Row = schema({ name: t.string(), score: t.uint16(), alive: t.boolean(), team: t.uint8().optional() }, 'Row');

/** A field of every type, and so many messages that not all have an id of one byte. */
export const messages = defineMessages({
  all: message({
    flag: t.boolean(),
    i8: t.int8(),
    u16: t.uint16(),
    i32: t.int32(),
    u64: t.uint64(),
    i64: t.int64(),
    big: t.biguint64(),
    signed: t.bigint64(),
    f32: t.float32(),
    f64: t.float64(),
    number: t.number(),
    part: t.quantized({ min: -1, max: 1, bits: 8 }),
    angle: t.angle(),
    text: atMost(t.string(), 20),
    raw: bytes(40),
    maybe: t.string().optional(),
    rows: t.array(Row),
    flags: t.array('boolean'),
    set: t.set('uint8'),
    numbers: t.collection('number'),
    map: t.map('string'),
    byName: t.map(Row),
    row: Row,
  }),
  chat: message({ to: t.string().optional(), text: t.string() }),
  move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
  ping: message(),
  raw: message({ data: bytes() }),
  ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`z${i}`, message({ n: t.number() })])),
});

const row = { name: 'Ann', score: 7, alive: true, team: 2 };

/** A payload of each message. */
export const samples: Readonly<Record<string, unknown>> = {
  all: {
    flag: true,
    i8: -1,
    u16: 65_535,
    i32: -(2 ** 31),
    u64: 2 ** 53 - 1,
    i64: -(2 ** 53) + 1,
    big: 2n ** 64n - 1n,
    signed: -(2n ** 63n),
    f32: 0.5,
    f64: Math.PI,
    number: -40_000,
    part: 0.25,
    angle: 1,
    text: 'hé',
    raw: Uint8Array.of(1, 2, 3),
    maybe: 'yes',
    rows: [row, { ...row, team: undefined }],
    flags: [true, false, true],
    set: [1, 2],
    numbers: [1, 1.5, -3, 100_000],
    map: { a: 'b', __proto_: '' },
    byName: { Ann: row },
    row,
  },
  chat: { text: 'hello', to: 'all' },
  move: { x: 1.5, y: -2 },
  raw: { data: Uint8Array.of(9, 9) },
  ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`z${i}`, { n: i * 1_000 }])),
};
