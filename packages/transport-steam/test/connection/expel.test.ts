import { afterEach, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import * as helpers from '../helpers/pair.ts';
import { dial, ok, Recorder, settle, type World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

function pair(latencyMs = 20, options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs } }, options);
  world = made.world;
  return made;
}

const get = { method: 'GET', path: '/', headers: [], body: new Uint8Array() };

test('ends every connection with code and reason, after what was sent before, and then the session', () => {
  const { open, server, player, playerId } = pair();
  const rooms = [open('/1'), open('/2')];
  for (const { theirs } of rooms) theirs.send('the last word');
  server.endpoint.expel(playerId, 4001, 'for cheating');
  rooms[0]?.theirs.send('too late');
  expect(server.endpoint.stats()).toHaveLength(1);
  world.run(150);
  for (const { ours, theirs } of rooms) {
    expect(ours.texts).toEqual(['the last word']);
    expect(ours.closes).toEqual([{ code: 4001, reason: 'for cheating', error: undefined }]);
    expect(theirs.closes).toEqual([{ code: 4001, reason: 'for cheating', error: undefined }]);
  }
  expect([...server.endpoint.stats(), ...player.endpoint.stats()]).toEqual([]);
});

test('again changes nothing, and without a session there is nothing to end', () => {
  const { open, server, playerId } = pair();
  server.endpoint.expel(playerId, 4001, 'nobody here');
  const { ours } = open();
  server.endpoint.expel(playerId, 4001, 'first');
  server.endpoint.expel(playerId, 4002, 'second');
  world.run(100);
  server.endpoint.expel(playerId, 4003, 'third');
  world.run(100);
  expect(ours.closes.map(({ code, reason }) => [code, reason])).toEqual([[4001, 'first']]);
});

test('of one who does not answer takes 3 s', () => {
  const { open, server, player, playerId } = pair();
  const { theirs } = open();
  world.freeze(player.endpoint);
  server.endpoint.expel(playerId, 4001, 'out');
  world.run(2_900);
  expect(theirs.closes.map(({ code }) => code)).toEqual([4001]);
  expect(server.endpoint.stats()).toHaveLength(1);
  world.run(200);
  expect(server.endpoint.stats()).toEqual([]);
});

test('of one to whom Steam takes nothing takes as long', () => {
  const { open, server, player, playerId } = pair();
  open();
  world.steam.refuseSends(server.driver, player.driver, true);
  server.endpoint.expel(playerId, 4001, 'out');
  world.run(3_100);
  expect(server.endpoint.stats()).toEqual([]);
});

test('refuses requests that are being answered, with the reason, and tells nobody their answers', async () => {
  const { host, open, server, player, hostId, playerId } = pair();
  open();
  let answer = () => {};
  host.answer = () => new Promise((resolve) => (answer = () => resolve(ok('late'))));
  const refused = expect(player.endpoint.request(hostId, get)).rejects.toMatchObject({
    code: 'denied',
    message: `Steam user ${hostId} refused: out`,
  });
  world.run(50);
  server.endpoint.expel(playerId, 4001, 'out');
  answer();
  await settle();
  world.run(100);
  await refused;
});

// Only the answer was held back: the offer that goes before it was opened, and who held his session open for the 3 s had a seat in it. Offers
// were tried in sessions that had ended, not in those that were about to.
test('of one whose request is being answered gives him nothing that is offered with the answer', async () => {
  const { host, open, server, player, hostId, playerId } = pair();
  open();
  let answer = () => {};
  const theirs = new Recorder();
  host.answer = async (_, __, offer) => {
    await new Promise<void>((resolve) => (answer = resolve));
    theirs.connection = offer('/room', theirs);
    return ok('seat');
  };
  player.endpoint.request(hostId, get).catch(() => undefined);
  world.run(50);
  // He acknowledges nothing, so that his session goes on.
  world.steam.refuseSends(player.driver, server.driver, true);
  server.endpoint.expel(playerId, 4001, 'out');
  world.run(100);
  expect(server.endpoint.stats()).toMatchObject([{ connections: 1 }]);
  answer();
  await settle();
  expect(theirs.connection?.state).toBe('closed');
  world.run(10);
  const reason = `Steam user ${playerId} is sent away: out`;
  expect(theirs.closes).toMatchObject([{ code: 1006, reason, error: { code: 'closed' } }]);
  expect(server.endpoint.stats()).toMatchObject([{ connections: 1 }]);
});

test('refuses what he asks and opens meanwhile', async () => {
  const { host, open, server, player, hostId, playerId } = pair(100);
  open();
  server.endpoint.expel(playerId, 4001, 'out');
  // He does not know yet.
  const refused = expect(player.endpoint.request(hostId, get)).rejects.toMatchObject({ code: 'denied' });
  const late = dial(player.endpoint, hostId, '/again');
  world.run(500);
  await refused;
  expect(late.closes).toMatchObject([{ code: 1006, error: { code: 'denied' } }]);
  expect([host.connections.length, host.requests.length]).toEqual([1, 0]);
});

test('while we still greet him ends what was dialled, with code and reason', () => {
  const { server } = pair();
  const nobody = 76561197960299999n;
  const ours = dial(server.endpoint, nobody);
  world.run(100);
  server.endpoint.expel(nobody, 4001, 'changed my mind');
  world.run(50);
  expect(ours.closes).toEqual([{ code: 4001, reason: 'changed my mind', error: undefined }]);
  expect(server.endpoint.stats()).toEqual([]);
});

test('he may come back, and the host is asked', () => {
  const { host, open, server, playerId } = pair();
  open();
  server.endpoint.expel(playerId, 4001, 'out');
  world.run(200);
  const { ours } = open('/again');
  expect([ours.opened, host.requested.length]).toEqual([1, 2]);
});

test('when he restarts meanwhile, the new one is a stranger', () => {
  const { open, host, server, player, playerId } = pair();
  open();
  world.freeze(player.endpoint);
  server.endpoint.expel(playerId, 4001, 'out');
  world.run(50);
  world.steam.kill(player.driver);
  const again = world.user({}, playerId);
  const ours = dial(again.endpoint, server.driver.steamId);
  world.run(1_000);
  expect([ours.opened, host.requested.length]).toEqual([1, 2]);
});

test('works on our own player', () => {
  const { server, hostId } = pair();
  const own = dial(server.endpoint, hostId);
  world.run(50);
  server.endpoint.expel(hostId, 4001, 'even me');
  world.run(150);
  expect(own.closes).toEqual([{ code: 4001, reason: 'even me', error: undefined }]);
  expect(server.endpoint.stats()).toEqual([]);
});

test('a release meanwhile ends it at once', () => {
  const { open, server, playerId } = pair();
  const { ours, theirs } = open();
  server.endpoint.expel(playerId, 4001, 'out');
  server.endpoint.release();
  expect(server.endpoint.stats()).toEqual([]);
  world.run(100);
  expect([ours.closes, theirs.closes].map(([close]) => close?.code)).toEqual([4001, 4001]);
  server.endpoint.acquire();
});
