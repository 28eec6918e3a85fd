import { ByteReader, ByteWriter, utf8 } from './bytes.ts';

/** Header lines in one request or response, at most. */
export const MAX_HEADERS = 64;

/** Anything that stands behind a 16-bit length: method, path, header name or value. */
export const MAX_TEXT_BYTES = 0xffff;

type Headers = readonly (readonly [name: string, value: string])[];

export interface RequestContent {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface ResponseContent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** @throws RangeError when a text or the number of headers is over what the format holds; the error names it. */
export function encodeRequest(request: RequestContent): Uint8Array {
  const writer = new ByteWriter(256);
  writeText(writer, 'method', request.method);
  writeText(writer, 'path', request.path);
  writeHeaders(writer, request.headers);
  return writer.bytes(request.body).finish();
}

/** Undefined when malformed. The body is a view of `content`. */
export function decodeRequest(content: Uint8Array): RequestContent | undefined {
  const reader = new ByteReader(content);
  const request = { method: reader.text16(), path: reader.text16(), headers: readHeaders(reader), body: reader.rest() };
  return reader.failed ? undefined : request;
}

/** @throws RangeError as {@link encodeRequest}. */
export function encodeResponse(response: ResponseContent): Uint8Array {
  const writer = new ByteWriter(256).u16(response.status);
  writeHeaders(writer, response.headers);
  return writer.bytes(response.body).finish();
}

/** Undefined when malformed. The body is a view of `content`. */
export function decodeResponse(content: Uint8Array): ResponseContent | undefined {
  const reader = new ByteReader(content);
  const response = { status: reader.u16(), headers: readHeaders(reader), body: reader.rest() };
  return reader.failed ? undefined : response;
}

function writeHeaders(writer: ByteWriter, headers: Headers): void {
  if (headers.length > MAX_HEADERS) {
    throw new RangeError(`${headers.length} headers are over the limit of ${MAX_HEADERS}`);
  }
  writer.u8(headers.length);
  for (const [name, value] of headers) {
    writeText(writer, 'header name', name);
    writeText(writer, `header ${name}`, value);
  }
}

function writeText(writer: ByteWriter, what: string, text: string): void {
  const bytes = utf8(text);
  if (bytes.length > MAX_TEXT_BYTES)
    throw new RangeError(`${what} of ${bytes.length} bytes is over the limit of ${MAX_TEXT_BYTES}`);
  writer.u16(bytes.length).bytes(bytes);
}

function readHeaders(reader: ByteReader): Headers {
  const count = reader.u8();
  if (count > MAX_HEADERS) {
    reader.failed = true;
    return [];
  }
  const headers: [string, string][] = [];
  for (let i = 0; i < count && !reader.failed; i++) headers.push([reader.text16(), reader.text16()]);
  return headers;
}
