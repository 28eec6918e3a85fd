import type { IncomingMessage } from 'node:http';
import type { Router } from '@colyseus/core';
import { Offers } from '../../../src/client/Offers.ts';
import type { PlayerLink } from '../../../src/client/PlayerLink.ts';
import { steamFetch } from '../../../src/client/steamFetch.ts';
import type { Connection } from '../../../src/connection/Connection.ts';
import type { Endpoint } from '../../../src/connection/Endpoint.ts';
import { hostAnswer, hostIn, hostRequest, processAskedFor } from '../../../src/connection/hostOfProcess.ts';
import { cleanPersonaName } from '../../../src/connection/personaName.ts';
import { isIndividualSteamId } from '../../../src/driver/steamId.ts';
import { NetworkControl } from '../../../src/inspect/NetworkControl.ts';
import { postedJson, Refusal } from '../../../src/inspect/requests.ts';
import type { Cluster } from '../../../src/server/Cluster.ts';
import { faultOfJson } from '../../../src/server/jsonBody.ts';
import { mayAskToReturn } from '../../../src/server/returning.ts';
import { answerRequest } from '../../../src/server/routes.ts';
import { textFields } from '../../../src/server/seats.ts';
import { TicketError } from '../../../src/server/TicketError.ts';
import { ticketOf } from '../../../src/server/tickets.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../../src/wire/requestCodec.ts';
import { allowed, check, checkNothingPolluted, type Decoder, depthOf, latin1, text, utf8 } from './Decoder.ts';

const HOST = 76561197960265729n;
const PLAYER = HOST + 1n;
const JSON_TYPE = [['content-type', 'application/json']] as const;

const post = (path: string, json: string, headers: readonly (readonly [string, string])[] = JSON_TYPE) =>
  encodeRequest({ method: 'POST', path, headers, body: text.encode(json) });

const response = (status: number, body: string | Uint8Array, headers: readonly (readonly [string, string])[] = JSON_TYPE) =>
  encodeResponse({ status, headers, body: typeof body === 'string' ? text.encode(body) : body });

export const requestDecoders: readonly Decoder[] = [
  {
    name: 'jsonBody',
    seeds: [
      text.encode('{"a":[1,{"b":null,"c":"\\"[{"}],"__proto__":{"polluted":1}}'),
      text.encode('"h\\u00e9 [[[["'),
      text.encode(`${'['.repeat(100)}${']'.repeat(100)}`),
      text.encode(`{"reconnectionToken":"t","list":${'['.repeat(98)}0${']'.repeat(98)}}`),
    ],
    decode(body) {
      const fields = textFields(body);
      check(
        Object.values(fields).every((value) => typeof value === 'string'),
        'a field that is no text',
      );
      checkNothingPolluted();
      if (faultOfJson(body) !== undefined) return false;
      const depth = depthOf(JSON.parse(new TextDecoder().decode(body)));
      check(depth <= 100, `${depth} lists and objects in one another`);
      return true;
    },
  },
  {
    name: 'route',
    seeds: [
      post('/matchmake/joinOrCreate/hall', '{"name":"Ann"}'),
      post('/greet/Ann?x=%41', 'hello', [['content-type', 'text/plain']]),
      post('/%6donitor/../x', '', [
        ['x-steam-id', String(HOST)],
        ['x-forwarded-for', '1.2.3.4'],
      ]),
      encodeRequest({ method: 'GET', path: '/', headers: [], body: new Uint8Array() }),
    ],
    async decode(bytes) {
      const request = decodeRequest(bytes);
      if (request === undefined) return false;
      const cluster = { mayReturn: async () => false } as unknown as Cluster;
      if (!(await mayAskToReturn(request, PLAYER, cluster))) return false;
      let seen: Request | undefined;
      const handler = async (web: Request) => {
        seen = web;
        return new Response(await web.arrayBuffer());
      };
      const { status, body } = await answerRequest({ handler } as Router, PLAYER, request, () => false);
      if (seen === undefined) {
        check(status === 400 || status === 404, `status ${status} of a request that no route saw`);
        return false;
      }
      checkSeen(seen);
      check(status === 200 && body.length <= request.body.length, `${body.length} bytes of ${request.body.length}`);
      return true;
    },
  },
  {
    name: 'fetch',
    seeds: [
      response(200, '{"a":1}'),
      response(204, ''),
      response(404, 'no', [['x-why', 'café']]),
      response(302, '', [['location', 'https://example.com/']]),
    ],
    async decode(bytes) {
      const answer = decodeResponse(bytes);
      if (answer === undefined) return false;
      const link = {
        isMatchmaking: true,
        signalFor: () => new AbortController().signal,
        request: async () => answer,
      } as unknown as PlayerLink;
      try {
        const { status, url, ...rest } = await steamFetch(link)(`http://${HOST}.steam/x`, { method: 'POST', body: '{}' });
        check(status === answer.status && url === '' && Object.keys(rest).length === 0, `status ${status} at ${url}`);
        return true;
      } catch (error) {
        return allowed(error, TypeError);
      }
    },
  },
  {
    name: 'ticketAnswer',
    seeds: [response(200, Uint8Array.of(20, 0, 0, 0, 1)), response(503, '{"error":"no"}'), response(200, new Uint8Array(2_560))],
    async decode(bytes) {
      const answer = decodeResponse(bytes);
      if (answer === undefined) return false;
      const endpoint = { stats: () => [{ peer: PLAYER, state: 'established' }], request: async () => answer };
      try {
        const ticket = await ticketOf(endpoint as unknown as Endpoint, PLAYER);
        check(ticket.length >= 1 && ticket.length <= 2_560, `a ticket of ${ticket.length} bytes`);
        return true;
      } catch (error) {
        const { message } = error as Error;
        check(message.length < 2_000 && !/\p{Cc}/u.test(message), `message ${JSON.stringify(message)}`);
        return allowed(error, TicketError);
      }
    },
  },
  {
    name: 'hostAnswer',
    seeds: [hostAnswer(HOST).body, text.encode('{"host":null}')],
    decode(body) {
      const host = hostIn({ status: 200, headers: [], body });
      check(host === undefined || isIndividualSteamId(host), `${host} is nobody`);
      checkNothingPolluted();
      return host !== undefined;
    },
  },
  {
    name: 'hostRequest',
    seeds: [text.encode(hostRequest('a-Z_9')?.path), text.encode('/.steam/host/')],
    decode(bytes) {
      const path = latin1(bytes);
      const processId = processAskedFor({ method: 'GET', path, headers: [], body: new Uint8Array() });
      check(processId === undefined || hostRequest(processId)?.path === path, `process ${processId}`);
      return processId !== undefined;
    },
  },
  {
    name: 'offer',
    seeds: [text.encode('/p/r?sessionId=a&reconnectionToken=b'), text.encode('//x/%zz'), text.encode('http://[')],
    decode(bytes) {
      const target = latin1(bytes);
      let [closes, forgets] = [0, 0];
      const connection = { close: () => void closes++ } as unknown as Connection;
      const offers = new Offers(60_000);
      offers.keep(HOST, target, connection, () => void forgets++);
      const isKept = forgets === 0;
      check(closes === (isKept ? 0 : 1), 'what is kept was closed, or what is not was left open');
      check(!isKept || offers.take(HOST, target) === connection, 'what was kept is not there');
      offers.clear();
      check(forgets === 1, `it was forgotten ${forgets} times`);
      return isKept;
    },
  },
  {
    name: 'personaName',
    seeds: [text.encode('Ann'), text.encode(' \u202eevil\n<b>'), text.encode('👨‍👩‍👧 \u200d'), text.encode('x'.repeat(200))],
    decode(bytes) {
      const name = cleanPersonaName(utf8(bytes));
      if (name === undefined) return false;
      check(!name.includes('  '), 'spaces in a row');
      check(name !== '' && [...name].length <= 64, `a name of ${[...name].length} characters`);
      check(!/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name), `name ${JSON.stringify(name)}`);
      return true;
    },
  },
  {
    name: 'inspectPost',
    seeds: [
      text.encode('{"latencyMs":50,"jitterMs":5,"loss":0.1,"bandwidthBitsPerSecond":null}'),
      text.encode('{"loss":1}'),
      text.encode('{"name":"unplug","source":"Ann"}'),
    ],
    async decode(bytes) {
      const control = new NetworkControl({ setConditions: () => undefined });
      try {
        await control.set(await postedJson(postOf(bytes)));
      } catch (error) {
        return allowed(error, Refusal, TypeError, RangeError);
      }
      const { setting } = control;
      for (const value of Object.values(setting)) check(value === null || value >= 0, `setting ${JSON.stringify(setting)}`);
      check(setting.loss <= 1, `loss ${setting.loss}`);
      checkNothingPolluted();
      return true;
    },
  },
];

/** What a route may trust of a request. */
function checkSeen({ url, headers }: Request): void {
  const { hostname, pathname } = new URL(url);
  check(hostname === `${PLAYER}.steam`, `a request at ${hostname}`);
  check(headers.get('x-steam-id') === String(PLAYER), `in the name of ${headers.get('x-steam-id')}`);
  check(headers.get('x-real-ip') === String(PLAYER), `from ${headers.get('x-real-ip')}`);
  for (const name of ['x-forwarded-for', 'x-client-ip', 'x-steam-offer']) check(!headers.has(name), `with the header ${name}`);
  check(!/^\/+(monitor|playground|admin|__.*)(\/|$)/i.test(decodeURIComponent(pathname)), `at ${pathname}`);
}

/** As the page of an inspector posts it. */
function postOf(bytes: Uint8Array): IncomingMessage {
  const headers = { host: '127.0.0.1:1', origin: 'http://127.0.0.1:1', 'content-type': 'application/json' };
  return {
    headers,
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(bytes);
    },
  } as unknown as IncomingMessage;
}
