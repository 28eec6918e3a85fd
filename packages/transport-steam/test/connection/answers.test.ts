import { afterEach, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, Host, ok, Recorder, settle, text, type World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

function pair(options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 } }, options);
  world = made.world;
  return made;
}

const post = { method: 'POST', path: '/ticket', headers: [], body: bytes('for whom') };

async function soon<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  for (let i = 0; i < 40; i++) {
    world.run(5);
    await settle();
  }
  return promise;
}

test('a host asks his player, who hosts nothing', async () => {
  const { open, server, player, hostId, playerId } = pair();
  open();
  player.endpoint.answer('/ticket', async (peer, { body }) => ok(`${peer} ${text(body)}`));
  const { status, body } = await soon(server.endpoint.request(playerId, { ...post, path: '/ticket?now' }));
  expect([status, text(body)]).toEqual([200, `${hostId} for whom`]);
  await expect(soon(server.endpoint.request(playerId, { ...post, path: '/ticket/' }))).rejects.toMatchObject({
    code: 'not-hosting',
  });
});

test('a path that an endpoint answers itself does not reach its host', async () => {
  const { host, open, server, player, hostId } = pair();
  open();
  const end = server.endpoint.answer('/ticket', async () => ok('endpoint'));
  host.answer = async () => ok('host');
  const ask = async () => text((await soon(player.endpoint.request(hostId, post))).body);
  expect(await ask()).toBe('endpoint');
  end();
  end();
  expect(await ask()).toBe('host');
  expect(host.requests).toHaveLength(1);
});

test('no other session is needed than the one that we began, and the host is not asked for it', async () => {
  const { host, server, player, hostId, playerId } = pair();
  const other = new Host();
  player.endpoint.serve(other);
  host.mayJoin = 'not on my server';
  server.endpoint.answer('/ticket', async () => ok('mine'));
  // Our host would not have him; but we play at his.
  server.endpoint.connect(playerId, '/', new Recorder());
  world.run(100);
  expect(text((await soon(player.endpoint.request(hostId, post))).body)).toBe('mine');
  await expect(soon(player.endpoint.request(hostId, { ...post, path: '/' }))).rejects.toMatchObject({ code: 'denied' });
  expect(host.requested).toEqual([playerId]);
});

test('a stranger is answered nothing', async () => {
  const { host, server, player, hostId } = pair();
  host.mayJoin = 'nobody today';
  server.endpoint.answer('/ticket', async () => ok('mine'));
  await expect(soon(player.endpoint.request(hostId, post))).rejects.toMatchObject({ code: 'denied' });
});

test('counts against what a peer may ask: 64 at once, 32 at the same time', async () => {
  const { open, server, player, playerId } = pair();
  open();
  let asked = 0;
  player.endpoint.answer('/ticket', async () => {
    asked++;
    return new Promise(() => undefined);
  });
  const refused: string[] = [];
  for (let i = 0; i < 100; i++) server.endpoint.request(playerId, post).catch(({ code }) => refused.push(code));
  world.run(200);
  await settle();
  expect([asked, refused.length, new Set(refused)]).toEqual([32, 68, new Set(['full'])]);
});

test('a handler that fails answers with 500, also when it throws at once', async () => {
  const { open, server, player, playerId } = pair();
  open();
  player.endpoint.answer('/ticket', () => {
    throw new Error('secret');
  });
  const { status, body } = await soon(server.endpoint.request(playerId, post));
  expect([status, text(body)]).toEqual([500, '{"error":"the host failed to answer"}']);
});

test('our own player and host ask each other, too', async () => {
  const { server, hostId } = pair();
  server.endpoint.answer('/ticket', async () => ok('mine'));
  expect(text((await soon(server.endpoint.request(hostId, post))).body)).toBe('mine');
});

test('a path is one path, and has one answerer', () => {
  const { server } = pair();
  const handler = async () => ok('');
  for (const path of ['', 'ticket', '/ticket?x']) {
    expect(() => server.endpoint.answer(path, handler)).toThrow(TypeError);
  }
  server.endpoint.answer('/ticket', handler)();
  server.endpoint.answer('/ticket', handler);
  expect(() => server.endpoint.answer('/ticket', handler)).toThrow('requests for /ticket are answered already');
});
