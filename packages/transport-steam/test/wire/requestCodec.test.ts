import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  MAX_HEADERS,
  MAX_TEXT_BYTES,
  type RequestContent,
  type ResponseContent,
} from '../../src/wire/requestCodec.ts';
import { holds, text, u16 } from './arbitraries.ts';
import { concat, field, fromHex, type SlowReader, slowly, toHex } from './support.ts';

const headers = fc.array(fc.tuple(text, text), { maxLength: 5 });
const body = fc.uint8Array({ maxLength: 100 });
const request: fc.Arbitrary<RequestContent> = fc.record({ method: text, path: text, headers, body });
const response: fc.Arbitrary<ResponseContent> = fc.record({ status: u16, headers, body });
const none = new Uint8Array();

describe('a request', () => {
  test('is these bytes', () => {
    const value = { method: 'GET', path: '/a', headers: [['x', 'yz']] as const, body: fromHex('01 02') };
    const hex = '00 03 47 45 54 00 02 2f 61 01 00 01 78 00 02 79 7a 01 02';
    expect(toHex(encodeRequest(value))).toBe(hex);
    expect(decodeRequest(fromHex(hex))).toEqual(value);
  });

  test('may be empty in every part', () => {
    const value = { method: '', path: '', headers: [], body: none };
    expect(toHex(encodeRequest(value))).toBe('00 00 00 00 00');
    expect(decodeRequest(fromHex('00 00 00 00 00'))).toEqual(value);
  });

  test('comes back, and equals the slow codec', () => {
    holds(
      fc.property(request, (value) => {
        const bytes = encodeRequest(value);
        expect(bytes).toEqual(concat(slowText(value.method), slowText(value.path), slowHeaders(value.headers), value.body));
        expect(decodeRequest(bytes)).toEqual(value);
      }),
    );
  });
});

describe('a response', () => {
  test('is these bytes', () => {
    const value = { status: 404, headers: [['', '']] as const, body: fromHex('ff') };
    expect(toHex(encodeResponse(value))).toBe('01 94 01 00 00 00 00 ff');
    expect(decodeResponse(fromHex('01 94 01 00 00 00 00 ff'))).toEqual(value);
  });

  test('comes back, and equals the slow codec', () => {
    holds(
      fc.property(response, (value) => {
        const bytes = encodeResponse(value);
        expect(bytes).toEqual(concat(field(value.status, 2), slowHeaders(value.headers), value.body));
        expect(decodeResponse(bytes)).toEqual(value);
      }),
    );
  });
});

describe('both', () => {
  test('every truncation, and random bytes, are what the slow decoder makes of them', () => {
    const cut = (bytes: Uint8Array) => fc.nat(bytes.length).map((length) => bytes.subarray(0, length));
    const any = fc.oneof(request.map(encodeRequest).chain(cut), response.map(encodeResponse).chain(cut), body);
    holds(
      fc.property(any, (bytes) => {
        expect(decodeRequest(bytes)).toEqual(slowly(bytes, slowRequest));
        expect(decodeResponse(bytes)).toEqual(slowly(bytes, slowResponse));
      }),
      5000,
    );
  });

  test('truncated before the body they are nothing', () => {
    const bytes = encodeRequest({ method: 'GET', path: '/', headers: [['a', 'b']], body: none });
    for (let length = 0; length < bytes.length; length++) expect(decodeRequest(bytes.subarray(0, length))).toBeUndefined();
    const answer = encodeResponse({ status: 200, headers: [['a', 'b']], body: none });
    for (let length = 0; length < answer.length; length++) expect(decodeResponse(answer.subarray(0, length))).toBeUndefined();
  });

  test('64 headers are as many as there may be', () => {
    const of = (count: number) => Array.from({ length: count }, () => ['n', 'v'] as const);
    const full = { method: 'GET', path: '/', headers: of(MAX_HEADERS), body: none };
    expect(decodeRequest(encodeRequest(full))).toEqual(full);
    expect(() => encodeRequest({ ...full, headers: of(MAX_HEADERS + 1) })).toThrow(
      new RangeError('65 headers are over the limit of 64'),
    );
    expect(() => encodeResponse({ status: 200, headers: of(MAX_HEADERS + 1), body: none })).toThrow(RangeError);
    expect(decodeResponse(concat(field(200, 2), [65], new Uint8Array(65 * 4)))).toBeUndefined();
    expect(decodeResponse(concat(field(200, 2), [64], new Uint8Array(64 * 4)))).toBeDefined();
  });

  test('a text may have 65 535 bytes; one more names what is too long', () => {
    const fits = 'x'.repeat(MAX_TEXT_BYTES);
    const value = { method: fits, path: fits, headers: [[fits, fits]] as const, body: none };
    expect(decodeRequest(encodeRequest(value))).toEqual(value);
    // 32 768 characters, twice as many bytes.
    const over = 'é'.repeat(32_768);
    const base = { method: 'GET', path: '/', headers: [], body: none };
    expect(() => encodeRequest({ ...base, method: over })).toThrow(
      new RangeError('method of 65536 bytes is over the limit of 65535'),
    );
    expect(() => encodeRequest({ ...base, path: over })).toThrow(
      new RangeError('path of 65536 bytes is over the limit of 65535'),
    );
    expect(() => encodeRequest({ ...base, headers: [[over, '']] })).toThrow(/^header name of 65536/);
    expect(() => encodeRequest({ ...base, headers: [['cookie', over]] })).toThrow(/^header cookie of 65536/);
  });

  test('the body is a view', () => {
    const bytes = encodeResponse({ status: 200, headers: [], body: fromHex('aa') });
    expect(decodeResponse(bytes)?.body.buffer).toBe(bytes.buffer);
  });
});

type Headers = readonly (readonly [string, string])[];

function slowText(value: string): Uint8Array {
  return concat(field(Buffer.byteLength(value), 2), Buffer.from(value));
}

function slowHeaders(values: Headers): Uint8Array {
  return concat([values.length], ...values.flat().map(slowText));
}

function slowRequest(reader: SlowReader): RequestContent {
  const read = () => reader.text(reader.field(2));
  return { method: read(), path: read(), headers: readHeaders(reader), body: reader.bytes() };
}

function slowResponse(reader: SlowReader): ResponseContent {
  return { status: reader.field(2), headers: readHeaders(reader), body: reader.bytes() };
}

function readHeaders(reader: SlowReader): Headers {
  const count = reader.field(1);
  if (count > 64) throw new RangeError('too many');
  return Array.from({ length: count }, () => [reader.text(reader.field(2)), reader.text(reader.field(2))] as const);
}
