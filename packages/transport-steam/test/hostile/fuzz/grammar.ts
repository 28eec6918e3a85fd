import fc from 'fast-check';
import { Compression, encodeCompressed } from '../../../src/wire/compression.ts';
import { type Control, ControlType, encodeControl } from '../../../src/wire/control.ts';
import { encodeRefuse, encodeReset } from '../../../src/wire/hello.ts';
import { Code, Lane } from '../../../src/wire/packet.ts';
import { encodeRequest, encodeResponse } from '../../../src/wire/requestCodec.ts';
import { concat, field, greeting } from '../../wire/support.ts';
import type { Impostor } from '../Impostor.ts';

/** What an impostor says next: valid, in itself; when it is said makes it good or bad. The packet is not sent yet. */
export type Utterance = (impostor: Impostor) => Uint8Array;

/** What is done to an utterance on its way. */
export type Mishap = 'none' | 'truncated' | 'flipped' | 'twice' | 'held back' | 'without a number' | 'never sent';

const slot = fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(14));
const code = fc.oneof(
  slot.map((each) => Code.OpenedBySender | each),
  slot,
  fc.nat(31),
);
const lane = fc.constantFrom(Lane.Reliable, Lane.Reliable, Lane.Unreliable);
const data = fc.oneof(fc.uint8Array({ maxLength: 24 }), fc.constant(new Uint8Array(1_190)), fc.constant(new Uint8Array(1_300)));
const requestId = fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(0xffff));
const reason = fc.constantFrom('', 'bye', 'x'.repeat(512));
const path = fc.constantFrom('/', '/room?sessionId=1', '/x'.repeat(100));

/** Without it nothing else gets far: a connection, in one of two slots. */
const opening = fc.constantFrom(0, 1).map((each): Control => {
  return { type: 'open', connection: Code.OpenedBySender | each, unreliableFrom: 0, offerFor: undefined, target: '/' };
});

const control: fc.Arbitrary<Control> = fc.oneof(
  fc.record({
    type: fc.constant('open' as const),
    connection: code,
    unreliableFrom: fc.constantFrom(0, 1, 1023),
    offerFor: fc.option(requestId, { nil: undefined, freq: 3 }),
    target: path,
  }),
  fc.record({ type: fc.constant('accept' as const), connection: code, unreliableFrom: fc.constantFrom(0, 1023) }),
  fc.record({ type: fc.constant('refuse' as const), connection: code, code: fc.nat(6), reason }),
  fc.record({
    type: fc.constant('close' as const),
    connection: code,
    code: fc.constantFrom(1000, 1005, 4000, 0, 65_535),
    reason,
  }),
  fc.record({ type: fc.constant('closed' as const), connection: code }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), token: fc.constantFrom(0, 1, 2, 0xffff_ffff) }),
  fc.record({ type: fc.constant('pause' as const), ms: fc.constantFrom(0, 1, 5_000, 0xffff_ffff) }),
  fc.record({ id: requestId, path, body: data }).map(({ id, ...request }) => ({
    type: 'request' as const,
    id,
    content: encodeRequest({ method: 'GET', headers: [], ...request }),
  })),
  fc
    .record({ id: requestId, status: fc.constantFrom(200, 404, 65_535), body: data })
    .map(({ id, ...response }) => ({ type: 'response' as const, id, content: encodeResponse({ headers: [], ...response }) })),
  fc.record({ type: fc.constant('requestFailed' as const), id: requestId, code: fc.nat(6), reason }),
);

const chunk = fc
  .record({ flags: fc.constantFrom(0, 1, 2, 3), inner: code, total: fc.constantFrom(0, 1, 40, 5_000, 2 ** 31), bytes: data })
  .map(({ flags, inner, total, bytes }) =>
    concat([ControlType.Chunk, flags], flags & 1 ? concat([inner], field(total, 4)) : [], bytes),
  );

const fragment = fc
  .record({
    inner: code,
    index: fc.nat(4),
    count: fc.nat(4),
    // The last is as long as a parity.
    bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 30 }), fc.constant(new Uint8Array(1_193).fill(1))),
  })
  .map(({ inner, index, count, bytes }) => concat([ControlType.Fragment, inner, index, count], bytes));

const compressed = fc
  .record({
    inner: code,
    bytes: fc.constantFrom(new Uint8Array(100), new Uint8Array(3_000), concat([8, 0, 1], new Uint8Array(60))),
  })
  .map(({ inner, bytes }) => encodeCompressed(Compression.Deflate, inner, bytes) ?? new Uint8Array(1));

const frame: fc.Arbitrary<readonly [number, Uint8Array]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(code, data) },
  { weight: 2, arbitrary: opening.map((each) => [Code.Control, encodeControl(each)] as const) },
  { weight: 6, arbitrary: control.map((each) => [Code.Control, encodeControl(each)] as const) },
  { weight: 1, arbitrary: chunk.map((payload) => [Code.Control, payload] as const) },
  { weight: 1, arbitrary: fragment.map((payload) => [Code.Control, payload] as const) },
  { weight: 1, arbitrary: compressed.map((payload) => [Code.Control, payload] as const) },
);

const hello = fc.record({
  fresh: fc.constantFrom(true, true, false),
  isAnswer: fc.constantFrom(false, false, true),
  tag: fc.option(fc.nat(63), { nil: undefined, freq: 5 }),
  compression: fc.constantFrom(1, 1, 0, 2, 9),
  maxMessageBytes: fc.constantFrom(1_048_576, 1_024),
  fingerprint: fc.constantFrom(0n, 0n, 0n, 7n),
});

/** For the one who reads what failed. */
function said(words: string, utterance: Utterance): Utterance {
  return Object.assign(utterance, { [fc.toStringMethod]: () => words });
}

function inWords(on: Lane, [inner, payload]: readonly [number, Uint8Array]): string {
  const bytes = Buffer.from(payload.subarray(0, 16)).toString('hex');
  return `${on === Lane.Reliable ? 'reliable' : 'unreliable'} 0x${inner.toString(16)} ${bytes}${payload.length > 16 ? '…' : ''}`;
}

export const utterance: fc.Arbitrary<Utterance> = fc.oneof(
  {
    weight: 3,
    arbitrary: hello.map((how) => {
      const { fresh, isAnswer, tag, ...rest } = how;
      return said(`hello ${fc.stringify(how)}`, (impostor) => {
        if (fresh) impostor.begin();
        if (tag !== undefined) impostor.tag = tag;
        const echo = isAnswer ? impostor.victimEpoch : undefined;
        return greeting({ epoch: impostor.epoch, tag: impostor.tag, echo, ...rest });
      });
    }),
  },
  {
    weight: 16,
    arbitrary: fc
      .tuple(lane, frame)
      .map(([on, each]) => said(inWords(on, each), (impostor) => impostor.packet(on, each[0], each[1]))),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(lane, fc.array(frame, { maxLength: 5 })).map(([on, frames]) => {
      const fitting = frames.filter(([, payload]) => payload.length <= 200);
      const payload = concat(...fitting.flatMap(([inner, bytes]) => [field((inner << 11) | bytes.length, 2), bytes]));
      const words = fitting.map((each) => inWords(on, each)).join(', ');
      return said(`many (${words})`, (impostor) => impostor.packet(on, Code.Many, payload));
    }),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((right) => said(`reset (${right})`, (impostor) => encodeReset(right ? impostor.victimTag : 9))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(6), fc.boolean(), reason).map(([refusal, right, text]) => {
      return said(`refuse ${refusal} (${right})`, (impostor) =>
        encodeRefuse({ code: refusal, echo: right ? impostor.victimEpoch : 9, reason: text }),
      );
    }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => said(fc.stringify(bytes), () => bytes)) },
);

export const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  { weight: 10, arbitrary: fc.constant('none' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Mishap>('truncated', 'flipped', 'twice', 'held back', 'without a number', 'never sent'),
  },
);
