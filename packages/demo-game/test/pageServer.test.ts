import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { type PageServer, servePage } from '../src/pageServer.ts';

let server: PageServer;
let accepted: WebSocket[];

beforeEach(async () => {
  accepted = [];
  server = await servePage({
    files: { 'index.html': { type: 'text/html', text: 'the page' } },
    calls: {
      echo: (argument) => argument,
      fail: () => {
        throw new Error('it does not work');
      },
    },
    onSocket: (socket) => accepted.push(socket),
  });
});
afterEach(() => server.close());

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  const asked = request(url, { method, headers });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

/** As the page itself calls. */
function call(name: string, body?: string, origin = new URL(server.url).origin) {
  return ask(`${server.url}${name}`, { method: 'POST', headers: { origin }, ...(body !== undefined && { body }) });
}

function socketTo(url: string, origin: string): WebSocket {
  return new WebSocket(url.replace('http:', 'ws:'), { origin });
}

async function refusal(url: string, origin: string): Promise<string> {
  const { message } = await new Promise<Error>((resolve) => socketTo(url, origin).once('error', resolve));
  return message;
}

test('the page, which can load and tell nothing elsewhere', async () => {
  const { status, headers, text } = await ask(server.url);
  expect({ status, text }).toEqual({ status: 200, text: 'the page' });
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test('calls, with an argument and without one', async () => {
  expect(await call('echo', '{"a":1}')).toMatchObject({ status: 200, text: '{"a":1}' });
  expect(await call('echo')).toMatchObject({ status: 200, text: 'null' });
  expect(await call('fail')).toMatchObject({ status: 500, text: 'it does not work' });
});

test('nothing for who does not know the secret', async () => {
  const { origin } = new URL(server.url);
  const wrong = `${origin}/${'0'.repeat(32)}/`;
  expect(await ask(origin)).toMatchObject({ status: 404 });
  expect(await ask(wrong)).toMatchObject({ status: 404 });
  expect(await ask(`${wrong}echo`, { method: 'POST', headers: { origin } })).toMatchObject({ status: 404 });
  expect(await refusal(`${wrong}socket`, origin)).toContain('404');
  expect(accepted).toEqual([]);
});

test('nothing for who has another name for this machine, or is another page', async () => {
  const { origin } = new URL(server.url);
  expect(await ask(server.url, { headers: { host: 'evil.example' } })).toMatchObject({
    status: 403,
    text: expect.stringContaining('evil.example'),
  });
  expect(await call('echo', '1', 'http://evil.example')).toMatchObject({ status: 403 });
  expect(await ask(`${server.url}echo`, { method: 'POST' })).toMatchObject({ status: 403 });
  expect(await refusal(`${server.url}socket`, 'http://evil.example')).toContain('403');
  expect(await refusal(`${server.url}other`, origin)).toContain('404');
  expect(accepted).toEqual([]);
});

test('a body of 64 kB at most, in JSON', async () => {
  const largest = JSON.stringify('x'.repeat(2 ** 16 - 2));
  expect(await call('echo', largest)).toMatchObject({ status: 200, text: largest });
  expect(await call('echo', `${largest} `)).toMatchObject({ status: 413, text: 'a body has at most 65536 bytes' });
  expect(await call('echo', '{')).toMatchObject({ status: 400, text: 'a body is JSON' });
});

// ws tells it by an 'error' of the socket: nobody listened, and the whole demo ended.
test('a malformed frame ends that one socket', async () => {
  const socket = socketTo(`${server.url}socket`, new URL(server.url).origin);
  await once(socket, 'open');
  const raw = (socket as unknown as { _socket: Socket })._socket;
  raw.write(Uint8Array.of(0xff, 0xff)); // reserved bits, no such opcode
  const [code] = await once(socket, 'close');
  expect(code).toBe(1002);
  expect(await ask(server.url)).toMatchObject({ status: 200 });
});
