import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Connection } from '../../../src/connection/Connection.ts';
import type { Endpoint } from '../../../src/connection/Endpoint.ts';
import type { ConnectionEvents } from '../../../src/connection/types.ts';
import type { SimulatedDriver } from '../../../src/sim.ts';
import { Compression } from '../../../src/wire/compression.ts';
import { dial, Host, ok, type Recorder, settle, World } from '../../helpers/World.ts';
import { Impostor } from '../Impostor.ts';
import { casesFor, FUZZ_SEED, timeFor } from './cases.ts';
import { type Mishap, mishap, type Utterance, utterance } from './grammar.ts';

// Sequences: what two impostors with SteamIDs of their own say to one host, each frame of it valid by itself, and replays of what
// an honest player said in the same session. What fails is shrunk to the shortest conversation.

const MAX_MESSAGE_BYTES = 4_096;
const MAX_QUEUE_BYTES = 65_536;
/** However long a pause an impostor announces, he is gone before the end. */
const MAX_PAUSE_MS = 10_000;
const IMPOSTORS = 2;

type Act =
  | { readonly kind: 'say'; readonly who: number; readonly what: Utterance; readonly mishap: Mishap; readonly at: number }
  /** A packet of the honest player's, again, from an impostor or from himself as he was. */
  | { readonly kind: 'replay'; readonly who: number; readonly at: number }
  | { readonly kind: 'release'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'host'; readonly does: 'send' | 'close' | 'answer' | 'dial' | 'ask'; readonly at: number };

const who = fc.nat(IMPOSTORS - 1);
const at = fc.nat(0xffff);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 24, arbitrary: fc.record({ kind: fc.constant('say' as const), who, what: utterance, mishap, at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replay' as const), who, at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(5, 100, 1_100, 2_500) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('host' as const),
      does: fc.constantFrom('send', 'close', 'answer', 'dial', 'ask'),
      at,
    }),
  },
);

/** Acts of one conversation, at most. */
const ACTS = 60;
const conversations = Math.ceil(casesFor(0.1) / (ACTS / 2));

test(
  `${conversations} conversations with impostors, packet by packet, harm nobody (seed ${FUZZ_SEED})`,
  async () => {
    const seen = { sessions: 0, connections: 0, rejected: 0 };
    const property = fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: ACTS, size: 'max' }), async (acts) => {
      const stage = new Stage(seen);
      for (const each of acts) {
        stage.play(each);
        await stage.check();
      }
      await stage.finish();
    });
    await fc.assert(property, { seed: FUZZ_SEED, numRuns: conversations });
    // That they get somewhere at all.
    expect(seen.sessions).toBeGreaterThan(conversations / 4);
    expect(seen.connections).toBeGreaterThan(conversations / 2);
    expect(seen.rejected).toBeGreaterThan(conversations / 10);
  },
  timeFor(conversations * ACTS),
);

/** Must hear of the end exactly once, and of nothing after it. */
class Owner implements ConnectionEvents {
  connection: Connection | undefined;
  closes = 0;
  late = 0;

  onOpen(): void {
    this.#heard();
  }
  onMessage(): void {
    this.#heard();
  }
  onClose(): void {
    this.closes++;
  }
  #heard(): void {
    if (this.closes > 0) this.late++;
  }
}

interface Seen {
  sessions: number;
  connections: number;
  rejected: number;
}

/** One host, one honest player in his game, and the impostors. */
class Stage {
  readonly #world = new World({ seed: 1 });
  readonly #host: { driver: SimulatedDriver; endpoint: Endpoint };
  readonly #player: { driver: SimulatedDriver; endpoint: Endpoint };
  readonly #ours: Recorder;
  readonly #theirs: Recorder;
  readonly #impostors: Impostor[];
  readonly #held: Uint8Array[][] = [[], []];
  /** What the honest player sent. */
  readonly #recorded: Uint8Array[] = [];
  readonly #owners = new Set<Owner>();
  readonly #unanswered: (() => void)[] = [];
  readonly #seen: Seen;
  #asked = 0;

  constructor(seen: Seen) {
    this.#seen = seen;
    const world = this.#world;
    const options = {
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxQueueBytes: MAX_QUEUE_BYTES,
      maxPauseMs: MAX_PAUSE_MS,
      compression: 'deflate',
    } as const;
    this.#host = world.user(options);
    const handlers = new Host();
    const onConnection = handlers.onConnection.bind(handlers);
    handlers.onConnection = (connection, target) => {
      if (connection.peer === this.#player.driver.steamId) return onConnection(connection, target);
      const owner = this.#owner();
      owner.connection = connection;
      return owner;
    };
    handlers.answer = () => new Promise((resolve) => this.#unanswered.push(() => resolve(ok('at last'))));
    this.#host.endpoint.serve(handlers);
    this.#player = world.user(options);
    this.#record(this.#player.driver);
    this.#ours = dial(this.#player.endpoint, this.#host.driver.steamId);
    world.runUntil(() => this.#ours.opened === 1);
    this.#theirs = handlers.connections[0]!.record;
    this.#ours.send('before');
    world.run(20);
    this.#impostors = Array.from({ length: IMPOSTORS }, () => new Impostor(world, this.#host.driver.steamId));
  }

  play(each: Act): void {
    switch (each.kind) {
      case 'say':
        this.#say(each);
        break;
      case 'replay': {
        const packet = this.#recorded[(each.at * this.#recorded.length) >> 16];
        if (packet !== undefined) this.#impostor(each.who).inject(packet);
        break;
      }
      case 'release':
        for (const packet of this.#held[each.who]!.splice(0).reverse()) this.#impostor(each.who).inject(packet);
        break;
      case 'wait':
        this.#world.run(each.ms);
        break;
      case 'host':
        this.#act(each);
    }
    this.#turn();
  }

  async check(): Promise<void> {
    await settle();
    this.#turn();
    const stats = this.#host.endpoint.stats();
    for (const { peer, heldBytes, queuedBytes, connections } of stats) {
      if (heldBytes > 2 * MAX_MESSAGE_BYTES + 3) throw new Error(`${heldBytes} bytes are held for ${peer}`);
      if (queuedBytes > 2 * MAX_QUEUE_BYTES) throw new Error(`${queuedBytes} bytes wait for ${peer}`);
      if (connections > 30) throw new Error(`${connections} connections with ${peer}`);
    }
    for (const owner of this.#owners) {
      const state = owner.connection?.state;
      const ended = state === 'closing' || state === 'closed';
      if (owner.late > 0) throw new Error('an event after the end');
      if (owner.closes !== (ended ? 1 : 0)) throw new Error(`a connection is ${state}, its owner was told ${owner.closes} times`);
    }
  }

  /** The impostors fall silent: nothing may be left of them, and the honest player has noticed nothing. */
  async finish(): Promise<void> {
    const stats = this.#host.endpoint.stats();
    this.#seen.sessions += stats.length - 1;
    this.#seen.connections += this.#owners.size;
    this.#seen.rejected += stats.reduce((sum, { rejected }) => sum + rejected, 0);
    for (const answer of this.#unanswered.splice(0)) answer();
    for (const impostor of this.#impostors) impostor.close();
    await this.check();
    this.#ours.send('after');
    this.#theirs.send('after');
    this.#world.run(40_000, 500);
    await this.check();
    expect(this.#theirs.texts).toEqual(['before', 'after']);
    expect(this.#ours.texts).toEqual(['after']);
    expect([...this.#ours.closes, ...this.#theirs.closes]).toEqual([]);
    expect([...this.#owners].filter(({ closes }) => closes !== 1)).toEqual([]);
    expect(this.#asked).toBe(0);
    expect(this.#host.endpoint.stats().map(({ peer, heldBytes, queuedBytes }) => [peer, heldBytes, queuedBytes])).toEqual([
      [this.#player.driver.steamId, 0, 0],
    ]);
    this.#world.close();
  }

  #impostor(which: number): Impostor {
    return this.#impostors[which] as Impostor;
  }

  #record(driver: SimulatedDriver): void {
    const send = driver.send.bind(driver);
    driver.send = (peer, packet, ...how) => {
      this.#recorded.push(packet.slice());
      return send(peer, packet, ...how);
    };
  }

  #say({ who, what, mishap: how, at: where }: Act & { kind: 'say' }): void {
    const impostor = this.#impostor(who);
    // Mostly he begins anew when his session is over: without one, nothing gets far.
    const isUnknown = this.#host.endpoint.stats().every(({ peer }) => peer !== impostor.steamId);
    if (isUnknown && where % 4 !== 0) impostor.greet({ compression: Compression.Deflate });
    const { sequence, unreliable } = impostor;
    const packet = what(impostor);
    switch (how) {
      case 'none':
        impostor.inject(packet);
        return;
      case 'truncated':
        impostor.inject(packet.subarray(0, (where * packet.length) >> 16));
        return;
      case 'flipped': {
        const flipped = packet.slice();
        const index = (where * packet.length) >> 16;
        if (packet.length > 0) flipped[index]! ^= 1 << (where & 7);
        impostor.inject(flipped);
        return;
      }
      case 'twice':
        impostor.inject(packet);
        impostor.inject(packet);
        return;
      case 'held back':
        this.#held[who]!.push(packet);
        return;
      case 'without a number':
        impostor.sequence = sequence;
        impostor.unreliable = unreliable;
        impostor.inject(packet);
        return;
      case 'never sent':
    }
  }

  #act({ does, at: where }: Act & { kind: 'host' }): void {
    const { endpoint } = this.#host;
    const { steamId } = this.#impostor(where % IMPOSTORS);
    const owners = [...this.#owners];
    const { connection } = owners[where % Math.max(1, owners.length)] ?? {};
    switch (does) {
      case 'send':
        // He may have said that he takes no more than 1024 bytes.
        connection?.send(new Uint8Array(where % 1_000), where & 1 ? 'reliable' : 'unreliable');
        return;
      case 'close':
        connection?.close(4000, 'enough');
        return;
      case 'answer':
        this.#unanswered.shift()?.();
        return;
      case 'dial': {
        const owner = this.#owner();
        owner.connection = endpoint.connect(steamId, '/', owner);
        return;
      }
      case 'ask':
        this.#asked++;
        endpoint.request(steamId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() }).then(
          () => this.#asked--,
          () => this.#asked--,
        );
    }
  }

  #owner(): Owner {
    const owner = new Owner();
    this.#owners.add(owner);
    return owner;
  }

  #turn(): void {
    this.#host.endpoint.poll();
    this.#player.endpoint.poll();
    for (const impostor of this.#impostors) impostor.read();
  }
}
