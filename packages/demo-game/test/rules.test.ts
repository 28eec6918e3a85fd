import { describe, expect, test } from '@jest/globals';
import { Allowance } from '../src/shared/Allowance.ts';
import { lead } from '../src/shared/aim.ts';
import { covers, distance, heapPlace, outside, PLAYER_RADIUS, startPlace } from '../src/shared/arena.ts';
import { brain } from '../src/shared/brain.ts';
import { ballPlace, launch, powerFor, reach } from '../src/shared/flight.ts';
import { FULL_TILT, move, pace, STEP_RATE, type Steering } from '../src/shared/move.ts';
import { enter, furnish, type Hit, rules, step } from '../src/shared/rules.ts';
import { seededRandom } from '../src/shared/seededRandom.ts';
import { Arena, Body } from '../src/shared/state.ts';

const DT = 1 / STEP_RATE;
const STEP_MS = 1000 / STEP_RATE;
const still: Steering = { dx: 0, dy: 0, aim: 0, hold: false };

/** Players p0, p1, …, on open ground. */
function arenaOf(players: number): Arena {
  const arena = new Arena();
  furnish(arena);
  for (let n = 0; n < players; n++) enter(arena, `p${n}`, { name: `P${n}`, steamId: '' });
  return arena;
}

function playerOf(arena: Arena, id = 'p0') {
  const player = arena.players.get(id);
  if (player === undefined) throw new Error(`no player ${id}`);
  return player;
}

function put(arena: Arena, id: string, x: number, y: number): void {
  Object.assign(playerOf(arena, id).body, { x, y });
  playerOf(arena, id).safeUntil = 0;
}

/** So many steps, in which p0 does this and all others nothing. */
function run(arena: Arena, steps: number, p0: Steering = still): Hit[] {
  return Array.from({ length: steps }, () => step(arena, (id) => [id === 'p0' ? p0 : still], DT)).flat();
}

/** p0 makes ready and throws. */
function throwAt(arena: Arena, aim: number, charge: number): Hit[] {
  return [...run(arena, charge, { ...still, aim, hold: true }), ...run(arena, 60, { ...still, aim })];
}

/** p0 and p1 face each other over open ground, p1 to the right. */
function duel(away = 5): Arena {
  const arena = arenaOf(2);
  put(arena, 'p0', 10, 7.5);
  put(arena, 'p1', 10 + away, 7.5 - away * 0.1);
  return arena;
}

const atP1 = Math.atan2(-0.1, 1);

describe('walking', () => {
  test.each([
    [1, 0],
    [FULL_TILT, FULL_TILT],
    [-30_000, 40_000],
    [Number.POSITIVE_INFINITY, 0],
  ])('with %d, %d nobody is faster than the game', (dx, dy) => {
    const body = new Body({ x: 12, y: 6 });
    move(body, { ...still, dx, dy }, DT);
    expect(distance(body, { x: 12, y: 6 })).toBeLessThanOrEqual(pace.walk * DT + 1e-9);
  });

  test('what is no number is no step', () => {
    const body = new Body({ x: 12, y: 6, snow: 1 });
    move(body, { dx: Number.NaN, dy: Number.NaN, aim: Number.NaN, hold: true }, DT);
    const thrown = move(body, { dx: Number.NaN, dy: Number.NaN, aim: Number.NaN, hold: false }, DT);
    expect(body).toMatchObject({ x: 12, y: 6 });
    expect(thrown).toMatchObject({ angle: 0 });
  });

  test.each([1, 2, 3, 4, 5])('nobody leaves the arena or stands in a cover, seed %i', (seed) => {
    const random = seededRandom(seed);
    const arena = arenaOf(8);
    const steerings = new Map<string, Steering>();
    let deepest = 0;
    for (let n = 0; n < 1_500; n++) {
      for (const id of arena.players.keys()) {
        if (random() < 0.1 || !steerings.has(id)) {
          const tilt = () => Math.round((random() * 2 - 1) * FULL_TILT);
          steerings.set(id, { dx: tilt(), dy: tilt(), aim: random() * 7, hold: random() < 0.6 });
        }
      }
      step(arena, (id) => [steerings.get(id) as Steering], DT);
      for (const { x, y } of arena.players.values()) {
        const free = outside({ x, y }, PLAYER_RADIUS);
        deepest = Math.max(deepest, distance(free, { x, y }));
      }
    }
    expect(deepest).toBeLessThan(1e-3);
  });

  test('the same steerings make the same arena', () => {
    const play = () => {
      const arena = arenaOf(4);
      const bots = new Map([...arena.players.keys()].map((id, seed) => [id, brain(seed)]));
      const hits = Array.from({ length: 900 }, () => step(arena, (id) => [bots.get(id)?.(arena, id) ?? still], DT)).flat();
      return { state: arena.toJSON(), hits };
    };
    const first = play();
    expect(first.hits.length).toBeGreaterThan(0);
    expect(play()).toEqual(first);
  });

  test('places to start and heaps are free, and the nearest free place is found', () => {
    for (let n = 0; n < 300; n++) {
      for (const place of [heapPlace(n), startPlace(n)]) {
        const moved = outside({ ...place }, PLAYER_RADIUS);
        expect(distance(place, moved)).toBeLessThan(1e-6);
      }
    }
    const [rock] = covers;
    expect(distance(outside({ ...(rock as (typeof covers)[0]) }, 0.5), rock as (typeof covers)[0])).toBeCloseTo(2.2);
  });
});

describe('snowballs', () => {
  test('a throw takes a ball, hits once, and counts', () => {
    const arena = duel();
    const hits = throwAt(arena, atP1, 12);
    expect(hits).toMatchObject([{ by: 'p0', to: 'p1', counts: true, froze: false }]);
    expect(playerOf(arena)).toMatchObject({ score: rules.scores.hit });
    expect(playerOf(arena).body.snow).toBe(rules.snow - 1);
    expect(playerOf(arena, 'p1').warmth).toBe(rules.warmth - 1);
    expect(arena.balls.size).toBe(0);
  });

  test('who is hit is pushed, and does nothing for a moment', () => {
    const arena = duel();
    const { body } = playerOf(arena, 'p1');
    const { x } = body;
    run(arena, 12, { ...still, aim: atP1, hold: true });
    while (body.stun === 0) run(arena, 1, { ...still, aim: atP1 });
    expect(body.stun).toBe(rules.stunSteps);
    const stunned = { ...still, dx: -FULL_TILT };
    for (let n = 0; n < 6; n++) step(arena, () => [stunned], DT);
    expect(body.x).toBeGreaterThan(x);
  });

  test('the third hit freezes, and after that he is back where he began, safe', () => {
    const arena = duel();
    for (let n = 1; n <= rules.warmth; n++) {
      put(arena, 'p1', 15, 7);
      const [hit] = throwAt(arena, atP1, 12);
      expect(hit).toMatchObject({ froze: n === rules.warmth });
    }
    const frozen = playerOf(arena, 'p1');
    expect(frozen).toMatchObject({ frozen: true, warmth: 0 });
    expect(playerOf(arena).score).toBe(3 * rules.scores.hit + rules.scores.freeze);
    run(arena, rules.frozenSteps);
    expect(frozen).toMatchObject({ frozen: false, warmth: rules.warmth });
    expect(distance(frozen, startPlace(frozen.place))).toBeLessThan(1e-3);
    expect(frozen.safeUntil).toBeGreaterThan(arena.time - STEP_MS * rules.frozenSteps);
  });

  test('nobody is hit by his own ball, frozen, or while he is safe', () => {
    const safe = duel();
    playerOf(safe, 'p1').safeUntil = 10_000;
    expect(throwAt(safe, atP1, 12)).toHaveLength(1);
    expect(playerOf(safe, 'p1')).toMatchObject({ warmth: rules.warmth });
    expect(playerOf(safe).score).toBe(0);
    const frozen = duel();
    Object.assign(playerOf(frozen, 'p1'), { frozen: true });
    playerOf(frozen, 'p1').body.stun = 250;
    expect(throwAt(frozen, atP1, 12)).toEqual([]);
  });

  test('a cover stops a ball', () => {
    const arena = arenaOf(2);
    put(arena, 'p0', 12.5, 9);
    put(arena, 'p1', 19.5, 9);
    expect(throwAt(arena, 0, pace.fullCharge)).toEqual([]);
    put(arena, 'p1', 12.5, 15);
    expect(throwAt(arena, Math.PI / 2, pace.fullCharge)).toHaveLength(1);
  });

  test('without snow there is no throw, and a heap fills the hands', () => {
    const arena = duel();
    const { body } = playerOf(arena);
    body.snow = 0;
    throwAt(arena, atP1, 12);
    expect(arena.thrown).toBe(0);
    const [heap] = arena.heaps;
    const before = { ...heapPlace(0) };
    Object.assign(body, { x: heap?.x, y: heap?.y });
    run(arena, 1);
    expect(body.snow).toBe(rules.mostSnow);
    expect(distance(arena.heaps[0] as typeof before, before)).toBeGreaterThan(2);
  });

  test('the longer it is made ready, the farther it flies', () => {
    const far = (power: number) => {
      const ball = launch('p0', { x: 2, y: 16.5 }, { angle: 0, power }, 0);
      return ballPlace(ball, ball.life).x;
    };
    expect(far(1)).toBeGreaterThan(far(0.5));
    expect(far(0.5)).toBeGreaterThan(far(0.1));
    for (const power of [0.1, 0.5, 1]) expect(powerFor(far(power) - 2)).toBeCloseTo(power, 1);
    expect(powerFor(1)).toBe(0);
    expect(powerFor(40)).toBeGreaterThan(1);
  });

  test('a lead meets who walks on', () => {
    const [from, power] = [{ x: 5, y: 16.5 }, 0.6];
    const walker = { x: 12, y: 16.5, speedX: 0, speedY: -6 };
    const angle = lead(from, walker, power);
    const { speed } = reach(power);
    const misses = Array.from({ length: 100 }, (_, n) => {
      const seconds = n / 100;
      const ball = { x: from.x + Math.cos(angle) * speed * seconds, y: from.y + Math.sin(angle) * speed * seconds };
      return distance(ball, { x: walker.x, y: walker.y + walker.speedY * seconds });
    });
    expect(Math.min(...misses)).toBeLessThan(0.3);
  });
});

describe('rounds', () => {
  test.each([1, 2, 3])('scores add up to the hits, and the best wins, seed %i', (seed) => {
    const arena = arenaOf(5);
    const bots = new Map([...arena.players.keys()].map((id, n) => [id, brain(seed * 10 + n)]));
    const counted = new Map<string, number>();
    while (!arena.resting) {
      for (const { by, counts, froze } of step(arena, (id) => [bots.get(id)?.(arena, id) ?? still], DT)) {
        const worth = !counts ? 0 : rules.scores.hit + (froze ? rules.scores.freeze : 0);
        counted.set(by, (counted.get(by) ?? 0) + worth);
      }
    }
    expect(arena.time).toBeGreaterThanOrEqual(rules.roundMs);
    const scores = Object.fromEntries([...arena.players].map(([id, { score }]) => [id, score]));
    expect(scores).toEqual(Object.fromEntries([...arena.players.keys()].map((id) => [id, counted.get(id) ?? 0])));
    const most = Math.max(...Object.values(scores));
    expect(most).toBeGreaterThan(10);
    const best = [...arena.players.values()].filter(({ score }) => score === most).map(({ name }) => name);
    expect(arena.winners).toBe(best.join(', '));
  });

  test('between rounds nothing counts; the next one begins anew', () => {
    const arena = duel();
    arena.until = 1;
    run(arena, 1);
    expect(arena).toMatchObject({ resting: true, winners: '', round: 1 });
    expect(throwAt(arena, atP1, 12)).toHaveLength(1);
    expect(playerOf(arena)).toMatchObject({ score: 0 });
    expect(playerOf(arena, 'p1')).toMatchObject({ warmth: rules.warmth });
    playerOf(arena).score = 7;
    run(arena, Math.ceil(rules.restMs / STEP_MS));
    expect(arena).toMatchObject({ resting: false, round: 2 });
    expect(playerOf(arena)).toMatchObject({ score: 0, warmth: rules.warmth });
    expect(arena.until).toBeGreaterThan(arena.time + rules.roundMs - 3_000);
  });

  test('places are given again', () => {
    const arena = arenaOf(3);
    arena.players.delete('p1');
    expect(enter(arena, 'p9', { name: 'P9', steamId: '' }).place).toBe(1);
    expect(enter(arena, 'p10', { name: 'P10', steamId: '' }).place).toBe(3);
  });
});

describe('bots', () => {
  test.each([1, 2, 3, 4, 5, 6])('hit each other, and pick up snow, seed %i', (seed) => {
    const arena = arenaOf(3);
    const bots = new Map([...arena.players.keys()].map((id, n) => [id, brain(seed * 10 + n)]));
    const hits: Hit[] = [];
    for (let n = 0; n < 30 * STEP_RATE; n++) hits.push(...step(arena, (id) => [bots.get(id)?.(arena, id) ?? still], DT));
    expect(hits.length).toBeGreaterThan(5);
    expect(arena.dug).toBeGreaterThan(rules.heaps + 3);
  });

  test('alone, one walks about', () => {
    const arena = arenaOf(1);
    const bot = brain(1);
    const places = new Set<string>();
    for (let n = 0; n < 900; n++) {
      step(arena, (id) => [bot(arena, id)], DT);
      places.add(`${Math.round(playerOf(arena).x / 4)},${Math.round(playerOf(arena).y / 4)}`);
    }
    expect(places.size).toBeGreaterThan(8);
  });

  test('who only looks has no hands', () => {
    expect(brain(1)(arenaOf(2), 'nobody')).toEqual(still);
  });
});

describe('an allowance', () => {
  /** What one spends in so many steps, who has always so many steerings waiting. */
  const spent = (allowance: Allowance, steps: number, waiting: number) =>
    Array.from(
      { length: steps },
      () =>
        allowance.spend(
          (most) => new Array<Steering>(Math.min(most, waiting)).fill(still),
          () => still,
        ).length,
    );

  test('who sends a thousand steerings a step takes one', () => {
    const sum = spent(new Allowance(), 600, 1_000).reduce((a, b) => a + b, 0);
    expect(sum).toBeGreaterThanOrEqual(600);
    expect(sum).toBeLessThanOrEqual(600 * 1.03);
  });

  test('what was held up is caught up on', () => {
    const allowance = new Allowance();
    spent(allowance, 30, 1);
    expect(spent(allowance, 5, 0)).toEqual([0, 0, 0, 0, 0]);
    expect(spent(allowance, 1, 100)).toEqual([6]);
  });

  test('time goes on for who is silent, as he stands', () => {
    const allowance = new Allowance();
    expect(spent(allowance, 30, 0).at(-1)).toBe(1);
    expect(
      allowance.spend(
        () => [],
        () => ({ ...still, aim: 2 }),
      ),
    ).toEqual([{ ...still, aim: 2 }]);
  });
});
