import { expect, test } from '@jest/globals';
import type { Connection } from '../../../src/connection/Connection.ts';
import type { Endpoint } from '../../../src/connection/Endpoint.ts';
import type { ConnectionEvents, Delivery, HostHandlers, SteamResponse } from '../../../src/connection/types.ts';
import type { SimulatedDriver } from '../../../src/sim.ts';
import { Compression, encodeCompressed, isCompressed } from '../../../src/wire/compression.ts';
import { type Control, ControlType, decodeControl, encodeControl } from '../../../src/wire/control.ts';
import { decodeHello, encodeRefuse, encodeReset, PROTOCOL_VERSION } from '../../../src/wire/hello.ts';
import { Code, Lane, PacketType, readFrames, SEQUENCE_MASK, SLOTS, writePacketHeader } from '../../../src/wire/packet.ts';
import { encodeRequest, encodeResponse } from '../../../src/wire/requestCodec.ts';
import { dial, Host, ok, settle, World } from '../../helpers/World.ts';
import { concat, field, greeting } from '../../wire/support.ts';
import { casesFor, FUZZ_SEED, timeFor } from './cases.ts';

const CASES = casesFor(0.3);

const MAX_MESSAGE_BYTES = 131_072;
const MAX_QUEUE_BYTES = 262_144;
/** A chunked frame with three bytes of request header, and fragments of as many bytes as a message may have. */
const MAX_HELD_BYTES = 2 * MAX_MESSAGE_BYTES + 3;
const LONG_TARGET = 'x'.repeat(8_192);
/** What the attacker compresses when he means well. */
const INFLATED = new Uint8Array(777);
const LONG_REASON = 'x'.repeat(512);
/** 15 that we opened, 15 of theirs. */
const MAX_CONNECTIONS = 30;

test(
  `${CASES} random, truncated and mutated packets, in every state of a session, harm nobody (seed ${FUZZ_SEED})`,
  async () => {
    const fuzz = new Fuzz(FUZZ_SEED);
    let cases = 0;
    try {
      for (; cases < CASES; cases++) {
        fuzz.step();
        if (cases % 16 === 0) await fuzz.check();
        if (cases % 512 === 0) fuzz.checkInnocent();
      }
      await fuzz.finish();
    } catch (error) {
      throw new Error(`FUZZ_SEED=${FUZZ_SEED}, packet ${cases}, ${fuzz.doing}`, { cause: error });
    }
    fuzz.expectDepth();
  },
  timeFor(CASES),
);

type Chance = ReturnType<typeof chance>;

function chance(seed: number) {
  // xorshift32: a few million numbers are drawn.
  let state = (seed * 0x9e3779b1) | 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(random() * limit);
  const noise = Uint8Array.from({ length: 65_536 }, () => below(256));
  return {
    below,
    is: (probability: number) => random() < probability,
    one: <T>(values: readonly T[]): T => values[below(values.length)]!,
    bytes: (length: number) => {
      const at = below(noise.length - length);
      return noise.slice(at, at + length);
    },
  };
}

/** Whom a connection belongs to: he must hear of its end exactly once, and of nothing after it. */
class Owner implements ConnectionEvents {
  connection: Connection | undefined;
  closes = 0;
  messages = 0;
  inflated = 0;
  late = 0;
  readonly #react: (owner: Owner) => void;

  constructor(react: (owner: Owner) => void) {
    this.#react = react;
  }

  onMessage(bytes: Uint8Array): void {
    this.messages++;
    if (bytes.length === INFLATED.length) this.inflated++;
    if (this.closes > 0) this.late++;
    this.#react(this);
  }
  onClose(): void {
    this.closes++;
  }
  onOpen(): void {
    if (this.closes > 0) this.late++;
  }
  onDrain(): void {
    if (this.closes > 0) this.late++;
  }
}

/** A victim with a real endpoint, an innocent peer of his, and an attacker who has only a driver and says what he likes. */
class Fuzz {
  readonly #chance: Chance;
  readonly #world: World;
  readonly #victim: { driver: SimulatedDriver; endpoint: Endpoint };
  readonly #innocent: ReturnType<typeof dial>;
  readonly #innocentHost = new Host();
  readonly #attacker: Attacker;
  readonly #owners = new Set<Owner>();
  #mayJoin: () => boolean | string | Promise<boolean | string> = () => true;
  #pending = 0;
  readonly #unanswered: (() => void)[] = [];
  #state: (typeof states)[number] = 'none';
  readonly #faults: string[] = [];
  #last = '';
  readonly #seen = {
    ended: 0,
    messages: 0,
    offers: 0,
    requests: 0,
    answers: 0,
    resets: 0,
    held: 0,
    inflated: 0,
    byState: new Map<string, number>(),
  };

  constructor(seed: number) {
    this.#chance = chance(seed);
    this.#world = new World({ seed });
    this.#victim = this.#world.user({
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxQueueBytes: MAX_QUEUE_BYTES,
      compression: { algorithm: 'deflate', thresholdBytes: 64, unreliable: true },
    });
    this.#victim.endpoint.serve(this.#handlers());
    const innocent = this.#world.user();
    innocent.endpoint.serve(this.#innocentHost);
    this.#innocent = dial(this.#victim.endpoint, innocent.driver.steamId);
    this.#world.runUntil(() => this.#innocent.opened === 1);
    this.#attacker = new Attacker(this.#world, this.#victim.driver.steamId, this.#chance);
  }

  get doing(): string {
    return `state ${this.#state}: ${this.#last}`;
  }

  step(): void {
    // Without a session nothing ends by itself.
    const patience = this.#state === 'none' || this.#state === 'greeting' ? 6 : 24;
    if (this.#attacker.wasReset || this.#chance.is(1 / patience)) this.#begin(this.#chance.one(states));
    if (this.#chance.is(1 / 16)) this.#act();
    const packet = this.#attacker.packet();
    this.#last = Buffer.from(packet.subarray(0, 60)).toString('hex');
    count(this.#seen.byState, this.#state);
    this.#attacker.inject(packet);
    this.#turn();
    if (this.#attacker.wasReset) this.#seen.resets++;
  }

  async check(): Promise<void> {
    await settle();
    this.#turn();
    this.#turn();
    if (this.#chance.is(0.05)) this.#world.run(this.#chance.one([5, 50, 1_100]));
    if (this.#chance.is(0.0005)) this.#world.run(20_000);
    const { endpoint } = this.#victim;
    const stats = endpoint.stats();
    if (stats.length > 2) throw new Error(`${stats.length} peers are known`);
    for (const { heldBytes, queuedBytes, connections } of stats) {
      if (heldBytes > 0) this.#seen.held++;
      if (heldBytes > MAX_HELD_BYTES) throw new Error(`${heldBytes} bytes are held`);
      if (queuedBytes > MAX_QUEUE_BYTES) throw new Error(`${queuedBytes} bytes wait`);
      if (connections > MAX_CONNECTIONS) throw new Error(`${connections} connections are open`);
    }
    for (const owner of this.#owners) this.#checkOwner(owner);
    const open = stats.find(({ peer }) => peer === this.#attacker.steamId)?.connections ?? 0;
    if (this.#owners.size > open) throw new Error(`${this.#owners.size} owners of ${open} connections`);
    if (this.#faults.length > 0) throw new Error(this.#faults.join(', '));
  }

  checkInnocent(): void {
    const theirs = this.#innocentHost.connections[0]!.record;
    this.#innocent.send('hello');
    this.#world.runUntil(() => theirs.texts.at(-1) === 'hello');
    theirs.send('welcome');
    this.#world.runUntil(() => this.#innocent.texts.at(-1) === 'welcome');
    expect([...this.#innocent.closes, ...theirs.closes]).toEqual([]);
    theirs.messages.length = this.#innocent.messages.length = 0;
  }

  /** The attacker falls silent. Nothing of him may be left. */
  async finish(): Promise<void> {
    for (const answer of this.#unanswered.splice(0)) answer();
    this.#attacker.end();
    await this.check();
    this.#world.run(40_000);
    await this.check();
    this.checkInnocent();
    expect(this.#owners.size).toBe(0);
    expect(this.#pending).toBe(0);
    const [left, ...others] = this.#victim.endpoint.stats();
    expect(others).toEqual([]);
    expect(left?.peer).toBe(this.#innocent.connection?.peer);
    expect([left?.heldBytes, left?.queuedBytes, left?.connections]).toEqual([0, 0, 1]);
    this.#attacker.driver.close();
    this.#world.close();
  }

  /** That packets reached the depths at all: a fuzzer whose packets are all dropped at the door finds nothing. */
  expectDepth(): void {
    const { byState, ...counts } = { ...this.#seen, compressed: this.#attacker.compressed };
    const share = CASES / 1_000;
    for (const state of states) expect(byState.get(state)).toBeGreaterThan(20 * share);
    for (const [what, times] of Object.entries(counts)) expect({ what, times: times > share }).toEqual({ what, times: true });
  }

  #checkOwner(owner: Owner): void {
    const state = owner.connection?.state;
    const ended = state === 'closing' || state === 'closed';
    if (owner.late > 0) throw new Error(`${owner.late} events after the end`);
    if (owner.closes !== (ended ? 1 : 0))
      throw new Error(`a connection is ${state}, and its owner was told ${owner.closes} times`);
    if (!ended) return;
    this.#owners.delete(owner);
    this.#seen.ended++;
    this.#seen.messages += owner.messages;
    this.#seen.inflated += owner.inflated;
  }

  #turn(): void {
    this.#victim.endpoint.poll();
    this.#attacker.read();
  }

  #owner(): Owner {
    const owner = new Owner(({ connection }) => {
      if (this.#chance.is(0.05)) connection?.send(this.#chance.bytes(10));
      if (this.#chance.is(0.1)) connection?.send(INFLATED, this.#chance.one<Delivery>(['reliable', 'unreliable']));
      if (this.#chance.is(0.02)) connection?.close(4000, 'enough');
    });
    this.#owners.add(owner);
    return owner;
  }

  #handlers(): HostHandlers {
    return {
      onSessionRequest: () => this.#mayJoin(),
      onConnection: (connection) => {
        const owner = this.#owner();
        owner.connection = connection;
        if (connection.code >= SLOTS) this.#faults.push(`a connection in slot ${connection.code}`);
        if (this.#chance.is(0.1)) connection.send(this.#chance.bytes(10));
        if (this.#chance.is(0.1)) connection.close(4001, 'no');
        return owner;
      },
      onRequest: (_peer, _request, offer) => {
        this.#seen.requests++;
        if (this.#chance.is(0.3)) {
          const owner = this.#owner();
          owner.connection = offer('/offered', owner);
        }
        if (this.#chance.is(0.1)) return Promise.reject(new Error('the host failed'));
        if (this.#chance.is(0.3)) return Promise.resolve(ok('at once'));
        return new Promise<SteamResponse>((resolve) => this.#unanswered.push(() => resolve(ok('at last'))));
      },
    };
  }

  /** What the victim does of its own accord. */
  #act(): void {
    const owner = this.#chance.one([...this.#owners, undefined]);
    const { connection } = owner ?? {};
    const delivery = this.#chance.one<Delivery>(['reliable', 'buffered', 'unreliable', 'unreliableNoDelay']);
    const acts = [
      () => connection && this.#send(connection, delivery),
      () => connection?.close(this.#chance.one([1000, 1005, 4000]), 'bye'),
      () => this.#unanswered.shift()?.(),
      () => this.#request(),
      () => this.#dial(),
    ];
    this.#chance.one(acts)();
  }

  #send(connection: Connection, delivery: Delivery): void {
    try {
      const message = this.#chance.one([this.#chance.bytes(this.#chance.one([0, 10, 1_300])), INFLATED, INFLATED]);
      connection.send(message, delivery);
    } catch (error) {
      // The attacker may say that he takes no more than 1024 bytes.
      if (!(error instanceof RangeError)) throw error;
    }
  }

  #dial(): void {
    const owner = this.#owner();
    owner.connection = this.#victim.endpoint.connect(this.#attacker.steamId, '/room?sessionId=1', owner);
  }

  #request(): void {
    this.#pending++;
    const request = { method: 'GET', path: '/', headers: [], body: new Uint8Array() };
    this.#victim.endpoint.request(this.#attacker.steamId, request).then(
      ({ offer }) => {
        this.#pending--;
        this.#seen.answers++;
        if (offer === undefined) return;
        this.#seen.offers++;
        if (this.#chance.is(0.3)) return;
        const owner = this.#owner();
        owner.connection = offer.connection;
        offer.connection.adopt(owner);
      },
      () => {
        this.#pending--;
      },
    );
  }

  #begin(state: (typeof states)[number]): void {
    this.#state = state;
    this.#mayJoin = () => true;
    this.#attacker.end();
    this.#turn();
    switch (state) {
      case 'none': {
        const answers = [
          true,
          false,
          'not you',
          Promise.resolve(true),
          Promise.resolve('not you'),
          Promise.reject(new Error('no idea')),
        ];
        for (const answer of answers) if (answer instanceof Promise) answer.catch(() => undefined);
        this.#mayJoin = () => this.#chance.one(answers);
        return;
      }
      case 'greeting':
      case 'both greet':
        this.#dial();
        this.#request();
        this.#turn();
        if (state === 'both greet') this.#attacker.greet();
        break;
      case 'player':
        this.#dial();
        this.#dial();
        this.#request();
        this.#request();
        this.#turn();
        this.#attacker.answer();
        this.#turn();
        this.#attacker.offer();
        break;
      case 'host':
      case 'closing':
        this.#attacker.greet();
        this.#turn();
        this.#attacker.open();
        this.#attacker.leaveHalf();
    }
    this.#turn();
    if (state === 'closing') for (const { connection } of this.#owners) connection?.close(4002, 'closing');
  }
}

const states = [
  /** No session; the host may or may not want one. */
  'none',
  /** The victim said hello and dials and asks. */
  'greeting',
  /** So did the attacker. */
  'both greet',
  /** The victim is a player: connections that he opened, requests that wait, an offer. */
  'player',
  /** The victim is the host: connections open, a request to answer, half a chunked message and half a fragmented one. */
  'host',
  /** So, and the victim has closed all. */
  'closing',
] as const;

/** Speaks the protocol as far as it helps to get deep into the victim, and then no more. */
class Attacker {
  readonly driver: SimulatedDriver;
  readonly #world: World;
  readonly #victim: bigint;
  readonly #chance: Chance;
  #epoch = 1;
  #tag = 0;
  #sequence = 0;
  #unreliable = 0;
  #victimEpoch = 0;
  #victimTag = 0;
  /** Of the victim's requests. */
  #ids: number[] = [0];
  #sent: Uint8Array[] = [new Uint8Array()];
  /** Compressed frames that came from the victim. */
  compressed = 0;
  /** The victim has said that the session is no more. */
  wasReset = true;

  constructor(world: World, victim: bigint, chance: Chance) {
    this.#world = world;
    this.#victim = victim;
    this.#chance = chance;
    this.driver = world.steam.user();
    this.driver.start({
      onSessionRequest: (peer) => this.driver.acceptSession(peer),
      onPacket: (_, packet) => this.#receive(packet),
      onSessionFailed: () => undefined,
      onSteamLost: () => undefined,
      onSteamRestored: () => undefined,
    });
    // A real send: Steam asks the victim, who lets us in.
    this.driver.send(victim, encodeReset(0), 2, 0);
    world.run(50);
  }

  get steamId(): bigint {
    return this.driver.steamId;
  }

  read(): void {
    this.driver.poll(1_000);
  }

  /** Past Steam: also what Steam would not let through, an empty packet or too large a one. */
  inject(packet: Uint8Array): void {
    const header = ((packet[1] ?? 0) << 8) | (packet[2] ?? 0);
    const reliable = packet.length >= 3 && (packet[0]! & 0xe0) === PacketType.Session;
    if (reliable && header === ((this.#tag << 10) | this.#sequence)) this.#sequence = (this.#sequence + 1) & SEQUENCE_MASK;
    if (this.#sent.push(packet) > 50) this.#sent.shift();
    this.#world.steam.inject(this.driver, this.#victim, packet);
  }

  /** Ends whatever session the victim has with us. */
  end(): void {
    this.inject(encodeReset(this.#victimTag));
    this.inject(encodeRefuse({ code: 1, echo: this.#victimEpoch, reason: '' }));
    this.#epoch++;
    this.#tag = (this.#tag + 1) & 0x3f;
    this.#sequence = 0;
    this.wasReset = false;
  }

  greet(): void {
    this.inject(this.#hello(undefined));
  }

  answer(): void {
    this.inject(this.#hello(this.#victimEpoch));
  }

  open(): void {
    for (const slot of [0, 1, 2]) {
      this.inject(this.#lone(Lane.Reliable, Code.Control, this.#open(slot, undefined)));
      this.inject(this.#lone(Lane.Reliable, Code.OpenedBySender | slot, this.#chance.bytes(5)));
    }
    const packed = encodeCompressed(Compression.Deflate, Code.OpenedBySender, INFLATED) as Uint8Array;
    if (this.#chance.is(0.5)) this.inject(this.#lone(this.#chance.one([Lane.Reliable, Lane.Unreliable]), Code.Control, packed));
    this.inject(this.#lone(Lane.Reliable, Code.Control, encodeControl({ type: 'request', id: 1, content: this.#request() })));
  }

  /** The first half of a message in chunks, and of one in fragments. */
  leaveHalf(): void {
    const chunk = concat([ControlType.Chunk, 0x01, 0x10], field(MAX_MESSAGE_BYTES, 4), this.#chance.bytes(50));
    this.inject(this.#lone(Lane.Reliable, Code.Control, chunk));
    this.inject(this.#lone(Lane.Unreliable, Code.Control, concat([ControlType.Fragment, 0x10, 0, 3], this.#chance.bytes(50))));
  }

  /** Takes the first connection, offers one for the first request, sends something on it, and answers. */
  offer(): void {
    const id = this.#ids.at(-1)!;
    const response = encodeResponse({ status: 200, headers: [], body: new Uint8Array() });
    this.inject(this.#lone(Lane.Reliable, Code.Control, encodeControl({ type: 'accept', connection: 0, unreliableFrom: 0 })));
    this.inject(this.#lone(Lane.Reliable, Code.Control, this.#open(5, id)));
    this.inject(this.#lone(Lane.Reliable, Code.OpenedBySender | 5, this.#chance.bytes(20)));
    if (this.#chance.is(0.7))
      this.inject(this.#lone(Lane.Reliable, Code.Control, encodeControl({ type: 'response', id, content: response })));
  }

  /** The next packet to try. */
  packet(): Uint8Array {
    const packet = this.#plausible();
    return this.#chance.is(0.25) ? this.#mutated(packet) : packet;
  }

  #receive(packet: Uint8Array): void {
    if (packet[0] === PacketType.Reset) this.wasReset = true;
    const hello = decodeHello(packet);
    if (packet[0] === PacketType.Hello && hello !== undefined) {
      this.#victimEpoch = hello.epoch;
      this.#victimTag = hello.tag;
    }
    if (packet[0]! < PacketType.Session) return;
    readFrames(packet, (code, payload) => {
      const control = code === Code.Control ? decodeControl(payload) : undefined;
      if (isCompressed(code, payload)) this.compressed++;
      if (control?.type === 'request' && this.#ids.push(control.id) > 8) this.#ids.shift();
      return true;
    });
  }

  #plausible(): Uint8Array {
    const { below, one, bytes } = this.#chance;
    const lane = one([Lane.Reliable, Lane.Reliable, Lane.Unreliable]);
    switch (below(13)) {
      case 0:
        return bytes(one([0, 1, 2, 3, 4, 10, 40, 1_200]));
      case 1:
        return concat([one([0xbc, 0xbd, 0xbe, 0xc0, 0xdf, 0xef, 0xff])], bytes(below(40)));
      case 2:
        return one(this.#sent);
      case 3:
        return this.#greeting();
      case 4:
        return this.#lone(lane, Code.Control, concat([below(16)], bytes(below(20))));
      case 5:
        return this.#lone(lane, below(31), bytes(below(50)));
      case 6:
        return this.#lone(Lane.Unreliable, Code.Control, this.#fragment());
      case 7:
        return this.#lone(Lane.Reliable, Code.Control, this.#chunk());
      case 8:
        return this.#many(lane);
      case 9:
        return this.#lone(lane, Code.Control, this.#compressed());
      default:
        return this.#lone(Lane.Reliable, Code.Control, encodeControl(this.#control()));
    }
  }

  /** One of the packets that are not of a session. */
  #greeting(): Uint8Array {
    const { below, one, bytes } = this.#chance;
    const echo = one([this.#victimEpoch, this.#epoch, below(2 ** 32)]);
    switch (below(6)) {
      case 0:
        return this.#hello(undefined);
      case 1:
        return this.#hello(echo);
      case 2: {
        const maxMessageBytes = one([0, 1, 1024, 0xffffffff]);
        const epoch = one([this.#epoch, below(2 ** 32)]);
        const fingerprint = one([0n, 0n, 1n, 2n ** 64n - 1n]);
        return greeting({
          epoch,
          echo: one([undefined, echo]),
          tag: below(256),
          maxMessageBytes,
          fingerprint,
          compression: below(4),
        });
      }
      case 3: {
        const version = one([0, PROTOCOL_VERSION + 1, 255]);
        return concat([0xbc, 0x43, 0x54, 0x53, version, below(2)], field(this.#epoch, 4), field(echo, 4), bytes(below(10)));
      }
      case 4:
        return encodeRefuse({ code: below(7), echo, reason: one(['', 'no', '2', LONG_REASON]) });
      default:
        return encodeReset(one([this.#victimTag, this.#tag, below(256)]));
    }
  }

  #control(): Control {
    const { below, one, bytes } = this.#chance;
    const connection = one([below(15), 0x10 | below(15), 0, 0x10, below(256)]);
    const id = one([...this.#ids, 1, below(0x10000)]);
    const reason = one(['', 'because', LONG_REASON]);
    switch (below(12)) {
      case 0:
      case 1:
        return {
          type: 'open',
          connection: one([0x10 | below(15), 0x10 | below(15), below(256)]),
          unreliableFrom: below(0x401),
          offerFor: one([undefined, id]),
          target: one(['/', '', LONG_TARGET]),
        };
      case 2:
        return { type: 'accept', connection, unreliableFrom: below(0x401) };
      case 3:
        return { type: 'refuse', connection, code: below(7), reason };
      case 4:
      case 5:
        return { type: 'close', connection, code: below(0x10000), reason };
      case 6:
        return { type: 'closed', connection };
      case 7:
        return { type: 'ping', token: below(2 ** 32) };
      case 8:
        return { type: 'pong', token: one([1, 2, below(2 ** 32)]) };
      case 9:
        return { type: 'request', id, content: one([this.#request(), bytes(below(30))]) };
      case 10: {
        const response = encodeResponse({ status: 200, headers: [['a', 'b']], body: bytes(5) });
        return { type: 'response', id, content: this.#chance.is(0.9) ? response : bytes(below(30)) };
      }
      default:
        return { type: 'requestFailed', id, code: below(7), reason };
    }
  }

  #open(slot: number, offerFor: number | undefined): Uint8Array {
    return encodeControl({ type: 'open', connection: Code.OpenedBySender | slot, unreliableFrom: 0, offerFor, target: '/room' });
  }

  #request(): Uint8Array {
    return encodeRequest({ method: 'POST', path: '/matchmake', headers: [['a', 'b']], body: this.#chance.bytes(10) });
  }

  #fragment(): Uint8Array {
    const { below, one, bytes } = this.#chance;
    const count = one([2, 2, 3, 3, below(256)]);
    return concat(
      [ControlType.Fragment, one([0x10, 0x11, below(256)]), one([0, 1, 2, 3, below(256)]), count],
      bytes(one([0, 1, 20, 1_191, 1_193])),
    );
  }

  #chunk(): Uint8Array {
    const { below, one, bytes } = this.#chance;
    const flags = one([0, 1, 2, 3, below(256)]);
    const total = one([0, 20, 40, MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES + 4, 0xffffffff]);
    const inner = one([bytes(20), concat([one([1, 4, 8, 11, 13])], bytes(19))]);
    return concat([ControlType.Chunk, flags], flags & 1 ? [one([0x0f, 0x10, 0x11, below(256)]), ...field(total, 4)] : [], inner);
  }

  /** Sound, or with a lie about the length, or garbage, or a frame in it that must not be. */
  #compressed(): Uint8Array {
    const { below, one, bytes } = this.#chance;
    const plain = one([
      INFLATED,
      INFLATED,
      concat([one([1, 4, 8, 9, 11, 13])], bytes(below(90))),
      new Uint8Array(one([0, 9_000, 200_000])),
    ]);
    const algorithm = this.#chance.is(0.8) ? Compression.Deflate : Compression.Brotli;
    const code = plain === INFLATED ? one([0x10, 0x11, 0x12]) : one([0x10, Code.Control, Code.Control, below(256)]);
    const sound = encodeCompressed(algorithm, code, plain) ?? bytes(20);
    if (this.#chance.is(0.7)) return sound;
    return concat(
      [ControlType.Compressed, code],
      field(one([0, 777, 5_000, MAX_MESSAGE_BYTES + 4, 0xffffffff]), 4),
      sound.subarray(6),
    );
  }

  #many(lane: Lane): Uint8Array {
    const frames = Array.from({ length: this.#chance.below(6) }, () => {
      const { below, one, bytes } = this.#chance;
      const code = one([Code.Control, 0x10, 0x11, below(32)]);
      const payload =
        code !== Code.Control
          ? bytes(below(20))
          : this.#chance.is(0.1)
            ? this.#compressed()
            : lane === Lane.Unreliable
              ? this.#fragment()
              : encodeControl(this.#control());
      const fits = payload.length <= 0x7ff ? payload : payload.subarray(0, 0x7ff);
      return concat(field((code << 11) | fits.length, 2), fits);
    });
    return this.#lone(lane, Code.Many, concat(...frames));
  }

  #hello(echo: number | undefined): Uint8Array {
    // Mostly what the victim has: without, every compressed frame is the end.
    const compression = this.#chance.is(0.9) ? Compression.Deflate : this.#chance.below(4);
    const personaName = this.#chance.one(['', 'Ann', '\u202eevil\n', 'x'.repeat(200)]);
    return greeting({ epoch: this.#epoch, echo, tag: this.#tag, compression, personaName });
  }

  /** With the right tag and number, so that it is read. */
  #lone(lane: Lane, code: number, payload: Uint8Array): Uint8Array {
    const packet = concat([0, 0, 0], payload);
    // Unreliable numbers mostly go on, and sometimes stay: the parts of one message share theirs.
    if (lane === Lane.Unreliable && this.#chance.is(0.5)) this.#unreliable = (this.#unreliable + 1) & SEQUENCE_MASK;
    writePacketHeader(packet, 0, lane, code, this.#tag, lane === Lane.Unreliable ? this.#unreliable : this.#sequence);
    return packet;
  }

  #mutated(packet: Uint8Array): Uint8Array {
    const { below, one, bytes } = this.#chance;
    const changed = packet.slice();
    switch (below(5)) {
      case 0:
        return changed.subarray(0, below(changed.length + 1));
      case 1:
        return concat(changed, bytes(1 + below(20)));
      case 2:
        return concat(changed.subarray(0, below(changed.length + 1)), one(this.#sent).subarray(below(5)));
      default:
        // Mostly behind the header: before it, the packet is soon dropped.
        for (let left = 1 + below(3); left > 0 && changed.length > 0; left--) {
          const at = changed.length > 3 && this.#chance.is(0.8) ? 3 + below(changed.length - 3) : below(changed.length);
          changed[at] = one([changed[at]! ^ (1 << below(8)), 0, 0xff, below(256)]);
        }
        return changed;
    }
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
