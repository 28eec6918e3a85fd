import { expect, test } from '@jest/globals';
import { Compression } from '../../src/wire/compression.ts';
import { decodeControl, encodeControl } from '../../src/wire/control.ts';
import { Code, Lane, PacketType, readFrames } from '../../src/wire/packet.ts';
import { dial, generator, Host, ok, type Recorder, settle, World } from '../helpers/World.ts';
import { concat, field, greeting } from '../wire/support.ts';
import { type Flood, floods } from './flood/kinds.ts';
import { Impostor } from './Impostor.ts';

// One peer with a session who sends as fast as he can, by the clock of the simulated Steam; `npm run flood` does it with
// processes.

/** Two and a half times what a peer may do in a second, if each packet were only one unit of work. */
const PER_SECOND = 50_000;
const STEP_MS = 20;
const STEP_BYTES = 2_000_000;
const small = Uint8Array.of(1, 2, 3);

const kinds: Readonly<Record<string, Flood>> = {
  ...floods,
  'empty packets': () => ({ packet: new Uint8Array(), sendType: 0 }),
};

/** A host, a player of his, and one who is about to flood: he has a session and a connection. */
class Scene {
  readonly world = new World({ seed: 3 });
  readonly complaints: { at: number; peer: bigint; what: string }[] = [];
  readonly host = new Host();
  readonly server = this.world.user({ compression: 'deflate' });
  readonly player = this.world.user();
  readonly ours;
  readonly impostor: Impostor;

  constructor() {
    const { world, server, player, host } = this;
    Object.assign(host, {
      onComplaint: (peer: bigint, what: string) => this.complaints.push({ at: world.steam.now, peer, what }),
    });
    host.answer = async () => ok('yes');
    server.endpoint.serve(host);
    this.ours = dial(player.endpoint, server.driver.steamId);
    world.runUntil(() => this.ours.opened === 1);
    this.impostor = new Impostor(world, server.driver.steamId);
    this.join();
  }

  join(): void {
    const { impostor, world } = this;
    const before = this.host.connections.length;
    impostor.greet({ compression: Compression.Deflate });
    const code = Code.OpenedBySender;
    impostor.control(encodeControl({ type: 'open', connection: code, unreliableFrom: 0, offerFor: undefined, target: '/' }));
    world.run(100);
    expect(this.host.connections.length).toBe(before + 1);
  }

  /** Everything that comes from him in one step of the clock. */
  pour(flood: Flood): void {
    const pen = {
      code: Code.OpenedBySender,
      packet: (...packet: Parameters<Impostor['packet']>) => this.impostor.packet(...packet),
    };
    let bytes = 0;
    for (let i = 0; i < (PER_SECOND * STEP_MS) / 1_000 && bytes < STEP_BYTES; i++) {
      const { packet } = flood(pen);
      this.impostor.inject(packet);
      bytes += packet.length;
    }
  }

  get stats() {
    return this.server.endpoint.stats().find(({ peer }) => peer === this.impostor.steamId);
  }

  /** The player and the host still hear each other. */
  expectUnharmed(): void {
    const theirs = this.host.connections[0]!.record;
    const { ours, world } = this;
    ours.send('hello');
    theirs.send('welcome');
    const since = world.steam.now;
    world.runUntil(() => theirs.texts.at(-1) === 'hello' && ours.texts.at(-1) === 'welcome');
    expect(world.steam.now - since).toBeLessThan(100);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  }
}

test.each(Object.entries(kinds))('%s: he is gone with a reason, and nobody else notices', async (_kind, flood) => {
  const scene = new Scene();
  const { world, server, impostor } = scene;
  const since = world.steam.now;
  while (!server.endpoint.isShutOut(impostor.steamId)) {
    scene.pour(flood);
    world.run(STEP_MS);
    await settle();
    impostor.read();
    expect(scene.stats?.heldBytes ?? 0).toBeLessThanOrEqual(2 * 1_048_576 + 3);
    expect(scene.stats?.queuedBytes ?? 0).toBeLessThanOrEqual(2 * 4_194_304);
    if (world.steam.now - since > 10_000) throw new Error('he floods on');
  }
  world.run(200);
  impostor.read();
  expect(scene.stats).toBeUndefined();
  scene.expectUnharmed();
  // His connections heard of it, once each, before the session went.
  const [, ...his] = scene.host.connections;
  const ends = his.map(({ record }) => record.closes);
  expect(ends.every(({ length }) => length === 1)).toBe(true);
  // One line a second about him, whatever he did.
  const seconds = Math.ceil((world.steam.now - since) / 1_000);
  expect(scene.complaints.map(({ peer }) => peer)).toEqual(scene.complaints.map(() => impostor.steamId));
  expect(scene.complaints.length).toBeGreaterThan(0);
  expect(scene.complaints.length).toBeLessThanOrEqual(seconds + 1);
  // He goes on: it is thrown away, and costs nothing but the reading.
  const ignored = world.steam.now;
  const { floods: times, unheard } = server.endpoint.faults;
  expect(times).toBe(1);
  for (let i = 0; i < 10; i++) {
    scene.pour(flood);
    world.run(STEP_MS);
  }
  expect(server.endpoint.faults.floods).toBe(1);
  expect(server.endpoint.faults.unheard).toBeGreaterThan(unheard);
  expect(scene.stats).toBeUndefined();
  expect(scene.complaints.filter(({ at }) => at > ignored)).toEqual([]);
  scene.expectUnharmed();
  impostor.close();
  world.close();
});

test('he is told why, with a code, on every connection that he had; and may come back half a minute later', () => {
  const scene = new Scene();
  const { world, server, impostor } = scene;
  while (!server.endpoint.isShutOut(impostor.steamId)) {
    scene.pour(floods.pings!);
    world.run(STEP_MS);
  }
  world.run(100);
  impostor.read();
  const closes = controlsIn(impostor.received).filter((control) => control.type === 'close');
  expect(closes).toEqual([
    { type: 'close', connection: 0, code: 1008, reason: expect.stringMatching(/^flooding: more than 20000 /) },
  ]);
  expect(impostor.received.at(-1)?.[0]).toBe(PacketType.Reset);
  expect(scene.host.connections[1]!.record.closes).toEqual([{ code: 1008, reason: closes[0]!.reason, error: undefined }]);
  expect(scene.complaints.map(({ what }) => what)).toEqual([closes[0]!.reason]);

  // Steam takes nothing more from him, and is not told to when it announces him again.
  const before = scene.host.connections.length;
  world.run(300);
  expect(world.steam.sessionState(server.driver, impostor.driver)).toBe('none');
  impostor.driver.send(impostor.victim, greeting({ epoch: 999 }), 2, 0);
  world.run(20_000, 500);
  expect(world.steam.sessionState(server.driver, impostor.driver)).not.toBe('open');
  expect(scene.stats).toBeUndefined();
  world.run(11_000, 500);
  impostor.driver.send(impostor.victim, Uint8Array.of(0), 2, 0); // Steam announces him again
  world.run(100);
  scene.join();
  expect(scene.host.connections.length).toBe(before + 1);
  scene.expectUnharmed();
  impostor.close();
  world.close();
});

// Packets are paid for when they are read, what was compressed when it is done: that is 48 units a millisecond, of which 20 come back meanwhile.
test.each<[string, number, number, (scene: Scene) => void]>([
  ['packets', 24_096, 0, ({ impostor }) => impostor.inject(Uint8Array.of(1))],
  [
    'frames',
    40,
    0,
    ({ impostor }) =>
      impostor.many(
        Array.from({ length: 598 }, () => [Code.OpenedBySender, []] as const),
        Lane.Unreliable,
      ),
  ],
  ['bytes', 185, 0, ({ impostor }) => impostor.send(Code.OpenedBySender, new Uint8Array(65_533))],
  ['what was compressed', 84, 492 / 48, ({ impostor }) => impostor.inject(floodOf('compressed zeros', impostor))],
])('%s: so many are too many (%d), one in %d ms', (_what, bound, stepMs, send) => {
  const scene = new Scene();
  const { world, server, impostor } = scene;
  let sent = 0;
  for (; sent < 2 * bound && !server.endpoint.isShutOut(impostor.steamId); sent++) {
    send(scene);
    if (stepMs > 0) world.run(stepMs, stepMs);
    else if (sent % 32 === 31 || bound < 200) server.endpoint.poll();
  }
  expect(sent).toBeGreaterThan(0.9 * bound);
  expect(sent).toBeLessThan(1.1 * bound);
  world.run(100);
  scene.expectUnharmed();
  impostor.close();
  world.close();
});

test.each<[string, number, readonly Uint8Array[]]>([
  ['10 000 packets', 3, Array.from({ length: 10_000 }, () => small)],
  ['4 messages of 1 MiB, in chunks of 64 KiB', 4, Array.from({ length: 4 * 16 }, () => new Uint8Array(65_000))],
])(
  'who may send it, but all at once: %s of his, and one of another behind them, are read in %d turns',
  (_what, turns, messages) => {
    const scene = new Scene();
    const { world, server, impostor, player, host } = scene;
    const [theirs, his] = host.connections.map(({ record }) => record) as [Recorder, Recorder];
    for (const message of messages) impostor.send(Code.OpenedBySender, message);
    scene.ours.send('behind it all');
    player.endpoint.flush();
    world.steam.advance(1);
    const perTurn: number[] = [];
    while (his.messages.length < messages.length) {
      const before = his.messages.length;
      server.endpoint.poll();
      perTurn.push(his.messages.length - before);
      if (perTurn.length === turns) expect(theirs.texts.at(-1)).toBe('behind it all');
      if (perTurn.length > 1_000) throw new Error('his packets are not read');
      world.steam.advance(1);
    }
    // He has it all, in order, in many small parts: 48 units a millisecond, after 240 at once, and the last on credit.
    const work = 2 + messages[0]!.length / 512;
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(Math.ceil(241 / work));
    expect(perTurn.length).toBeGreaterThanOrEqual((work * (messages.length - 1) - 241) / 48.2);
    expect(his.messages.map(({ length }) => length)).toEqual(messages.map(({ length }) => length));
    expect(server.endpoint.isShutOut(impostor.steamId)).toBe(false);
    expect(scene.complaints).toEqual([]);
    impostor.close();
    world.close();
  },
);

test('what waits for its turn is not overtaken, not even by a turn in a turn', () => {
  const scene = new Scene();
  const { world, server, impostor } = scene;
  const his = scene.host.connections[1]!.record;
  const heard: number[] = [];
  his.onMessage = (message) => {
    heard.push(message[0]! * 256 + message[1]!);
    if (heard.length === 300) server.endpoint.poll();
  };
  for (let i = 0; i < 10_000; i++) impostor.send(Code.OpenedBySender, [i >> 8, i & 0xff]);
  world.run(2_000);
  expect(heard.length).toBe(10_000);
  expect(heard.every((number, i) => number === i)).toBe(true);
  expect(scene.complaints).toEqual([]);
  impostor.close();
  world.close();
});

test('what is thrown away holds up nobody: 4000 packets of his before one of another, in one turn', () => {
  const scene = new Scene();
  const { world, server, impostor, player } = scene;
  while (!server.endpoint.isShutOut(impostor.steamId)) {
    scene.pour(floods['tiny packets']!);
    world.run(STEP_MS);
  }
  world.run(1_000);
  for (let i = 0; i < 4_000; i++) impostor.inject(Uint8Array.of(0xf0, 0, 0));
  scene.ours.send('behind it all');
  player.endpoint.flush();
  world.steam.advance(1);
  server.endpoint.poll();
  expect(scene.host.connections[0]!.record.texts.at(-1)).toBe('behind it all');
  impostor.close();
  world.close();
});

test('what a busy game sends is no flood: 60 Hz, 40 messages in each packet, and a pause of 15 s that comes all at once', () => {
  const scene = new Scene();
  const { world, impostor } = scene;
  const message = new Uint8Array(20);
  const frames = Array.from({ length: 40 }, () => [Code.OpenedBySender, message] as const);
  const heard = () => scene.host.connections[1]!.record.messages.length;
  for (let tick = 0; tick < 60 * 10; tick++) {
    impostor.many(frames);
    world.run(1_000 / 60);
  }
  expect(heard()).toBe(60 * 10 * 40);
  // The network stood still: it is all there, 15 s late. A process polls turn after turn, while there is something.
  for (let tick = 0; tick < 60 * 5; tick++) impostor.many(frames);
  world.run(1_000, 5);
  expect(heard()).toBe(60 * 15 * 40);
  // This process stood still, and he did not know: all that he sent in 20 s.
  world.freeze(scene.server.endpoint);
  for (let tick = 0; tick < 60 * 14; tick++) {
    impostor.many(frames);
    world.run(1_000 / 60);
  }
  world.thaw(scene.server.endpoint);
  world.run(1_000, 5);
  expect(heard()).toBe(60 * 29 * 40);
  expect(scene.stats?.rejected).toBe(0);
  expect(scene.complaints).toEqual([]);
  impostor.close();
  world.close();
});

test('what came while this process stood still is forgiven before it is read: 80 messages in each packet, 10 s of them', () => {
  const scene = new Scene();
  const { world, impostor } = scene;
  const frames = Array.from({ length: 80 }, () => [Code.OpenedBySender, new Uint8Array(11)] as const);
  world.run(1_000);
  world.freeze(scene.server.endpoint);
  for (let tick = 0; tick < 60 * 10; tick++) {
    impostor.many(frames);
    world.run(1_000 / 60);
  }
  world.thaw(scene.server.endpoint);
  world.run(2_000, 5);
  expect(scene.host.connections[1]!.record.messages.length).toBe(60 * 10 * 80);
  expect(scene.server.endpoint.faults).toEqual({ floods: 0, breaches: 0, unheard: 0 });
  expect(scene.complaints).toEqual([]);
  impostor.close();
  world.close();
});

test('breach after breach: a complaint a second, however often he begins anew', () => {
  const scene = new Scene();
  const { world, impostor } = scene;
  const since = world.steam.now;
  for (let times = 0; times < 40; times++) {
    impostor.greet();
    impostor.control([0xee]);
    world.run(2 * STEP_MS);
    expect(scene.stats).toBeUndefined();
  }
  const seconds = (world.steam.now - since) / 1_000;
  expect(scene.complaints.length).toBeGreaterThan(seconds - 1);
  expect(scene.complaints.length).toBeLessThanOrEqual(seconds + 1);
  expect(scene.complaints[0]?.what).toMatch(/is broken: a malformed packet came/);
  expect(scene.server.endpoint.faults).toEqual({ floods: 0, breaches: 40, unheard: 0 });
  scene.expectUnharmed();
  impostor.close();
  world.close();
});

test('packets that make no sense: some are an accident, many are a complaint', () => {
  const scene = new Scene();
  const { world, impostor } = scene;
  const rubbish = (count: number) => {
    for (let i = 0; i < count; i++) impostor.send(Code.Control, [0xee], Lane.Unreliable);
    world.run(2_000);
  };
  rubbish(9);
  expect(scene.complaints).toEqual([]);
  rubbish(60);
  rubbish(0);
  expect(scene.complaints.map(({ what }) => what)).toEqual([
    '60 packets, messages and requests of his were rejected: they made no sense, or were too many',
  ]);
  expect(scene.stats).toMatchObject({ rejected: 69, connections: 1 });
  impostor.close();
  world.close();
});

test('a slow reader: what waits for him is bounded, and beyond it his connection ends', () => {
  const scene = new Scene();
  const { world, impostor, server } = scene;
  // He takes nothing: his queue in Steam is full.
  const { driver } = server;
  const send = driver.send.bind(driver);
  driver.send = (peer, ...rest) => peer !== impostor.steamId && send(peer, ...rest);
  const record = scene.host.connections[1]!.record;
  const random = generator(1);
  const incompressible = Uint8Array.from({ length: 500_000 }, () => random() * 256);
  for (let i = 0; i < 20 && record.closes.length === 0; i++) {
    scene.host.connections[1]!.connection.send(incompressible);
    world.run(STEP_MS);
    expect(scene.stats?.queuedBytes ?? 0).toBeLessThanOrEqual(4_194_304);
  }
  expect(record.closes).toEqual([{ code: 1013, reason: expect.stringMatching(/^slow peer/), error: undefined }]);
  scene.expectUnharmed();
  impostor.close();
  world.close();
});

test('requests: 32 at the same time, 64 in a burst and 32 a second; the others are refused and cost no room', async () => {
  const scene = new Scene();
  const { world, impostor, host, server } = scene;
  host.answer = () => new Promise(() => undefined);
  const request = (id: number) => impostor.control(concat([8], field(id, 2), [0, 3, 71, 69, 84, 0, 1, 47, 0]));
  for (let id = 0; id < 500; id++) request(id);
  // Each may cost the game a room: they are begun by and by.
  for (let turn = 0; turn < 10; turn++) {
    const seen = host.requests.length;
    server.endpoint.poll();
    world.steam.advance(1);
    expect(host.requests.length - seen).toBeLessThanOrEqual(4);
  }
  // However many others there are to look at.
  expect(host.requests.length).toBe(32);
  world.run(100);
  await settle();
  expect(host.requests.length).toBe(32);
  impostor.read();
  const refused = controlsIn(impostor.received).filter(({ type }) => type === 'requestFailed');
  expect(refused.length).toBe(500 - 32);
  scene.expectUnharmed();
  impostor.close();
  world.close();
});

test('requests: one that is read while another is begun does not overtake those that wait', async () => {
  const scene = new Scene();
  const { world, impostor, host, server } = scene;
  const request = (id: number) => impostor.control(concat([8], field(id, 2), [0, 3, 71, 69, 84, 0, 2, 47, 65 + id, 0]));
  host.answer = () => {
    if (host.requests.length === 5) {
      request(8);
      world.steam.advance(1);
      server.endpoint.poll();
    }
    return new Promise(() => undefined);
  };
  for (let id = 0; id < 8; id++) request(id);
  world.run(100);
  await settle();
  expect(host.requests.map(({ path }) => path).join('')).toBe('/A/B/C/D/E/F/G/H/I');
  impostor.close();
  world.close();
});

test('requests: no more are begun at once by who begins session after session', async () => {
  const scene = new Scene();
  const { world, impostor, host, server } = scene;
  host.answer = () => new Promise(() => undefined);
  for (let session = 0; session < 6; session++) {
    impostor.greet();
    for (let id = 0; id < 4; id++) impostor.control(concat([8], field(id, 2), [0, 3, 71, 69, 84, 0, 1, 47, 0]));
  }
  world.steam.advance(1);
  server.endpoint.poll();
  await settle();
  expect(host.requests.length).toBe(4);
  impostor.close();
  world.close();
});

test('requests: those that wait when he is sent away are refused, not begun', async () => {
  const scene = new Scene();
  const { world, impostor, host, server } = scene;
  host.answer = () => {
    if (host.requests.length === 6) server.endpoint.expel(impostor.steamId, 4000, 'enough');
    return new Promise(() => undefined);
  };
  for (let id = 0; id < 20; id++) impostor.control(concat([8], field(id, 2), [0, 3, 71, 69, 84, 0, 1, 47, 0]));
  world.run(200);
  await settle();
  expect(host.requests.length).toBe(6);
  impostor.read();
  const refused = controlsIn(impostor.received).flatMap((control) => (control.type === 'requestFailed' ? control.id : []));
  expect(new Set(refused)).toEqual(new Set(Array.from({ length: 20 }, (_, id) => id)));
  impostor.close();
  world.close();
});

/** One packet of a flood. */
function floodOf(kind: string, impostor: Impostor): Uint8Array {
  const pen = { code: Code.OpenedBySender, packet: (...packet: Parameters<Impostor['packet']>) => impostor.packet(...packet) };
  return floods[kind]!(pen).packet;
}

/** Control frames in packets that came. */
function controlsIn(packets: readonly Uint8Array[]) {
  const found: NonNullable<ReturnType<typeof decodeControl>>[] = [];
  for (const packet of packets) {
    if ((packet[0] ?? 0) < PacketType.Session) continue;
    readFrames(packet, (code, payload) => {
      const control = code === Code.Control ? decodeControl(payload) : undefined;
      if (control !== undefined) found.push(control);
      return true;
    });
  }
  return found;
}
