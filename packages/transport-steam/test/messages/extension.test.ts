import { getMessageBytes, Protocol } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Packr, pack, unpack } from 'msgpackr';
import { canonicalFrame, compactFrame, compactHead, isCompact, readCompact } from '../../src/messages/compact.ts';
import { EXTENSION_TYPE } from '../../src/messages/extension.ts';
import {
  bytes,
  DeclaredPayload,
  defineMessages,
  type MessageDefinitions,
  MessageError,
  message,
  registerMessages,
} from '../../src/messages.ts';

const Row = schema({ name: t.string(), points: t.uint16() }, 'Row');
const messages = defineMessages({
  chat: message({ text: t.string() }),
  score: message({ rows: t.array(Row) }),
  voice: message({ frame: bytes() }),
  ping: message(),
});
const other = defineMessages({ chat: message({ text: t.string(), to: t.string() }) });

const takenBack: (() => void)[] = [];
const register = (set: Parameters<typeof registerMessages>[0]) => {
  const takeBack = registerMessages(set);
  takenBack.push(takeBack);
  return takeBack;
};
afterEach(() => {
  for (const takeBack of takenBack.splice(0)) takeBack();
});

function declaredPayload(name: string, payload: unknown): DeclaredPayload {
  const declared = messages.get(name)!;
  return new DeclaredPayload(declared, declared.encode(payload));
}

describe('through msgpackr', () => {
  const payload = { rows: [{ name: 'Ann', points: 3 }] };

  test.each([
    ['as the server packs', new Packr({ useRecords: false })],
    ['as the player packs', new Packr()],
  ])('%s', (_words, packr) => {
    register(messages);
    const packed = Uint8Array.from(packr.pack(declaredPayload('score', payload)));
    expect(unpack(packed)).toEqual(payload);
    expect(packr.unpack(packed)).toEqual(payload);
    // Beside what has no declaration, and more than one.
    const mixed = { a: 1, list: [declaredPayload('score', payload), declaredPayload('chat', { text: 'hi' })] };
    expect(unpack(Uint8Array.from(packr.pack(mixed)))).toEqual({ a: 1, list: [payload, { text: 'hi' }] });
  });

  test('what is malformed throws, and what is unknown', () => {
    register(messages);
    const packed = Uint8Array.from(pack(declaredPayload('score', payload)));
    expect(() => unpack(Uint8Array.of(0xd4, EXTENSION_TYPE, 99))).toThrow('message 99: is not declared here');
    expect(() => unpack(Uint8Array.of(0xd4, EXTENSION_TYPE, 0x80))).toThrow(MessageError);
    expect(() => unpack(Uint8Array.of(0xc7, 0, EXTENSION_TYPE, 0))).toThrow(Error);
    packed[packed.indexOf(0x41)] = 0xff;
    expect(() => unpack(packed)).toThrow('score: rows[0].name is not UTF-8');
  });
});

describe('a process has one set', () => {
  test('the same any number of times, until each was taken back', () => {
    const packed = () => Uint8Array.from(pack(declaredPayload('chat', { text: 'hi' })));
    const first = register(messages);
    const second = register(messages);
    expect(() => register(other)).toThrow('other messages are registered already');
    first();
    first();
    expect(unpack(packed())).toEqual({ text: 'hi' });
    expect(() => register(other)).toThrow(Error);
    second();
    const bytesOfChat = packed();
    expect(() => unpack(bytesOfChat)).toThrow('no messages are registered here');
    register(other);
  });
});

describe('frames', () => {
  const many: MessageDefinitions = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`m${String(i).padStart(3, '0')}`, message({ text: t.string() })]),
  );
  const large = defineMessages({ ...many, 'a name that is longer than thirty-one bytes': message(), ü: message() });

  test('no frame of Colyseus begins as a compact one', () => {
    for (const code of Object.values(Protocol)) {
      for (const modifiers of [0, 0x40, 0x80, 0xc0]) expect(isCompact(Uint8Array.of(code | modifiers))).toBe(false);
    }
    expect(isCompact(new Uint8Array(0))).toBe(false);
  });

  test.each([
    [0, '20'],
    [30, '3e'],
    [31, '3f1f'],
    [127, '3f7f'],
    [128, '3f8001'],
  ])('message %i begins with %s', (id, hex) => {
    const declared = large.at(id)!;
    expect(Buffer.from(compactHead(declared)).toString('hex')).toBe(hex);
    const encoded = declared.encode(declared.hasPayload ? { text: 'hi' } : undefined);
    const frame = compactFrame(declared, encoded);
    expect(frame).toEqual(declared.encode(declared.hasPayload ? { text: 'hi' } : undefined, compactHead(declared)));
    const read = readCompact(frame, large)!;
    expect(read.declared).toBe(declared);
    expect([...read.bytes]).toEqual([...encoded]);
  });

  test.each(['', '0d', '2a0000', '3e', '3f', '3f80', '3f05', '3f9f00', '3fffffffff7f', '40', 'ad'])('%s is no message', (hex) => {
    expect(readCompact(Buffer.from(hex, 'hex'), messages)).toBeUndefined();
  });

  test('expanded, they are what Colyseus sends', () => {
    register(large);
    for (const declared of large) {
      for (const text of ['', 'a', 'abc', 'a'.repeat(7), 'a'.repeat(15), 'a'.repeat(253), 'a'.repeat(300), 'a'.repeat(65_535)]) {
        const encoded = declared.encode(declared.hasPayload ? { text } : undefined);
        const sent = getMessageBytes.raw(Protocol.ROOM_DATA, declared.name, new DeclaredPayload(declared, encoded));
        expect(Buffer.compare(canonicalFrame(declared, encoded), sent)).toBe(0);
      }
    }
  });
});
