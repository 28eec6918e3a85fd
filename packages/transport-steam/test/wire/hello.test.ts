import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DESCRIPTION_BYTES,
  decodeHello,
  decodeRefuse,
  decodeReset,
  encodeHello,
  encodeRefuse,
  encodeReset,
  type Hello,
  LEAST_MAX_MESSAGE_BYTES,
  NAME_BYTES,
  PROTOCOL_VERSION,
  REASON_BYTES,
  type Refuse,
  RefuseCode,
} from '../../src/wire/hello.ts';
import { holds, text, u8, u32, u64 } from './arbitraries.ts';
import { concat, field, fromHex, greeting, type SlowReader, slowly, toHex } from './support.ts';

/** What is not cut. */
const personaName = text.filter((name) => Buffer.byteLength(name) <= NAME_BYTES);
const hello: fc.Arbitrary<Hello> = fc.record({
  version: fc.constant(PROTOCOL_VERSION),
  epoch: u32,
  echo: fc.option(u32, { nil: undefined }),
  tag: fc.integer({ min: 0, max: 0x3f }),
  maxMessageBytes: fc.integer({ min: LEAST_MAX_MESSAGE_BYTES, max: 0xffff_ffff }),
  fingerprint: u64,
  compression: u8,
  personaName,
});
const refuse: fc.Arbitrary<Refuse> = fc.record({ code: u8, echo: u32, reason: text });
/** Fingerprint and compression of one who has neither. */
const none = '00 00 00 00 00 00 00 00 00';

describe('hello', () => {
  test.each([
    [
      {
        epoch: 0x01020304,
        echo: undefined,
        tag: 0x2a,
        maxMessageBytes: 0x100000,
        fingerprint: 0x0102030405060708n,
        compression: 1,
        personaName: 'Zoë',
      },
      'bc 43 54 53 01 00 01 02 03 04 00 00 00 00 2a 00 10 00 00 01 02 03 04 05 06 07 08 01 04 5a 6f c3 ab',
    ],
    [
      { epoch: 0, echo: 0, tag: 0, maxMessageBytes: 1024, fingerprint: 0n, compression: 0, personaName: '' },
      'bc 43 54 53 01 01 00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00',
    ],
    [
      {
        epoch: 0xffffffff,
        echo: 0xfffffffe,
        tag: 0x3f,
        maxMessageBytes: 0xffffffff,
        fingerprint: 0xffffffffffffffffn,
        compression: 0xff,
        personaName: '\0',
      },
      'bc 43 54 53 01 01 ff ff ff ff ff ff ff fe 3f ff ff ff ff ff ff ff ff ff ff ff ff ff 01 00',
    ],
    // Fingerprints are no doubles: the last bit counts.
    [
      { epoch: 0, echo: 0, tag: 0, maxMessageBytes: 1024, fingerprint: 0x8000000000000001n, compression: 2, personaName: '' },
      'bc 43 54 53 01 01 00 00 00 00 00 00 00 00 00 00 00 04 00 80 00 00 00 00 00 00 01 02 00',
    ],
  ])('%#', (value, hex) => {
    expect(toHex(encodeHello(value))).toBe(hex);
    expect(decodeHello(fromHex(hex))).toEqual({ version: 1, ...value });
  });

  test('comes back, equals the slow codec, and bytes behind it are skipped', () => {
    holds(
      fc.property(hello, fc.uint8Array({ maxLength: 20 }), (value, later) => {
        const bytes = encodeHello(value);
        const flags = value.echo === undefined ? 0 : 1;
        const slow = concat(
          [0xbc, 0x43, 0x54, 0x53, 1, flags],
          field(value.epoch, 4),
          field(value.echo ?? 0, 4),
          [value.tag],
          field(value.maxMessageBytes, 4),
          field(value.fingerprint, 8),
          [value.compression, Buffer.byteLength(value.personaName)],
          Buffer.from(value.personaName),
        );
        expect(bytes).toEqual(slow);
        expect(decodeHello(concat(bytes, later))).toEqual(value);
      }),
    );
  });

  test('truncated it is nothing, unless it is the whole name that is not there', () => {
    const bytes = greeting({ echo: 2, personaName: 'Ann' });
    const nameless = bytes.length - 4;
    for (let length = 0; length < bytes.length; length++) {
      const decoded = decodeHello(bytes.subarray(0, length));
      if (length === nameless) expect(decoded).toEqual({ ...decodeHello(bytes), personaName: '' });
      else expect(decoded).toBeUndefined();
    }
  });

  test('cuts its name to 128 bytes, between characters; a longer one, or one that is not UTF-8, is not taken', () => {
    const long = greeting({ personaName: `x${'é'.repeat(64)}` });
    expect(decodeHello(long)?.personaName).toBe(`x${'é'.repeat(63)}`);
    const head = fromHex(`bc 43 54 53 01 00 00 00 00 00 00 00 00 00 00 00 00 04 00 ${none}`);
    const named = (length: number, byte: number) => concat(head, [length], new Uint8Array(length).fill(byte));
    expect(decodeHello(named(NAME_BYTES, 0x61))?.personaName).toBe('a'.repeat(NAME_BYTES));
    expect(decodeHello(named(NAME_BYTES + 1, 0x61))).toBeUndefined();
    expect(decodeHello(named(1, 0xff))).toBeUndefined();
  });

  test('of another version only version, epoch and echo are read, and nothing behind need be there', () => {
    const bytes = fromHex('bc 43 54 53 02 01 00 00 00 07 00 00 00 08');
    expect(decodeHello(bytes)).toEqual({
      version: 2,
      epoch: 7,
      echo: 8,
      tag: 0,
      maxMessageBytes: 0,
      fingerprint: 0n,
      compression: 0,
      personaName: '',
    });
    expect(decodeHello(bytes.subarray(0, 13))).toBeUndefined();
  });

  test('a tag of more than six bits is not taken', () => {
    expect(decodeHello(fromHex(`bc 43 54 53 01 00 00 00 00 00 00 00 00 00 3f 00 10 00 00 ${none}`))).toBeDefined();
    expect(decodeHello(fromHex(`bc 43 54 53 01 00 00 00 00 00 00 00 00 00 40 00 10 00 00 ${none}`))).toBeUndefined();
  });

  // Whoever said 0 would have made every send to him throw, in the game that talks to him.
  test('a limit below 1024 bytes is not taken', () => {
    expect(decodeHello(fromHex(`bc 43 54 53 01 00 00 00 00 00 00 00 00 00 00 00 00 04 00 ${none}`))).toBeDefined();
    expect(decodeHello(fromHex(`bc 43 54 53 01 00 00 00 00 00 00 00 00 00 00 00 00 03 ff ${none}`))).toBeUndefined();
    expect(decodeHello(fromHex(`bc 43 54 53 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ${none}`))).toBeUndefined();
  });
});

describe('refuse', () => {
  test('is these bytes', () => {
    const value = { code: 1, echo: 0x01020304, reason: 'no' };
    expect(toHex(encodeRefuse(value))).toBe('bd 43 54 53 01 01 02 03 04 6e 6f');
    expect(decodeRefuse(encodeRefuse(value))).toEqual(value);
  });

  test('comes back, and equals the slow codec', () => {
    holds(
      fc.property(refuse, (value) => {
        const bytes = encodeRefuse(value);
        expect(bytes).toEqual(concat([0xbd, 0x43, 0x54, 0x53, value.code], field(value.echo, 4), Buffer.from(value.reason)));
        expect(decodeRefuse(bytes)).toEqual(value);
      }),
    );
  });

  test('needs its nine bytes, and at most 512 of UTF-8 behind them', () => {
    const bytes = encodeRefuse({ code: 1, echo: 1, reason: '' });
    for (let length = 0; length < bytes.length; length++) expect(decodeRefuse(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeRefuse(concat(bytes, new Uint8Array(REASON_BYTES).fill(0x61)))).toBeDefined();
    expect(decodeRefuse(concat(bytes, new Uint8Array(REASON_BYTES + 1).fill(0x61)))).toBeUndefined();
    expect(decodeRefuse(concat(bytes, [0xff]))).toBeUndefined();
  });

  test('cuts its reason to 512 bytes', () => {
    expect(decodeRefuse(encodeRefuse({ code: 1, echo: 1, reason: 'x'.repeat(600) }))?.reason).toBe('x'.repeat(512));
  });

  test('for message definitions may have 16 KiB of them, cut between characters', () => {
    const code = RefuseCode.SchemaMismatch;
    const bytes = encodeRefuse({ code, echo: 1, reason: `x${'é'.repeat(DESCRIPTION_BYTES)}` });
    expect(bytes).toHaveLength(9 + DESCRIPTION_BYTES - 1);
    expect(decodeRefuse(bytes)?.reason).toBe(`x${'é'.repeat(DESCRIPTION_BYTES / 2 - 1)}`);
    expect(decodeRefuse(concat(bytes, [0x61]))).toBeDefined();
    expect(decodeRefuse(concat(bytes, [0x61, 0x61]))).toBeUndefined();
  });
});

describe('reset', () => {
  test('is these bytes', () => {
    expect(toHex(encodeReset(0x3f))).toBe('be 43 54 53 3f');
    for (let tag = 0; tag <= 0x3f; tag++) expect(decodeReset(encodeReset(tag))).toBe(tag);
  });

  test('truncated it is nothing', () => {
    for (let length = 0; length < 5; length++) expect(decodeReset(encodeReset(1).subarray(0, length))).toBeUndefined();
  });
});

describe('all three', () => {
  const decoders = [decodeHello, decodeRefuse, decodeReset];

  test('every byte of the magic counts', () => {
    const packets = [greeting(), encodeRefuse({ code: 1, echo: 1, reason: 'x' }), encodeReset(1)];
    for (const [index, packet] of packets.entries()) {
      expect(decoders[index]!(packet)).toBeDefined();
      for (const at of [1, 2, 3]) {
        const changed = packet.slice();
        changed[at]! ^= 0x01;
        expect(decoders[index]!(changed)).toBeUndefined();
      }
    }
  });

  test('random bytes behind the magic are what the slow decoders make of them', () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (rest, ours) => {
        const bytes = concat([0xbc, 0x43, 0x54, 0x53], ours ? [PROTOCOL_VERSION] : [], rest);
        expect(decodeHello(bytes)).toEqual(slowly(bytes, slowHello));
        expect(decodeRefuse(bytes)).toEqual(slowly(bytes, slowRefuse));
        expect(decodeReset(bytes)).toEqual(slowly(bytes, slowReset));
      }),
      5000,
    );
  });
});

function slowHello(reader: SlowReader): Hello | undefined {
  reader.bytes(4);
  const version = reader.field(1);
  const flags = reader.field(1);
  const epoch = reader.field(4);
  const third = reader.field(4);
  const echo = flags % 2 === 1 ? third : undefined;
  if (version !== 1)
    return { version, epoch, echo, tag: 0, maxMessageBytes: 0, fingerprint: 0n, compression: 0, personaName: '' };
  const tag = reader.field(1);
  const maxMessageBytes = reader.field(4);
  const fingerprint = BigInt(`0x${Buffer.from(reader.bytes(8)).toString('hex')}`);
  const compression = reader.field(1);
  const personaName = slowName(reader.bytes());
  const valid = tag < 64 && maxMessageBytes >= 1024 && personaName !== undefined;
  return valid ? { version, epoch, echo, tag, maxMessageBytes, fingerprint, compression, personaName } : undefined;
}

function slowName([length, ...rest]: Uint8Array): string | undefined {
  if (length === undefined) return '';
  const name = rest.slice(0, length);
  return name.length === length && length <= 128 ? slowly(Uint8Array.from(name), (reader) => reader.text()) : undefined;
}

function slowRefuse(reader: SlowReader): Refuse {
  reader.bytes(4);
  return { code: reader.field(1), echo: reader.field(4), reason: reader.text() };
}

function slowReset(reader: SlowReader): number {
  reader.bytes(4);
  return reader.field(1);
}
