import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SteamRequest } from '../../src/connection/types.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, ok, Recorder, settle, text, type World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

function pair(options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 } }, options);
  world = made.world;
  return made;
}

const get: SteamRequest = { method: 'GET', path: '/hello?x=1', headers: [['accept', '*/*']], body: new Uint8Array() };

/** Runs the world until the promise is settled. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let waited = 0; !settled && waited < ms; waited += 5) {
    world.run(5);
    await settle();
  }
  if (!settled) throw new Error(`not settled within ${ms} ms of simulated time`);
  return promise;
}

describe('a request', () => {
  test('is answered: method, path, headers and body both ways', async () => {
    const { host, player, hostId } = pair();
    host.answer = async (_, request) => ({ status: 201, headers: [['content-type', 'a/b']], body: request.body });
    const request = { ...get, method: 'POST', body: bytes('ping') };
    const { status, headers, body } = await within(1_000, player.endpoint.request(hostId, request));
    expect([status, headers, text(body)]).toEqual([201, [['content-type', 'a/b']], 'ping']);
    expect(host.requests).toEqual([request]);
  });

  test('brings an offered connection, which keeps what came until it is adopted', async () => {
    const { host, player, hostId } = pair();
    const theirs = new Recorder();
    host.answer = async (_, __, offer) => {
      theirs.connection = offer('/room', theirs);
      theirs.send('first');
      return ok('seat');
    };
    const { offer } = await within(1_000, player.endpoint.request(hostId, get));
    theirs.send('second');
    world.run(100);
    expect(offer?.target).toBe('/room');

    const ours = new Recorder();
    ours.connection = offer?.connection;
    offer?.connection.adopt(ours);
    theirs.send('third');
    expect(ours.texts).toEqual([]);
    world.run(100);
    expect(ours.texts).toEqual(['first', 'second', 'third']);
    expect(ours.opened).toBe(1);
    ours.send('back');
    theirs.connection?.close(4000, 'done');
    world.run(100);
    expect(theirs.texts).toEqual([]);
    expect(ours.closes[0]?.code).toBe(4000);
    expect(() => offer?.connection.adopt(ours)).toThrow('only an offer can be adopted, and once');
  });

  test('an offer that nobody adopts is closed in time, and one that was closed before tells so on adoption', async () => {
    const { host, player, hostId } = pair();
    const theirs = new Recorder();
    host.answer = async (_, __, offer) => {
      theirs.connection = offer('/room', theirs);
      return ok('seat');
    };
    const first = await within(1_000, player.endpoint.request(hostId, get));
    world.run(11_000);
    expect(theirs.closes[0]?.code).toBe(1001);
    const late = new Recorder();
    first.offer?.connection.adopt(late);
    world.run(10);
    expect(late.closes).toMatchObject([{ code: 1006, error: { code: 'timed-out' } }]);
  });

  test('an offer that is flooded before it is adopted is closed at its bound', async () => {
    const { host, player, hostId } = pair({ maxMessageBytes: 10_000, maxQueueBytes: 20_000 });
    const theirs = new Recorder();
    host.answer = async (_, __, offer) => {
      theirs.connection = offer('/room', theirs);
      return ok('seat');
    };
    await within(1_000, player.endpoint.request(hostId, get));
    for (let i = 0; i < 10; i++) {
      theirs.connection?.send(new Uint8Array(5_000));
      world.run(10);
    }
    world.run(100);
    expect(theirs.closes).toMatchObject([{ code: 1013, reason: 'more than 20000 bytes (maxQueueBytes) wait to be read' }]);
  });

  // What was kept was handed over in one loop that looked at nothing. On any other connection each message is looked at as it comes.
  test('whose offer is adopted, and closed over its first message, brings no second one', async () => {
    const { host, player, hostId } = pair();
    let theirs = new Recorder();
    host.answer = async (_, __, offer) => {
      theirs = new Recorder();
      theirs.connection = offer('/room', theirs);
      for (const message of ['one', 'two', 'three']) theirs.send(message);
      return ok('seat');
    };
    const first = await within(1_000, player.endpoint.request(hostId, get));
    const second = await within(1_000, player.endpoint.request(hostId, get));
    // This one was closed by the host, too, before it was adopted.
    theirs.connection?.close(4_001, 'over');
    world.run(100);
    for (const [offer, code] of [
      [first.offer, 4_000],
      [second.offer, 4_001],
    ] as const) {
      const ours = new Recorder();
      const onMessage = ours.onMessage.bind(ours);
      ours.onMessage = (...message) => {
        onMessage(...message);
        offer?.connection.close(4_000, 'enough');
      };
      offer?.connection.adopt(ours);
      world.run(200);
      expect([ours.texts, ours.closes.map((close) => close.code)]).toEqual([['one'], [code]]);
    }
  });

  test('brings an offer that stays, once it is adopted', async () => {
    const { host, player, hostId } = pair();
    host.answer = async (_, __, offer) => {
      offer('/room', new Recorder());
      return ok('seat');
    };
    const { offer } = await within(1_000, player.endpoint.request(hostId, get));
    const ours = new Recorder();
    offer?.connection.adopt(ours);
    world.run(60_000);
    expect([offer?.connection.state, ours.closes]).toEqual(['open', []]);
  });

  test('whose offer keeps many small messages: each counts for more than its bytes', async () => {
    const { host, player, hostId } = pair({ maxMessageBytes: 10_000, maxQueueBytes: 20_000 });
    const theirs = new Recorder();
    host.answer = async (_, __, offer) => {
      theirs.connection = offer('/room', theirs);
      return ok('seat');
    };
    await within(1_000, player.endpoint.request(hostId, get));
    for (let i = 0; i < 1_000; i++) theirs.send('');
    world.run(200);
    expect(theirs.closes).toMatchObject([{ code: 1013, reason: 'more than 20000 bytes (maxQueueBytes) wait to be read' }]);
  });

  test('whose handler fails is answered with 500', async () => {
    const { host, player, hostId } = pair();
    host.answer = async () => {
      throw new Error('secret');
    };
    const { status, body } = await within(1_000, player.endpoint.request(hostId, get));
    expect([status, text(body)]).toEqual([500, '{"error":"the host failed to answer"}']);
  });

  test('that is never answered rejects within requestTimeoutMs, and says that the host is there', async () => {
    const { host, player, hostId } = pair({ requestTimeoutMs: 3_000 });
    host.answer = () => new Promise(() => undefined);
    const request = player.endpoint.request(hostId, get);
    await expect(within(3_200, request)).rejects.toMatchObject({
      name: 'SteamError',
      code: 'timed-out',
      message: `Steam user ${hostId} is there, but did not answer the request within 3000 ms (requestTimeoutMs)`,
    });
  });

  test('can be aborted', async () => {
    const { player, hostId } = pair();
    const abort = new AbortController();
    const request = player.endpoint.request(hostId, get, abort.signal);
    abort.abort(new Error('changed my mind'));
    await expect(request).rejects.toThrow('changed my mind');
    await expect(player.endpoint.request(hostId, get, abort.signal)).rejects.toThrow('changed my mind');
    world.run(200);
  });

  test('leaves nothing on its signal, which may be that of the whole game', async () => {
    const { player, hostId } = pair();
    const { signal } = new AbortController();
    await within(1_000, player.endpoint.request(hostId, get, signal));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('over the limit rejects with size and limit, and so does an answer that would be', async () => {
    const { host, player, hostId } = pair({ maxMessageBytes: 2_000 });
    await expect(player.endpoint.request(hostId, { ...get, body: new Uint8Array(3_000) })).rejects.toThrow(
      'request of 3031 bytes is over the limit of 2000 bytes (maxMessageBytes)',
    );
    host.answer = async () => ({ ...ok(''), body: new Uint8Array(3_000) });
    const { status, body } = await within(1_000, player.endpoint.request(hostId, get));
    expect(status).toBe(500);
    expect(text(body)).toContain('response of 3029 bytes is over the limit of 2000 bytes (maxMessageBytes)');
  });

  test('of 200 KB, and 32 at once; the 33rd is refused as full', async () => {
    const { host, player, hostId } = pair();
    const answers: (() => void)[] = [];
    host.answer = (_, request) => new Promise((resolve) => answers.push(() => resolve({ ...ok(''), body: request.body })));
    const body = new Uint8Array(200_000).map((_, i) => i);
    const requests = Array.from({ length: 33 }, (_, i) =>
      player.endpoint.request(hostId, { ...get, body: i === 0 ? body : get.body }),
    );
    await expect(within(2_000, requests[32] as Promise<unknown>)).rejects.toMatchObject({ code: 'full' });
    for (const answer of answers) answer();
    const results = await within(2_000, Promise.all(requests.slice(0, 32)));
    expect(Buffer.compare(results[0]?.body as Uint8Array, body)).toBe(0);
  });

  test('rejects when the session ends meanwhile', async () => {
    const { host, player, server, hostId } = pair();
    host.answer = () => new Promise(() => undefined);
    const request = player.endpoint.request(hostId, get);
    world.run(200);
    world.steam.kill(server.driver);
    world.freeze(server.endpoint);
    await expect(within(30_000, request)).rejects.toMatchObject({ code: 'connection-lost' });
    const refused = player.endpoint.request(hostId, get);
    player.endpoint.release();
    await expect(refused).rejects.toMatchObject({ code: 'closed' });
    player.endpoint.acquire();
  });
});
