import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CHUNK_BYTES, ChunkAssembler, splitIntoChunks } from '../../src/wire/chunks.ts';
import { holds } from './arbitraries.ts';
import { concat, field, fromHex, pattern } from './support.ts';

const LIMIT = 1_048_576;

describe('splitting into chunks', () => {
  test.each([
    [1, 1],
    [CHUNK_BYTES - 1, 1],
    [CHUNK_BYTES, 1],
    [CHUNK_BYTES + 1, 2],
    [2 * CHUNK_BYTES, 2],
    [2 * CHUNK_BYTES + 1, 3],
    [LIMIT, 16],
  ])('%i bytes make %i, which equal the slow codec and come together again', (size, count) => {
    const message = pattern(size);
    const chunks = split(0x12, message);
    expect(chunks.length).toBe(count);
    const assembler = new ChunkAssembler(LIMIT);
    for (const [index, chunk] of chunks.entries()) {
      const data = message.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
      const last = index === count - 1;
      const flags = (index === 0 ? 1 : 0) + (last ? 2 : 0);
      const head = index === 0 ? [0x0b, flags, 0x12, ...field(size, 4)] : [0x0b, flags];
      expect(Buffer.compare(chunk, concat(head, data))).toBe(0);

      const result = assembler.accept(chunk);
      expect(assembler.heldBytes).toBe(last ? 0 : size);
      if (!last) expect(result).toBe('partial');
      else if (typeof result === 'string') throw new Error(result);
      else expect([result.code, Buffer.compare(result.payload, message)]).toEqual([0x12, 0]);
    }
  });
});

describe('putting chunks together', () => {
  const first = (total: number, data: string, flags = 0x01) => concat([0x0b, flags, 0x12], field(total, 4), fromHex(data));
  const next = (data: string, flags = 0x00) => concat([0x0b, flags], data === '' ? [] : fromHex(data));

  test('takes chunks of any size', () => {
    const assembler = new ChunkAssembler(LIMIT);
    expect(assembler.accept(first(4, 'aa'))).toBe('partial');
    expect(assembler.accept(next('bb cc'))).toBe('partial');
    expect(assembler.accept(next('dd', 0x02))).toEqual({ code: 0x12, payload: fromHex('aa bb cc dd') });
    expect(assembler.accept(first(1, 'ee', 0x03))).toEqual({ code: 0x12, payload: fromHex('ee') });
  });

  test('ignores flags that are not known', () => {
    const assembler = new ChunkAssembler(LIMIT);
    expect(assembler.accept(first(2, 'aa', 0xfd))).toBe('partial');
    expect(assembler.accept(next('bb', 0xfe))).toEqual({ code: 0x12, payload: fromHex('aa bb') });
  });

  const wrong: [string, Uint8Array[]][] = [
    ['nothing but its type', [fromHex('0b')]],
    ['not even that', [new Uint8Array()]],
    ['one that continues nothing', [next('aa')]],
    ['a last one that continues nothing', [next('aa', 0x02)]],
    ['a first one cut in its total', [fromHex('0b 01 12 00 00 00')]],
    ['a first one without bytes', [concat([0x0b, 0x01, 0x12], field(5, 4))]],
    ['a total of nothing', [concat([0x0b, 0x03, 0x12], field(0, 4))]],
    ['a total of nothing, with bytes', [first(0, 'aa', 0x03)]],
    ['more bytes than the total, at once', [first(1, 'aa bb', 0x03)]],
    ['more bytes than the total, in the end', [first(2, 'aa'), next('bb cc', 0x02)]],
    ['a last one that is too early', [first(3, 'aa'), next('bb', 0x02)]],
    ['a first and last one that is too short', [first(3, 'aa', 0x03)]],
    ['a full one that is not the last', [first(2, 'aa'), next('bb')]],
    ['a second first one', [first(3, 'aa'), first(3, 'aa')]],
    ['one without bytes', [first(3, 'aa'), next('')]],
    ['a total over the limit', [first(LIMIT + 4, 'aa')]],
    ['the largest total', [first(0xffffffff, 'aa')]],
  ];
  test.each(wrong)('%s is malformed, holds nothing, and does not disturb the next message', (_, chunks) => {
    const assembler = new ChunkAssembler(LIMIT);
    for (const chunk of chunks.slice(0, -1)) expect(assembler.accept(chunk)).toBe('partial');
    expect(assembler.accept(chunks.at(-1)!)).toBe('malformed');
    expect(assembler.heldBytes).toBe(0);
    expect(assembler.accept(first(1, 'ee', 0x03))).toEqual({ code: 0x12, payload: fromHex('ee') });
  });

  // A request whose content was just as large as allowed ended the session: id and type stand before it, and were counted too.
  test('the limit is that of a message, or of the content of a request: three bytes more make a frame', () => {
    const assembler = new ChunkAssembler(LIMIT);
    expect(assembler.accept(first(LIMIT, 'aa'))).toBe('partial');
    expect(assembler.heldBytes).toBe(LIMIT);
    assembler.clear();
    expect(assembler.heldBytes).toBe(0);
    expect(assembler.accept(first(LIMIT + 3, 'aa'))).toBe('partial');
    assembler.clear();
    expect(assembler.accept(first(LIMIT + 4, 'aa'))).toBe('malformed');
  });

  test('whatever comes, it holds no more than the limit, and completes nothing but what it was given', () => {
    const chunk = fc
      .tuple(fc.nat(3), fc.nat(31), fc.nat(1100), fc.uint8Array({ maxLength: 400 }))
      .map(([flags, code, total, data]) => concat([0x0b, flags], flags & 1 ? [code, ...field(total, 4)] : [], data));
    holds(
      fc.property(fc.array(fc.oneof(chunk, fc.uint8Array({ maxLength: 20 })), { maxLength: 30 }), (chunks) => {
        const assembler = new ChunkAssembler(1024);
        let given = 0;
        for (const each of chunks) {
          given += each.length;
          const result = assembler.accept(each);
          expect(assembler.heldBytes).toBeLessThanOrEqual(1027);
          if (result !== 'partial') expect(assembler.heldBytes).toBe(0);
          if (typeof result !== 'string') {
            expect(result.payload.length).toBeLessThanOrEqual(given);
            given = 0;
          }
        }
      }),
      2000,
    );
  });

  test('every truncation of a chunk in a message of three is malformed, or waits, and never completes it', () => {
    const message = pattern(9);
    const pieces = [first(9, '00 01 02'), next('03 04 05'), next('06 07 08', 0x02)];
    for (const [cut, piece] of pieces.entries()) {
      for (let length = 0; length < piece.length; length++) {
        const assembler = new ChunkAssembler(LIMIT);
        const results = pieces.map((each, index) => assembler.accept(index === cut ? each.subarray(0, length) : each));
        expect(results.filter((result) => typeof result !== 'string')).toEqual([]);
        expect(results).toContain('malformed');
      }
    }
    const assembler = new ChunkAssembler(LIMIT);
    expect(pieces.map((each) => assembler.accept(each)).at(-1)).toEqual({ code: 0x12, payload: message });
  });
});

function split(code: number, payload: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  splitIntoChunks(code, payload, (chunk) => chunks.push(chunk));
  return chunks;
}
