import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { splitIntoChunks } from '../../src/wire/chunks.ts';
import { encodeControl } from '../../src/wire/control.ts';
import { encodeRefuse, encodeReset } from '../../src/wire/hello.ts';
import { Code, SEQUENCE_MASK } from '../../src/wire/packet.ts';
import { encodeRequest } from '../../src/wire/requestCodec.ts';
import { dial, Host, ok, Recorder, settle, World } from '../helpers/World.ts';
import { concat, field, greeting } from '../wire/support.ts';

// Faults that the fuzzer, and writing it, brought to light: each with what went wrong.

let world: World;
afterEach(() => world.close());

// Nothing was known of a peer whom the host refused, so the next tick forgot him, and the answer with him. His hello, a round trip
// later, asked the host again, and so on until his time-out. Hosts that answer at once are asked and obeyed within the same hello.
test('a refusal that took the host time to decide reaches the player, with its reason', async () => {
  const { host, server, player } = hostAndPlayer(30);
  host.mayJoin = Promise.resolve('you are banned');
  const ours = dial(player.endpoint, server.driver.steamId);
  for (let i = 0; i < 300; i++) {
    world.run(50);
    await settle();
  }
  expect(ours.closes[0]?.error?.code).toBe('denied');
});

// `granted` without a session was kept for ever, and counted against maxPeers: strangers who knocked and said nothing made a host full.
test('who was let in and never said hello is forgotten', () => {
  const { server } = hostAndPlayer();
  const stranger = silentUser();
  stranger.send(server.driver.steamId, Uint8Array.of(1), 2, 0);
  world.run(120_000);
  expect(server.endpoint.stats()).toEqual([]);
});

// The time of the last answer was forgotten with the peer, at the next tick, 5 ms later.
test('resets to a stranger are no faster than one a second', () => {
  const { server } = hostAndPlayer();
  const stranger = silentUser();
  for (let i = 0; i < 200; i++) {
    world.steam.inject(stranger, server.driver, Uint8Array.of(0xc0, 0x04, 0x00));
    world.run(10);
  }
  expect(world.steam.packetsSent(server.driver)).toBeLessThanOrEqual(3);
});

// maxQueueBytes was looked at for messages only. Pongs, refusals, closed, requestFailed and answers to hellos waited without a bound
// for a peer who asks and does not read. Now they are bounded, too, by twice as much.
test('what waits for a peer who only asks is bounded', () => {
  const maxQueueBytes = 1_100_000;
  // Else he floods before.
  const { server } = hostAndPlayer(0, { maxQueueBytes, maxWorkPerSecond: 1_000_000 });
  const attacker = new ScriptedPeer(server.driver.steamId);
  world.steam.refuseSends(server.driver, attacker.driver, true);
  const open = encodeControl({ type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: 1, target: '' });
  const frame = concat(field((Code.Control << 11) | open.length, 2), open);
  const packet = concat(...Array.from({ length: Math.floor(1_197 / frame.length) }, () => frame));
  for (let i = 0; i < 2_000; i++) {
    attacker.send(Code.Many, packet);
    world.run(1, 1);
    expect(server.endpoint.stats()[0]?.queuedBytes ?? 0).toBeLessThanOrEqual(2 * maxQueueBytes);
  }
  world.run(10);
  expect(server.endpoint.stats()).toEqual([]);
});

// Sequence numbers tell a repetition from a gap as long as fewer than 512 packets are unconfirmed; after that the first of the
// repeated ones looks like one that is far ahead. 60 packets a second and a host that loads for 9 s are enough.
test('more than 512 packets before the hello is answered do not break the session', () => {
  const { host, server, player } = hostAndPlayer(20);
  const ours = dial(player.endpoint, server.driver.steamId);
  world.freeze(server.endpoint);
  for (let i = 0; i < 700; i++) {
    ours.send(`${i}`);
    world.run(10);
  }
  world.thaw(server.endpoint);
  world.run(3_000);
  expect(ours.closes).toEqual([]);
  expect(host.connections[0]?.record.texts.length).toBe(700);
});

// A refusal frees the slot of a connection that was closed here meanwhile; its `closed` is still to come, and then ends
// the wait of the next connection in that slot. The one after that is opened in a slot that the host still holds: the session breaks.
test('a refused connection that was closed meanwhile keeps its slot until the close is acknowledged', () => {
  const { host, server, player } = hostAndPlayer(50);
  const hostId = server.driver.steamId;
  const first = dial(player.endpoint, hostId);
  world.runUntil(() => first.opened === 1);
  stopHosting();
  const refused = dial(player.endpoint, hostId);
  world.run(10);
  refused.connection?.close(4000, 'changed my mind');
  world.run(91);
  // The refusal is here, the acknowledgement of the close is not.
  const take = host.onConnection.bind(host);
  host.onConnection = (connection, target) => {
    if (target === '/second') connection.close(4002, 'not this one');
    return take(connection, target);
  };
  stopHosting = server.endpoint.serve(host);
  const second = dial(player.endpoint, hostId, '/second');
  world.run(2);
  second.connection?.close(4001, 'again');
  world.run(9);
  const third = dial(player.endpoint, hostId);
  world.run(500);
  expect(first.closes).toEqual([]);
  expect(third.opened).toBe(1);
});

// close() waits for the end of the turn to tell; the session that breaks meanwhile tells first, and then the state goes back.
test('a connection that is closed when its session breaks stays closed', () => {
  const { host, server } = hostAndPlayer();
  const attacker = new ScriptedPeer(server.driver.steamId);
  attacker.send(
    Code.Control,
    encodeControl({ type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: undefined, target: '/' }),
  );
  world.run(10);
  const { connection } = host.connections[0]!;
  connection.close(4000, 'bye');
  attacker.send(Code.Control, Uint8Array.of(0xff));
  world.run(10);
  expect(connection.state).toBe('closed');
});

// The limit is checked where the sender encodes, where chunks are put together and for data: a request in one packet passes.
test('a request over maxMessageBytes in one packet is not handed to the host', () => {
  const { host, server } = hostAndPlayer(0, { maxMessageBytes: 1_024 });
  const attacker = new ScriptedPeer(server.driver.steamId);
  const content = encodeRequest({ method: 'POST', path: '/', headers: [], body: new Uint8Array(1_000_000) });
  attacker.send(Code.Control, encodeControl({ type: 'request', id: 1, content }));
  world.run(10);
  expect(host.requests.length).toBe(0);
});

test('a request over maxMessageBytes in chunks ends the session with the first of them, and none is held', () => {
  const { host, server } = hostAndPlayer();
  const complaints: string[] = [];
  Object.assign(host, { onComplaint: (_peer: bigint, what: string) => complaints.push(what) });
  const attacker = new ScriptedPeer(server.driver.steamId);
  world.run(10);
  const sessions = server.endpoint.stats().length;
  const content = encodeRequest({ method: 'POST', path: '/matchmake/create/room', headers: [], body: new Uint8Array(2_000_000) });
  const chunks: Uint8Array[] = [];
  splitIntoChunks(Code.Control, encodeControl({ type: 'request', id: 1, content }), (chunk) => chunks.push(chunk));
  attacker.send(Code.Control, chunks[0] as Uint8Array);
  world.run(10);
  expect(server.endpoint.stats().length).toBe(sessions - 1);
  expect(server.endpoint.faults).toEqual({ floods: 0, breaches: 1, unheard: 0 });
  expect(complaints).toEqual([expect.stringMatching(/is broken/)]);
  for (const chunk of chunks.slice(1)) attacker.send(Code.Control, chunk);
  world.run(10);
  expect(host.requests.length).toBe(0);
  expect(server.endpoint.stats().every(({ heldBytes }) => heldBytes === 0)).toBe(true);
});

// 0xbf has the lowest bits of an unreliable packet of many, and falls through to the session with all that is not named.
test('0xbf, which is no packet of ours, is not read', () => {
  const { host, server } = hostAndPlayer();
  const attacker = new ScriptedPeer(server.driver.steamId);
  attacker.send(
    Code.Control,
    encodeControl({ type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: undefined, target: '/' }),
  );
  world.steam.inject(attacker.driver, server.driver, Uint8Array.of(0xbf, 0x04, 0x00, 0x80, 0x01, 0x61));
  world.run(10);
  expect(host.connections[0]?.record.texts).toEqual([]);
});

// An unreliable packet is at most 1200 bytes for whoever sends it as such. One sent as reliable with the unreliable lane in its header
// makes a message that nobody could have sent, past maxMessageBytes.
test('a packet of the unreliable lane over 1200 bytes is not read', () => {
  const { host, server } = hostAndPlayer();
  const attacker = new ScriptedPeer(server.driver.steamId);
  attacker.send(
    Code.Control,
    encodeControl({ type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: undefined, target: '/' }),
  );
  world.steam.inject(attacker.driver, server.driver, concat([0xf0, 0x04, 0x00], new Uint8Array(1_048_570)));
  world.run(10);
  expect(host.connections[0]?.record.messages.length).toBe(0);
});

// Whoever offers a connection could say himself that it is taken: then nobody gave it up, and it held a slot and what was kept, for ever.
test.each([
  ['accepts', { type: 'accept', connection: 0x10, unreliableFrom: 0 }],
  ['refuses', { type: 'refuse', connection: 0x10, code: 1, reason: '' }],
] as const)('who %s what he has offered himself is not heard, and it is given up in time', async (_, control) => {
  const { server } = hostAndPlayer();
  const attacker = new ScriptedPeer(server.driver.steamId);
  // The id of the first request.
  const open = { type: 'open', connection: 0x10, unreliableFrom: 0, offerFor: 1, target: '/' } as const;
  const request = { method: 'GET', path: '/', headers: [], body: new Uint8Array() };
  server.endpoint.request(attacker.driver.steamId, request).catch(() => undefined);
  attacker.send(Code.Control, encodeControl(open));
  attacker.send(Code.Control, encodeControl(control));
  world.run(10);
  expect(server.endpoint.stats()).toMatchObject([{ connections: 1, rejected: 1 }]);
  for (let waited = 0; waited < 10_100; waited += 1_000) {
    attacker.send(Code.Control, encodeControl({ type: 'ping', token: 1 }));
    world.run(1_000);
  }
  attacker.send(Code.Control, encodeControl({ type: 'closed', connection: 0x10 }));
  world.run(10);
  expect(server.endpoint.stats()).toMatchObject([{ connections: 0 }]);
});

// Each was refused or ignored as it must be, and nobody could see that there were thousands: no counter, no line. A repeated hello was answered
// each time.
describe('counted, with a line for the one who runs the host', () => {
  const request = encodeControl({
    type: 'request',
    id: 1,
    content: encodeRequest({ method: 'GET', path: '/', headers: [], body: new Uint8Array() }),
  });
  const open = encodeControl({ type: 'open', connection: 0x11, unreliableFrom: 0, offerFor: undefined, target: '/' });
  const close = encodeControl({ type: 'close', connection: 0x11, code: 1000, reason: '' });

  test.each<[string, number, (attacker: ScriptedPeer) => void]>([
    ['requests beyond the burst', 800, (attacker) => attacker.send(Code.Control, request)],
    [
      'opens beyond the burst',
      800,
      (attacker) => {
        attacker.send(Code.Control, open);
        attacker.send(Code.Control, close);
      },
    ],
    ['a hello that is said again', 800, (attacker) => attacker.inject(greeting({ maxMessageBytes: 65_536 }))],
    ['refusals of nothing', 1_000, (attacker) => attacker.inject(encodeRefuse({ code: 1, echo: 99, reason: '' }))],
    ['resets of nothing', 1_000, (attacker) => attacker.inject(encodeReset(63))],
    [
      'failures of no request',
      1_000,
      (attacker) => attacker.send(Code.Control, encodeControl({ type: 'requestFailed', id: 9, code: 1, reason: '' })),
    ],
  ])('%s', async (_, least, send) => {
    const { host, server } = hostAndPlayer();
    const complaints: string[] = [];
    Object.assign(host, { onComplaint: (_peer: bigint, what: string) => complaints.push(what) });
    const attacker = new ScriptedPeer(server.driver.steamId);
    for (let i = 0; i < 1_000; i++) {
      send(attacker);
      world.run(2);
      await settle();
    }
    world.run(1_100);
    const [stats] = server.endpoint.stats();
    expect(stats?.rejected).toBeGreaterThanOrEqual(least);
    expect(stats?.rejected).toBeLessThanOrEqual(1_000);
    expect(complaints.length).toBeGreaterThan(0);
    expect(complaints.length).toBeLessThanOrEqual(4);
  });

  test('fragments of more messages than are held', () => {
    const { server } = hostAndPlayer();
    const attacker = new ScriptedPeer(server.driver.steamId);
    for (let sequence = 0; sequence < 100; sequence++) {
      attacker.inject(concat([0xe0 | Code.Control], field((1 << 10) | sequence, 2), [0x0c, 0x10, 0, 2, 1]));
    }
    world.run(10);
    expect(server.endpoint.stats()).toMatchObject([{ heldBytes: 8, dropped: 92, rejected: 0 }]);
  });
});

test('a hello that is said again and again is answered as often as one may ask', () => {
  const { server } = hostAndPlayer();
  const attacker = new ScriptedPeer(server.driver.steamId);
  const before = world.steam.packetsSent(server.driver);
  for (let i = 0; i < 1_000; i++) {
    attacker.inject(greeting({ maxMessageBytes: 65_536 }));
    world.run(1);
  }
  const answers = world.steam.packetsSent(server.driver) - before;
  expect(answers).toBeGreaterThan(60);
  expect(answers).toBeLessThan(100);
});

let stopHosting = () => {};

function hostAndPlayer(latencyMs = 0, options: EndpointOptions = {}) {
  world = new World({ conditions: { latencyMs } });
  const host = new Host();
  host.answer = async () => ok('');
  const server = world.user(options);
  const player = world.user(options);
  stopHosting = server.endpoint.serve(host);
  return { host, server, player };
}

/** A Steam user without our library. */
function silentUser(): SimulatedDriver {
  const driver = world.steam.user();
  const nothing = () => undefined;
  driver.start({
    onSessionRequest: nothing,
    onPacket: nothing,
    onSessionFailed: nothing,
    onSteamLost: nothing,
    onSteamRestored: nothing,
  });
  return driver;
}

/** Says hello, and then whatever the test wants to say, in reliable packets that follow each other. */
class ScriptedPeer {
  readonly driver = silentUser();
  readonly #victim: bigint;
  #sequence = 0;

  constructor(victim: bigint) {
    this.#victim = victim;
    this.driver.send(victim, greeting({ maxMessageBytes: 65_536 }), 2, 0);
    world.run(50);
  }

  send(code: number, payload: Uint8Array): void {
    this.inject(concat([0xc0 | code], field((1 << 10) | (this.#sequence++ & SEQUENCE_MASK), 2), payload));
  }

  inject(packet: Uint8Array): void {
    world.steam.inject(this.driver, this.#victim, packet);
  }
}

// Slots are used again, and a late unreliable packet of the connection before was taken for one of the next.
test('a late unreliable packet of a former connection does not reach the next one in its slot', () => {
  const { server, player, host } = hostAndPlayer(20);
  const { steam } = world;
  const first = dial(player.endpoint, server.driver.steamId, '/first');
  world.run(300);
  // This one packet is overtaken by all that follow.
  steam.setConditions(player.driver, server.driver, { latencyMs: 20, reorder: 1, reorderMs: 800 });
  first.send('of the first', 'unreliable');
  world.turn();
  steam.setConditions(player.driver, server.driver, { latencyMs: 20 });
  first.connection?.close(1000);
  world.run(200);
  const second = dial(player.endpoint, server.driver.steamId, '/second');
  world.run(200);
  second.send('of the second', 'unreliable');
  world.run(2_000);
  expect(second.connection?.code).toBe(first.connection?.code);
  expect(host.connections.map(({ target, record }) => [target, record.texts])).toEqual([
    ['/first', []],
    ['/second', ['of the second']],
  ]);
});

// Frames cost by number: one reliable packet of 1 MB held 35 000 of them, and the host was busy with it for ten seconds.
test('a packet of many frames is no larger than anybody makes one', () => {
  const { server } = hostAndPlayer();
  const attacker = new ScriptedPeer(server.driver.steamId);
  const ping = encodeControl({ type: 'ping', token: 0 });
  const frame = concat(field((Code.Control << 11) | ping.length, 2), ping);
  attacker.send(Code.Many, concat(...Array.from({ length: 171 }, () => frame)));
  world.run(10);
  expect(server.endpoint.stats()).toHaveLength(1);
  attacker.send(Code.Many, concat(...Array.from({ length: 172 }, () => frame)));
  world.run(10);
  expect(server.endpoint.stats()).toEqual([]);
});

// The host took its time over an answer, and opened the connection that goes with it in a session that had ended: it was never closed,
// and whoever sat on it never left.
test('a connection that is offered to a player who has gone is over before it begins', async () => {
  const { host, server, player } = hostAndPlayer();
  let resume: () => void = () => undefined;
  const theirs = new Recorder();
  host.answer = async (_, __, offer) => {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
    theirs.connection = offer('/room', theirs);
    return ok('seat');
  };
  const request = player.endpoint.request(server.driver.steamId, {
    method: 'POST',
    path: '/',
    headers: [],
    body: new Uint8Array(),
  });
  request.catch(() => undefined);
  world.run(100);
  player.endpoint.release();
  world.run(100);
  resume();
  await settle();
  expect(theirs.connection?.state).toBe('closed');
  world.run(50);
  expect(theirs.closes).toMatchObject([{ code: 1006, error: { code: 'closed' } }]);
  expect(server.endpoint.stats()).toEqual([]);
});

// Who gave up before the host's answer came had no tag of his to reset: the host kept the session, and what it offered in it, for 15 s.
test('a host learns at once that a player gave up before their session was made', async () => {
  const { server, player } = hostAndPlayer(200);
  const abort = new AbortController();
  const get = { method: 'GET', path: '/', headers: [], body: new Uint8Array() };
  player.endpoint.request(server.driver.steamId, get, abort.signal).catch(() => undefined);
  world.run(700); // the host has the hello, and its answer is on the way
  expect(server.endpoint.stats()).toHaveLength(1);
  player.endpoint.release();
  player.endpoint.acquire();
  world.run(500);
  expect(server.endpoint.stats()).toEqual([]);
});
