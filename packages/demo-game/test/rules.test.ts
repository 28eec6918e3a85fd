import { describe, expect, test } from '@jest/globals';
import {
  arena,
  distance,
  move,
  type Runner,
  STEP_RATE,
  type Steering,
  starPlace,
  startPlace,
  step,
} from '../src/shared/rules.ts';
import { Arena, Player, Star } from '../src/shared/state.ts';
import { walker } from '../src/shared/walk.ts';

const DT = 1 / STEP_RATE;

function worldWith(...runners: Runner[]) {
  return {
    players: new Map(runners.map((runner, index) => [`p${index}`, runner])),
    stars: [{ x: 20, y: 9 }],
    caught: 0,
  };
}

const nobody = (): Steering[] => [];

describe('rules', () => {
  test('a player moves at the speed of the game, in any direction, however hard he steers', () => {
    for (const steering of [
      { dx: 1, dy: 0 },
      { dx: 1, dy: 1 },
      { dx: -30, dy: 40 },
    ]) {
      const point = { x: 16, y: 9 };
      move(point, steering, DT);
      expect(distance(point, { x: 16, y: 9 })).toBeCloseTo(arena.speed * DT);
    }
  });

  test('nobody leaves the arena', () => {
    const corner = { x: 0.1, y: arena.height };
    move(corner, { dx: -1, dy: 1 }, 1);
    expect(corner).toEqual({ x: 0, y: arena.height });
  });

  test('every steering of a player counts as a step', () => {
    const runner = { x: 5, y: 5, score: 0 };
    step(
      worldWith(runner),
      () => [
        { dx: 1, dy: 0 },
        { dx: 1, dy: 0 },
      ],
      DT,
    );
    expect(runner.x).toBeCloseTo(5 + 2 * arena.speed * DT);
  });

  test('a star that is reached counts once, and lies elsewhere', () => {
    const world = worldWith({ x: 20, y: 10, score: 0 }, { x: 20, y: 8, score: 0 });
    step(world, nobody, DT);
    expect([...world.players.values()].map(({ score }) => score)).toEqual([1, 0]);
    expect(world.caught).toBe(1);
    expect(world.stars[0]).not.toEqual({ x: 20, y: 9 });
  });

  test('stars and players begin inside', () => {
    for (let n = 0; n < 200; n++) {
      for (const { x, y } of [starPlace(n), startPlace(n)]) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(arena.width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(arena.height);
      }
    }
  });

  test('the state of the room is a world', () => {
    const state = new Arena();
    state.stars.push(new Star({ x: 3, y: 3 }));
    state.players.set('a', new Player({ name: 'Ann', steamId: '1', x: 3, y: 4 }));
    step(state, () => [{ dx: 0, dy: -1 }], DT);
    expect(state.players.get('a')).toMatchObject({ score: 1, connected: true });
  });
});

describe('bots', () => {
  const walkOf = (seed: number) => {
    const world = worldWith({ x: 1, y: 1, score: 0 });
    const self = world.players.get('p0') as Runner;
    const walk = walker(seed);
    const places = Array.from({ length: 1_200 }, () => {
      step(world, () => [walk(self, world.stars)], DT);
      return `${self.x.toFixed(3)},${self.y.toFixed(3)}`;
    });
    return { places, score: self.score };
  };

  test('the same seed walks the same way, another one does not', () => {
    expect(walkOf(1)).toEqual(walkOf(1));
    expect(walkOf(2).places).not.toEqual(walkOf(1).places);
  });

  test('they catch stars', () => {
    for (const seed of [1, 2, 3]) expect(walkOf(seed).score).toBeGreaterThan(5);
  });
});
