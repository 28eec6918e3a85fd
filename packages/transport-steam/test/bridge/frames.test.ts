import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  aliveFrame,
  byeFrame,
  callFrame,
  cancelFrame,
  closeFrame,
  creditFrame,
  dataFrame,
  decodeFrame,
  eventFrame,
  FrameType,
  failureFrame,
  helloFrame,
  openedFrame,
  openFrame,
  requestFrame,
  responseFrame,
  resultFrame,
  welcomeFrame,
} from '../../src/bridge/frames.ts';
import { steamErrorCodes } from '../../src/driver/SteamError.ts';

const host = 76561197960265729n;
const text = (string: string) => new TextEncoder().encode(string);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const welcome = {
  version: 1,
  windowBytes: 262_144,
  fingerprint: 0n,
  maxMessageBytes: 1_048_576,
  steamId: host + 1n,
  host,
  hasLobbies: true,
  personaName: 'Ann',
};

/** Those of BRIDGE.md, each with what it decodes to. */
const vectors: readonly [name: string, frame: Uint8Array, decoded: object, hex: string][] = [
  [
    'hello',
    helloFrame({ version: 1, windowBytes: 262_144, fingerprint: 0n }),
    { type: FrameType.Hello, version: 1, windowBytes: 262_144, fingerprint: 0n },
    '01 63747362 01 00040000 0000000000000000',
  ],
  [
    'welcome',
    welcomeFrame(welcome),
    { type: FrameType.Welcome, ...welcome },
    '02 01 00040000 0000000000000000 00100000 0110000100000002 0110000100000001 01 416e6e',
  ],
  [
    'bye',
    byeFrame({ code: 1002, error: 'version-mismatch', reason: 'update' }),
    { type: FrameType.Bye, code: 1002, error: 'version-mismatch', reason: 'update' },
    '03 03ea 10 76657273696f6e2d6d69736d61746368 757064617465',
  ],
  ['alive', aliveFrame(), { type: FrameType.Alive }, '04'],
  ['credit', creditFrame(1, 131_072), { type: FrameType.Credit, id: 1, bytes: 131_072 }, '05 00000001 00020000'],
  [
    'open',
    openFrame(1, host, '/p/r?sessionId=s'),
    { type: FrameType.Open, id: 1, host, target: '/p/r?sessionId=s' },
    '10 00000001 0110000100000001 2f702f723f73657373696f6e49643d73',
  ],
  ['opened', openedFrame(1), { type: FrameType.Opened, id: 1 }, '11 00000001'],
  [
    'data, reliable',
    dataFrame(1, text('hi'), 'reliable'),
    { type: FrameType.Data, id: 1, delivery: 'reliable', latest: undefined, bytes: text('hi') },
    '12 00000001 00 6869',
  ],
  [
    'data, unreliable, latest of its kind',
    dataFrame(1, text('hi'), 'unreliable', 7),
    { type: FrameType.Data, id: 1, delivery: 'unreliable', latest: 7, bytes: text('hi') },
    '12 00000001 06 00000007 6869',
  ],
  [
    'close',
    closeFrame(1, { code: 4000, error: undefined, reason: '' }),
    { type: FrameType.Close, id: 1, code: 4000, error: undefined, reason: '' },
    '13 00000001 0fa0 00',
  ],
  [
    'request',
    requestFrame(2, host, Uint8Array.of(1, 2)),
    { type: FrameType.Request, id: 2, host, content: Uint8Array.of(1, 2) },
    '20 00000002 0110000100000001 0102',
  ],
  [
    'response',
    responseFrame(2, Uint8Array.of(1, 2)),
    { type: FrameType.Response, id: 2, content: Uint8Array.of(1, 2) },
    '21 00000002 0102',
  ],
  [
    'failure',
    failureFrame(2, 'denied', 'no'),
    { type: FrameType.Failure, id: 2, error: 'denied', reason: 'no' },
    '22 00000002 06 64656e696564 6e6f',
  ],
  ['cancel', cancelFrame(2), { type: FrameType.Cancel, id: 2 }, '23 00000002'],
  ['call', callFrame(3, 0x10, 'null'), { type: FrameType.Call, id: 3, name: 0x10, json: 'null' }, '30 00000003 10 6e756c6c'],
  ['result', resultFrame(3, '[]'), { type: FrameType.Result, id: 3, json: '[]' }, '31 00000003 5b5d'],
  ['event', eventFrame(0x02, '{}'), { type: FrameType.Event, name: 0x02, json: '{}' }, '32 02 7b7d'],
];

describe('a frame of the bridge', () => {
  const document = readFileSync(join(import.meta.dirname, '..', '..', 'BRIDGE.md'), 'utf8');

  test.each(vectors)('%s', (name, frame, decoded, expected) => {
    expect(hex(frame)).toBe(expected.replaceAll(' ', ''));
    expect(decodeFrame(frame)).toEqual(decoded);
    // A port may hand its memory over, so it must be all of it.
    expect(frame.buffer.byteLength).toBe(frame.length);
    expect(document).toContain(`| ${name} | \`${expected}\` |`);
  });

  test('the document has no other vectors', () => {
    expect(document.match(/^\| [^|]+ \| `[0-9a-f]{2}[0-9a-f ]*` \|$/gm)).toHaveLength(vectors.length);
    expect(new Set(vectors.map(([, frame]) => frame[0]))).toEqual(new Set(Object.values(FrameType)));
  });

  test('of another version is told from garbage', () => {
    const newer = helloFrame({ version: 2, windowBytes: 1, fingerprint: 1n });
    expect(decodeFrame(newer)).toMatchObject({ type: FrameType.Hello, version: 2 });
    expect(decodeFrame(newer.with(1, 0))).toBeUndefined();
  });

  test('whose head is cut off anywhere is none', () => {
    for (const [, frame, decoded] of vectors) {
      for (let length = 0; length < frame.length; length++) {
        const cut = decodeFrame(frame.subarray(0, length));
        // What ends in text or bytes is a shorter one of the same kind.
        if (cut !== undefined) expect(Object.keys(cut).sort()).toEqual(Object.keys(decoded).sort());
      }
    }
    for (const [frame, least] of [
      [openFrame(1, host, ''), 13],
      [dataFrame(1, text(''), 'unreliable', 7), 10],
      [requestFrame(1, host, text('')), 13],
      [closeFrame(1, { code: 1, error: undefined, reason: '' }), 8],
    ] as const) {
      expect(frame).toHaveLength(least);
      for (let length = 0; length < least; length++) expect(decodeFrame(frame.subarray(0, length))).toBeUndefined();
    }
  });

  test.each([
    ['a key of latest on a reliable message', '12 00000001 04 00000007 68'],
    ['a bit that means nothing', '12 00000001 08 68'],
    ['more behind its end', '11 00000001 00'],
    ['text that is no UTF-8', '32 02 ff'],
    ['an unknown kind', '7f'],
    ['nothing', ''],
  ])('with %s is none', (_what, bytes) => {
    expect(decodeFrame(Buffer.from(bytes.replaceAll(' ', ''), 'hex'))).toBeUndefined();
  });

  test('says every code of an error', () => {
    for (const error of steamErrorCodes) {
      expect(decodeFrame(failureFrame(1, error, 'why'))).toMatchObject({ error, reason: 'why' });
    }
  });

  test('keeps reasons short, and refuses what is too long for it', () => {
    const long = 'ä'.repeat(5_000);
    expect(decodeFrame(byeFrame({ code: 1, error: undefined, reason: long }))).toMatchObject({ reason: long.slice(0, 2_048) });
    expect(() => openFrame(1, host, `/${long}`)).toThrow(RangeError);
  });

  test('of any bytes is one or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...Object.values(FrameType)), (bytes, type) => {
        decodeFrame(bytes);
        decodeFrame(Uint8Array.of(type, ...bytes));
      }),
      { numRuns: 5_000 },
    );
  });
});
