import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { dial, Host, type Recorder, World } from '../helpers/World.ts';

/** Schedules in one run; more by hand with `SCHEDULES=1000000`. */
const SCHEDULES = Number(process.env.SCHEDULES ?? 10_000);

/** What may happen, in any order. `who` 0 hosts, 1 and 2 play. */
type Step =
  | { do: 'dial'; who: number }
  | { do: 'send'; connection: number; side: number; count: number; bytes: number; delivery: 'reliable' | 'buffered' }
  | { do: 'close'; connection: number; side: number }
  | { do: 'wait'; ms: number }
  | { do: 'loss'; loss: number; latencyMs: number }
  | { do: 'unplug' | 'plug' | 'restart' | 'rematch'; who: number }
  | { do: 'lie'; from: number; to: number; count: number }
  | { do: 'refuse' | 'stall'; from: number; to: number; on: boolean };

const who = fc.nat(2);
const player = fc.integer({ min: 1, max: 2 });
const connection = fc.nat(3);
const side = fc.nat(1);
const count = fc.integer({ min: 1, max: 12 });
const bytes = fc.oneof(
  { weight: 9, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: fc.constantFrom(1_195, 1_198, 5_000, 70_000) },
);
const delivery = fc.constantFrom('reliable' as const, 'buffered' as const);
/** A way that packets take: a player to the host, or back. */
const direction = fc.constantFrom<[number, number]>([0, 1], [1, 0], [0, 2], [2, 0]);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('dial' as const), who: player }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), connection, side, count, bytes, delivery }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), connection, side }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 5, 50, 200, 1_500, 8_000, 21_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('loss' as const), loss: fc.constantFrom(0, 0.05, 0.3), latencyMs: fc.nat(150) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('unplug' as const, 'plug' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'rematch' as const), who }) },
  { weight: 1, arbitrary: direction.map(([from, to]): Step => ({ do: 'lie', from, to, count: 1 + ((from + to) % 2) })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ do: fc.constantFrom('refuse' as const, 'stall' as const), direction, on: fc.boolean() })
      .map(({ direction: [from, to], ...fault }): Step => ({ ...fault, from, to })),
  },
);

/** One end of a connection, and what was said there. */
interface End {
  readonly record: Recorder;
  readonly sent: string[];
  /** Its process was killed: nobody is left to be told. */
  gone: boolean;
}

/** A connection and its two ends; the host's end is there when the open arrived. A repeated beginning can give it several. */
interface Pair {
  readonly target: string;
  readonly who: number;
  readonly ends: [player: End, ...host: End[]];
}

/** Runs one schedule and checks what must hold after it. */
class Schedule {
  readonly #world: World;
  readonly #users: { driver: SimulatedDriver; endpoint: Endpoint }[];
  readonly #pairs: Pair[] = [];
  #message = 0;

  constructor(seed: number) {
    this.#world = new World({ seed, conditions: { latencyMs: 20, jitterMs: 5 }, requestRepeatMs: 2_000 });
    this.#users = [0, 1, 2].map(() => this.#world.user());
    this.#host();
  }

  run(steps: readonly Step[]): void {
    for (const next of steps) this.#take(next);
    this.#settle();
    for (const pair of this.#pairs) check(pair);
    const left = this.#users
      .flatMap(({ endpoint }) => endpoint.stats())
      .filter(({ heldBytes, queuedBytes }) => heldBytes + queuedBytes > 0);
    expect(left).toEqual([]);
    this.#world.close();
    const untold = this.#pairs.flatMap(({ ends }) => ends).filter(({ gone, record }) => !gone && record.closes.length !== 1);
    expect(untold).toEqual([]);
  }

  #take(next: Step): void {
    const { steam } = this.#world;
    switch (next.do) {
      case 'dial': {
        const target = `/${this.#pairs.length}`;
        const record = dial(this.#endpoint(next.who), this.#id(0), target);
        this.#pairs.push({ target, who: next.who, ends: [{ record, sent: [], gone: false }] });
        return;
      }
      case 'send': {
        const end = this.#end(next);
        for (let i = 0; end !== undefined && !end.gone && i < next.count; i++) {
          const state = end.record.connection?.state;
          if (state !== 'opening' && state !== 'open') return;
          const message = `${this.#message++}`.padEnd(next.bytes, '.');
          end.sent.push(message);
          end.record.send(message, next.delivery);
        }
        return;
      }
      case 'close': {
        const end = this.#end(next);
        if (end !== undefined && !end.gone) end.record.connection?.close(4_000 + next.side);
        return;
      }
      case 'wait':
        this.#run(next.ms);
        return;
      case 'loss':
        steam.setConditions({ loss: next.loss, latencyMs: next.latencyMs, jitterMs: 5 });
        return;
      case 'unplug':
        steam.unplug(this.#id(next.who));
        return;
      case 'plug':
        steam.plug(this.#id(next.who));
        return;
      case 'lie':
        steam.trueButLost(this.#id(next.from), this.#id(next.to), next.count);
        return;
      case 'refuse':
        steam.refuseSends(this.#id(next.from), this.#id(next.to), next.on);
        return;
      case 'stall':
        steam.stallReliable(this.#id(next.from), this.#id(next.to), next.on);
        return;
      case 'restart':
        this.#restart(next.who);
        return;
      case 'rematch':
        // The same Steam process leaves the match and begins another; what it said last may still be on its way.
        this.#endpoint(next.who).release();
        this.#endpoint(next.who).acquire();
    }
  }

  /** The player's end, or the latest of the host's, where there is one. */
  #end({ connection, side }: { connection: number; side: number }): End | undefined {
    const [ours, ...theirs] = this.#pairs[connection]?.ends ?? [];
    return side === 0 ? ours : theirs.at(-1);
  }

  /** kill -9, and a new process of the same user. */
  #restart(index: number): void {
    const user = this.#users[index];
    if (user === undefined) return;
    for (const pair of this.#pairs) {
      const [first, ...rest] = pair.ends;
      for (const end of index === 0 ? rest : pair.who === index ? [first] : []) end.gone = true;
    }
    this.#world.freeze(user.endpoint);
    this.#world.steam.kill(user.driver);
    this.#users[index] = this.#world.user({}, user.driver.steamId);
    if (index === 0) this.#host();
  }

  #host(): void {
    const pairs = this.#pairs;
    const host = new Host();
    const { onConnection } = host;
    host.onConnection = (connection, target) => {
      const record = onConnection.call(host, connection, target) as Recorder;
      pairs.find((pair) => pair.target === target)?.ends.push({ record, sent: [], gone: false });
      return record;
    };
    this.#endpoint(0).serve(host);
  }

  /** Everything is repaired, and there is time for every deadline. */
  #settle(): void {
    const { steam } = this.#world;
    for (const from of [0, 1, 2]) {
      steam.plug(this.#id(from));
      for (const to of [0, 1, 2]) {
        if (from === to) continue;
        steam.refuseSends(this.#id(from), this.#id(to), false);
        steam.stallReliable(this.#id(from), this.#id(to), false);
        steam.trueButLost(this.#id(from), this.#id(to), 0);
      }
    }
    steam.setConditions({ latencyMs: 20 });
    this.#run(45_000);
  }

  #run(ms: number): void {
    this.#world.run(ms, 400);
  }

  #endpoint(index: number): Endpoint {
    return (this.#users[index] as { endpoint: Endpoint }).endpoint;
  }

  #id(index: number): bigint {
    return (this.#users[index] as { driver: SimulatedDriver }).driver.steamId;
  }
}

function check({ target, ends }: Pair): void {
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`connection ${target}: ${what}\n${JSON.stringify(ends.map(describeEnd), null, 2)}`);
  };
  const [ours, ...theirs] = ends;
  const last = theirs.at(-1);
  must(theirs.filter(({ gone }) => !gone).length <= 1, 'the host took its beginning twice');
  for (const end of theirs) must(isPrefix(end.record.texts, ours.sent), 'the host heard something else than was said');
  const heard = ours.record.texts;
  must(heard.length === 0 || theirs.some((end) => isPrefix(heard, end.sent)), 'the player heard something else than was said');

  const open = ours.record.closes.length === 0 && !ours.gone;
  if (open) {
    must(ours.record.connection?.state === 'open', 'neither open nor ended');
    must(last !== undefined && !last.gone && last.record.closes.length === 0, 'open at the player, and not at the host');
    must(same(last?.record.texts, ours.sent), 'open, and the host does not have everything');
    must(same(heard, last?.sent), 'open, and the player does not have everything');
  }
  for (const end of open ? theirs.slice(0, -1) : theirs) {
    must(end.gone || end.record.closes.length === 1, 'ended at the player, and not at the host');
  }
  // Closed by the other side, and not lost: everything that was said before is here.
  if (last?.record.closes[0]?.code === 4_000) must(same(last.record.texts, ours.sent), 'the close overtook what the player said');
  if (ours.record.closes[0]?.code === 4_001)
    must(
      theirs.some((end) => same(heard, end.sent)),
      'the close overtook what the host said',
    );
}

function describeEnd({ record, sent, gone }: End) {
  return {
    sent: sent.length,
    received: record.messages.length,
    gone,
    closes: record.closes.map(({ code, reason }) => [code, reason]),
  };
}

function same(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && isPrefix(a, b);
}

function isPrefix(part: readonly string[], whole: readonly string[]): boolean {
  return part.length <= whole.length && part.every((message, i) => message === whole[i]);
}

describe('over any schedule of sends, losses, closes and restarts', () => {
  test('every reliable message arrives once and in order, or its connection ends with a reason on both sides', () => {
    const property = fc.property(fc.nat(1_000_000), fc.array(step, { minLength: 3, maxLength: 30 }), (seed, steps) => {
      new Schedule(seed).run([{ do: 'dial', who: 1 }, { do: 'dial', who: 2 }, { do: 'wait', ms: 200 }, ...steps]);
    });
    fc.assert(property, { numRuns: SCHEDULES, seed: Number(process.env.SEED ?? 20_26), endOnFailure: false });
  }, 600_000);
});
