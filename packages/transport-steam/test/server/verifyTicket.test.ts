import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ErrorCode, ServerError } from '@colyseus/core';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TicketError } from '../../src/server/TicketError.ts';
import { type VerifyTicketOptions, verifyTicket } from '../../src/server/verifyTicket.ts';
import { rejection } from '../compliance/transport/waiting.ts';
import { APP_ID, type FakeWebApi, fakeServer, fakeWebApi, json, PUBLISHER_KEY, page } from '../helpers/fakeWebApi.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';

// Against a server of our own that does as Valve documents. Nothing here was seen of Valve's servers.

leaveNoTimers();

const ANN = 76561198000000001n;
const BOB = 76561198000000002n;
const GOOD = Uint8Array.of(0, 1, 0xfe, 0xff);
const IDENTITY = 'my game: Überall & überall';

const servers: FakeWebApi[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function opened(opening: Promise<FakeWebApi>): Promise<FakeWebApi> {
  const server = await opening;
  servers.push(server);
  return server;
}

/** Steam, which knows one ticket. */
function steam(content: object = {}): Promise<FakeWebApi> {
  const ticket = { steamId: ANN, identity: IDENTITY, appId: APP_ID, ...content };
  return opened(fakeWebApi((bytes) => (Buffer.compare(bytes, GOOD) === 0 ? ticket : undefined)));
}

/** A server that says the same to everybody. */
function always(answer: (response: ServerResponse) => void): Promise<FakeWebApi> {
  return opened(fakeServer(answer));
}

function verify(url: string, options: Partial<VerifyTicketOptions> = {}, ticket: Uint8Array | string = GOOD) {
  return verifyTicket(ticket, { publisherKey: PUBLISHER_KEY, appId: APP_ID, identity: IDENTITY, url, ...options });
}

/** The error, which must not have the key in anything that somebody could log. */
async function failure(verifying: Promise<unknown>): Promise<TicketError> {
  const error = (await rejection(verifying)) as TicketError;
  const all = `${error.message} ${error.stack} ${JSON.stringify(error)} ${inspect(error, { depth: 9, showHidden: true })}`;
  expect(all).not.toContain(PUBLISHER_KEY);
  expect(error.cause).toBeUndefined();
  return error;
}

describe('a ticket that Steam takes', () => {
  test('is asked for as Valve documents it', async () => {
    const { url, requests } = await steam();
    await verify(url);
    const [request] = requests as [URL];
    expect(request.pathname).toBe('/ISteamUserAuth/AuthenticateUserTicket/v1/');
    expect([...request.searchParams]).toEqual([
      ['key', PUBLISHER_KEY],
      ['appid', '480'],
      ['ticket', '0001feff'],
      ['identity', IDENTITY],
    ]);
  });

  test('says who it is, and to whom the app belongs', async () => {
    const { url } = await steam({ ownerSteamId: BOB });
    const expected = { steamId: ANN, ownerSteamId: BOB, vacBanned: false, publisherBanned: false };
    expect(await verify(url)).toEqual(expected);
    expect(await verify(url, {}, '0001fEFf')).toEqual(expected);
    expect(await verify(`${url}/`)).toEqual(expected);
  });

  test.each([
    [{ vacBanned: true }, { vacBanned: true, publisherBanned: false }],
    [{ publisherBanned: true }, { vacBanned: false, publisherBanned: true }],
  ])('bans are told: %p', async (content, expected) => {
    const { url } = await steam(content);
    expect(await verify(url)).toMatchObject(expected);
  });

  test('below a path of the address, as behind a proxy', async () => {
    const { url, requests } = await always((response) => page(response, 404, 'Not Found'));
    await failure(verify(`${url}/steam/`));
    expect(requests[0]?.pathname).toBe('/steam/ISteamUserAuth/AuthenticateUserTicket/v1/');
  });

  test('of the largest size that Steam makes', async () => {
    const { url } = await opened(fakeWebApi(({ length }) => ({ steamId: ANN, identity: IDENTITY, appId: length })));
    expect(await verify(url, { appId: 2560 }, new Uint8Array(2560))).toMatchObject({ steamId: ANN });
    expect(await verify(url, { appId: 2560 }, 'ab'.repeat(2560))).toMatchObject({ steamId: ANN });
  });
});

describe('a ticket that Steam does not take', () => {
  test.each([
    ['is not one', {}, 'ab', 101, 'Invalid ticket'],
    ['is for somebody else', { identity: 'other' }, GOOD, 101, 'Invalid ticket'],
    ['is for another app', { appId: 481 }, GOOD, 102, 'Ticket for other app'],
  ])('%s', async (_what, options, ticket, steamCode, words) => {
    const { url } = await steam();
    expect(await failure(verify(url, options, ticket))).toMatchObject({
      name: 'TicketError',
      reason: 'invalid-ticket',
      steamCode,
      message: `Steam does not take the ticket: "${words}" (${steamCode})`,
    });
  });

  test('is an error that a room may throw as it is: core gives the message to the player', async () => {
    const { url } = await steam();
    const error = await failure(verify(url, {}, 'ab'));
    expect(error).toBeInstanceOf(TicketError);
    expect(error).toBeInstanceOf(ServerError);
    expect(error.code).toBe(ErrorCode.AUTH_FAILED);
  });

  test.each([
    [{ errorcode: 'x', errordesc: { toString: 1 } }, 'Steam does not take the ticket: "" (no code)'],
    ['no', 'Steam does not take the ticket: "" (no code)'],
    [{ errorcode: 7, errordesc: `<${PUBLISHER_KEY}\n0001feff>` }, 'Steam does not take the ticket: "<…\\n…>" (7)'],
    [{ errorcode: 7, errordesc: 'x'.repeat(9_999) }, `Steam does not take the ticket: "${'x'.repeat(200)}" (7)`],
  ])('an error that is none of Steam: %p', async (error, message) => {
    const { url } = await always((response) => json(response, { response: { error } }));
    expect(await failure(verify(url))).toMatchObject({ reason: 'invalid-ticket', message });
  });

  test.each([
    ['no-ticket', undefined, 'there is no ticket'],
    ['no-ticket', null, 'there is no ticket'],
    ['no-ticket', '', 'there is no ticket: it is empty'],
    ['no-ticket', new Uint8Array(), 'there is no ticket: it is empty'],
    ['invalid-ticket', 17, 'a ticket is bytes or hexadecimal digits, not number'],
    ['invalid-ticket', ['ab'], 'a ticket is bytes or hexadecimal digits, not object'],
    ['invalid-ticket', 'abc', 'the ticket is not in hexadecimal digits, two for each byte'],
    ['invalid-ticket', 'ab cd ', 'the ticket is not in hexadecimal digits, two for each byte'],
    ['invalid-ticket', 'zz', 'the ticket is not in hexadecimal digits, two for each byte'],
    ['invalid-ticket', 'ab\n', 'the ticket is not in hexadecimal digits, two for each byte'],
    ['invalid-ticket', 'ab&key=1', 'the ticket is not in hexadecimal digits, two for each byte'],
    ['invalid-ticket', 'ab'.repeat(2561), 'the ticket has 2561 bytes, and Steam makes none over 2560'],
    ['invalid-ticket', new Uint8Array(2561), 'the ticket has 2561 bytes, and Steam makes none over 2560'],
  ])('%s: %p, and Steam is not asked', async (reason, ticket, message) => {
    const { url, requests } = await steam();
    const verifying = verifyTicket(ticket as never, { publisherKey: PUBLISHER_KEY, appId: APP_ID, identity: IDENTITY, url });
    expect(await failure(verifying)).toMatchObject({ name: 'TicketError', reason, message });
    expect(requests).toEqual([]);
  });
});

describe('Steam', () => {
  test('refuses the key', async () => {
    const { url } = await steam();
    const error = await failure(verify(url, { publisherKey: 'another' }));
    expect(error).toMatchObject({ reason: 'key-refused', message: expect.stringMatching(/status 403.* of app 480/) });
    expect(error.message).not.toContain('another');
  });

  test.each([
    [401, 'key-refused'],
    [403, 'key-refused'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [201, 'bad-answer'],
    [204, 'bad-answer'],
    [400, 'bad-answer'],
    [404, 'bad-answer'],
    [405, 'bad-answer'],
  ])('answers with status %d: %s, whatever the page says', async (status, reason) => {
    const good = { result: 'OK', steamid: String(ANN), ownersteamid: String(ANN), vacbanned: false, publisherbanned: false };
    const { url } = await always((response) => {
      response.statusCode = status;
      json(response, { response: { params: good } });
    });
    expect(await failure(verify(url))).toMatchObject({ reason, message: expect.stringContaining(`status ${status}`) });
  });

  test.each([301, 302, 307, 308])('redirects (%d): nobody follows, who would get the key', async (status) => {
    const thief = await steam();
    const { url } = await always((response) =>
      response.writeHead(status, { location: `${thief.url}/ISteamUserAuth/AuthenticateUserTicket/v1/` }).end(),
    );
    expect(await failure(verify(url))).toMatchObject({
      reason: 'bad-answer',
      message: expect.stringContaining(`status ${status}`),
    });
    expect(thief.requests).toEqual([]);
  });

  const params = { result: 'OK', steamid: String(ANN), ownersteamid: String(ANN), vacbanned: false, publisherbanned: false };
  test.each([
    ['nothing', ''],
    ['no JSON', '<html>Steam is down</html>'],
    ['half of it', '{"response":{"params":{"result":"OK",'],
    ['bytes that are no text', Buffer.of(0x22, 0xff, 0xfe, 0x22)],
    ['null', 'null'],
    ['a number', '17'],
    ['a list', '[]'],
    ['no response', '{}'],
    ['an empty response', '{"response":{}}'],
    ['a response of null', '{"response":null}'],
    ['params of null', '{"response":{"params":null}}'],
    ['another result', JSON.stringify({ response: { params: { ...params, result: 'FAIL' } } })],
    ['no result', JSON.stringify({ response: { params: { ...params, result: undefined } } })],
    ['an id as a number, which is another one then', `{"response":{"params":{"result":"OK","steamid":${ANN}}}}`],
    ['an id that is a lobby', JSON.stringify({ response: { params: { ...params, steamid: '109775240987654321' } } })],
    ['an id of more than 64 bits', JSON.stringify({ response: { params: { ...params, steamid: '9'.repeat(20) } } })],
    ['an id in hexadecimal', JSON.stringify({ response: { params: { ...params, steamid: `0x${ANN.toString(16)}` } } })],
    ['no owner', JSON.stringify({ response: { params: { ...params, ownersteamid: '' } } })],
    ['a ban that is neither', JSON.stringify({ response: { params: { ...params, vacbanned: 0 } } })],
    ['no word of bans', JSON.stringify({ response: { params: { ...params, publisherbanned: undefined } } })],
  ])('answers with %s', async (_what, body) => {
    const { url } = await always((response) => response.end(body));
    expect(await failure(verify(url))).toMatchObject({
      reason: 'bad-answer',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ /),
    });
  });

  test('the answer that those differ from is taken', async () => {
    const { url } = await always((response) => response.end(JSON.stringify({ response: { params } })));
    expect(await verify(url)).toMatchObject({ steamId: ANN });
  });
});

describe('an answer that does not end', () => {
  test('in bytes', async () => {
    let sent = 0;
    let ended = false;
    const { url } = await always((response) => {
      const more = () => {
        while (!ended && response.write(Buffer.alloc(16_384, ' '))) sent += 16_384;
      };
      response.on('drain', more).on('close', () => (ended = true));
      more();
    });
    const error = await failure(verify(url));
    expect(error).toMatchObject({ reason: 'bad-answer', message: expect.stringContaining('over 65536 bytes') });
    // What lies in the buffers of two sockets, not what the server would have had.
    expect(sent).toBeLessThan(16_777_216);
    await until(() => ended);
  });

  test('in bytes, once unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(67_108_864, ' '));
    expect(bomb.length).toBeLessThan(70_000);
    const { url } = await always((response) => response.setHeader('content-encoding', 'gzip').end(bomb));
    expect(await failure(verify(url))).toMatchObject({
      reason: 'bad-answer',
      message: expect.stringContaining('over 65536 bytes'),
    });
  });

  test.each([
    ['before the first byte', () => undefined],
    ['within the headers', (response: ServerResponse) => void response.socket?.write('HTTP/1.1 200 OK\r\n')],
    ['within the body', (response: ServerResponse) => void response.write('{"response":')],
  ])('in time, %s', async (_what, answer) => {
    const { url } = await always(answer);
    const since = performance.now();
    const error = await failure(verify(url, { timeoutMs: 150 }));
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(error).toMatchObject({ reason: 'timed-out', message: expect.stringMatching(/within 150 ms \(timeoutMs\)$/) });
  });

  test('in time, byte by byte', async () => {
    let drips = 0;
    const { url } = await always((response) => {
      const drip = setInterval(() => {
        drips++;
        response.write(' ');
      }, 10);
      response.on('close', () => clearInterval(drip));
    });
    expect(await failure(verify(url, { timeoutMs: 200 }))).toMatchObject({ reason: 'timed-out' });
    expect(drips).toBeGreaterThan(1);
  });

  test('of a refusal: nobody reads it', async () => {
    let ended = false;
    const { url } = await always((response) => {
      response.on('close', () => (ended = true));
      response.writeHead(403).write('<html>');
    });
    expect(await failure(verify(url, { timeoutMs: 60_000 }))).toMatchObject({ reason: 'key-refused' });
    const since = performance.now();
    await until(() => ended);
    // And not when the garbage collector comes by.
    expect(performance.now() - since).toBeLessThan(500);
  });

  test('and is given up by a signal, with its reason', async () => {
    const { url, requests } = await always((response) => void response.write('{'));
    const giveUp = new AbortController();
    const verifying = verify(url, { signal: giveUp.signal });
    await until(() => requests.length > 0);
    giveUp.abort(new Error('the player has left'));
    expect(await failure(verifying)).toMatchObject({ name: 'Error', message: 'the player has left' });
    expect(await failure(verify(url, { signal: giveUp.signal }))).toMatchObject({ message: 'the player has left' });
    expect(requests.length).toBe(1);
  });
});

describe('a web API that is not reached', () => {
  test('because nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await until(() => server.listening);
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    expect(await failure(verify(`http://127.0.0.1:${port}`))).toMatchObject({
      reason: 'unavailable',
      message: `Steam's web API was not reached at 127.0.0.1:${port}: ECONNREFUSED`,
    });
  });

  test('because it hangs up, before and within its answer', async () => {
    const { url } = await always((response) => response.socket?.destroy());
    expect(await failure(verify(url))).toMatchObject({ reason: 'unavailable' });
    const half = await always((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"response":');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    expect(await failure(verify(half.url))).toMatchObject({ reason: 'unavailable' });
  });

  test('because it is not who it says (TLS)', async () => {
    const { url } = await steam();
    const error = await failure(verify(url.replace('http:', 'https:')));
    expect(error).toMatchObject({
      reason: 'unavailable',
      message: expect.stringMatching(/was not reached at 127\.0\.0\.1:\d+: \w+/),
    });
  });

  test('because fetch itself fails, with the URL in its words', async () => {
    const real = globalThis.fetch;
    try {
      globalThis.fetch = async (url) => {
        throw new TypeError(`cannot fetch ${url}`, { cause: new Error(String(url)) });
      };
      expect(await failure(verify('http://127.0.0.1:1'))).toMatchObject({
        reason: 'unavailable',
        message: "Steam's web API was not reached at 127.0.0.1:1: no reason known",
      });
    } finally {
      globalThis.fetch = real;
    }
  });
});

describe('bad options', () => {
  test.each([
    ['publisherKey', undefined, TypeError, 'option publisherKey must be a string, not undefined'],
    ['publisherKey', 17, TypeError, 'option publisherKey must be a string, not number'],
    ['publisherKey', '', RangeError, /^option publisherKey is empty, or has/],
    ['publisherKey', `${PUBLISHER_KEY}\n`, RangeError, /^option publisherKey is empty, or has/],
    ['appId', 0, RangeError, 'option appId must be a whole number from 1 to 4294967295, not 0'],
    ['appId', '480', RangeError, 'option appId must be a whole number from 1 to 4294967295, not "480"'],
    ['appId', 1.5, RangeError, 'option appId must be a whole number from 1 to 4294967295, not 1.5'],
    ['identity', undefined, TypeError, /^the identity of a ticket is undefined \(undefined\), but must be a string$/],
    ['identity', '', RangeError, /^the identity of a ticket is empty, but must say whom it is for/],
    ['identity', 'a\0b', RangeError, 'the identity of a ticket has a NUL character, which Steam does not take'],
    ['timeoutMs', 0, RangeError, 'option timeoutMs must be from 1 to 2147483647, not 0'],
    ['timeoutMs', 2 ** 31, RangeError, 'option timeoutMs must be from 1 to 2147483647, not 2147483648'],
    ['timeoutMs', Number.NaN, RangeError, 'option timeoutMs must be from 1 to 2147483647, not NaN'],
    ['timeoutMs', '100', RangeError, 'option timeoutMs must be from 1 to 2147483647, not "100"'],
    ['signal', {}, TypeError, 'option signal must be an AbortSignal, not [object Object]'],
    ['url', 17, TypeError, 'option url must be a URL with https, such as https://partner.steam-api.com, not 17'],
    ['url', 'partner.steam-api.com', TypeError, /^option url must be a URL with https/],
    ['url', 'http://partner.steam-api.com', RangeError, /could read the key \(http: for this machine only\)$/],
    ['url', 'http://127.0.0.1.evil.example', RangeError, /could read the key/],
    ['url', 'file:///etc', RangeError, /^option url must be a URL with https/],
    ['url', 'https://ann:secret@proxy.example', RangeError, /no user, password, query or hash$/],
    ['url', 'https://proxy.example?key=1', RangeError, /no user, password, query or hash$/],
  ])('%s: %p', async (name, value, kind, message) => {
    const error = await failure(verify('http://127.0.0.1:1', { [name]: value }));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });

  test('none at all', async () => {
    expect((await rejection(verifyTicket(GOOD, undefined as never))).message).toMatch(
      /needs options, at least \{ publisherKey, appId, identity \}, not undefined$/,
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
