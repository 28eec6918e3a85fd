import { createEndpoint, createRouter } from '@colyseus/core';
import { expect, test } from '@jest/globals';
import type { SteamRequest } from '../../src/connection/types.ts';
import { answerRequest } from '../../src/server/routes.ts';

const STEAM_ID = 76561197960265729n;
const text = (body: Uint8Array) => new TextDecoder().decode(body);

const router = createRouter({
  headers: createEndpoint('/headers', { method: 'GET' }, async (ctx) => Object.fromEntries(ctx.request?.headers ?? [])),
  monitor: createEndpoint('/monitor', { method: 'GET' }, async () => 'rooms'),
  file: createEndpoint('/playground/file', { method: 'GET' }, async () => 'file'),
  health: createEndpoint('/__healthcheck', { method: 'GET' }, async () => 'OK'),
  monitoring: createEndpoint('/monitoring', { method: 'GET' }, async () => 'of the game'),
  cookies: createEndpoint('/cookies', { method: 'GET' }, async () => {
    const response = new Response('x');
    response.headers.append('set-cookie', 'a=1');
    response.headers.append('set-cookie', 'b=2');
    return response;
  }),
});

function ask(path: string, more: Partial<SteamRequest> = {}, exposeRoute: (path: string) => boolean = () => false) {
  return answerRequest(router, STEAM_ID, { method: 'GET', path, headers: [], body: new Uint8Array(0), ...more }, exposeRoute);
}

test('who asks is what Steam says, whatever the request claims', async () => {
  const claims = ['x-steam-id', 'X-Steam-Id', 'x-real-ip', 'x-forwarded-for', 'x-client-ip'].map((name) => [name, '1'] as const);
  const response = await ask('/headers', { headers: [...claims, ['x-own', 'kept']] });
  expect(JSON.parse(text(response.body))).toEqual({
    'x-steam-id': String(STEAM_ID),
    'x-real-ip': String(STEAM_ID),
    'x-own': 'kept',
  });
});

test('a request for an offer is between us and the host: no route sees it', async () => {
  const response = await ask('/headers', { headers: [['x-steam-offer', '1']] });
  expect(JSON.parse(text(response.body))).not.toHaveProperty('x-steam-offer');
});

test.each([
  '/monitor',
  '/monitor/',
  '/MONITOR',
  '/%6donitor',
  '//monitor',
  '/x/../monitor',
  '/playground/file',
  '/admin',
  '/__healthcheck',
  '/__apidocs',
])('%s is not for players', async (path) => {
  const response = await ask(path);
  expect(response.status).toBe(404);
  expect(JSON.parse(text(response.body)).error).toContain('exposeRoute');
});

test('unless the host says so', async () => {
  const asked: string[] = [];
  const exposeRoute = (path: string) => asked.push(path) > 0;
  expect(text((await ask('/monitor', {}, exposeRoute)).body)).toContain('rooms');
  expect((await ask('/headers', {}, exposeRoute)).status).toBe(200);
  expect(asked).toEqual(['/monitor']);
});

test("a route of the game's that only begins like one of those is served", async () => {
  expect((await ask('/monitoring')).status).toBe(200);
});

test.each([
  ['a path without a beginning', 'headers', {}],
  ['a path that is not one', '/%ff', {}],
  ['a method that is not one', '/headers', { method: 'GE T' }],
  ['a method that fetch forbids', '/headers', { method: 'CONNECT' }],
  ['a header that is not one', '/headers', { headers: [['a b', 'c']] as const }],
  ['a header with a line break', '/headers', { headers: [['a', 'b\r\nc: d']] as const }],
])('%s is a 400', async (_what, path, more) => {
  expect((await ask(path, more)).status).toBe(400);
});

test('several cookies stay several', async () => {
  const response = await ask('/cookies');
  expect(response.headers.filter(([name]) => name === 'set-cookie')).toEqual([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]);
});
