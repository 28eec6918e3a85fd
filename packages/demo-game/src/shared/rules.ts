// The rules of the game: no network, no clock, no chance. Server, bots, views and a predicting player all take them from here.

/** Size of the arena, and what else is measured in its units. */
export const arena = {
  width: 32,
  height: 18,
  /** Units per second. */
  speed: 9,
  /** A star this near is caught. */
  reach: 1.6,
  stars: 3,
} as const;

/** Steps of the game per second; a player sends one steering for each. */
export const STEP_RATE = 20;

export interface Point {
  x: number;
  y: number;
}

/** Where a player wants to go: a direction, of length 1 at most. */
export interface Steering {
  dx: number;
  dy: number;
}

export interface Runner extends Point {
  score: number;
}

export interface World {
  readonly players: { entries(): Iterable<[id: string, player: Runner]> };
  readonly stars: Iterable<Point>;
  /** Stars that were caught so far. */
  caught: number;
}

/** One step of `dt` seconds. A player may have sent several steerings since the last one, or none. */
export function step(world: World, steeringsOf: (id: string) => Iterable<Steering>, dt: number): void {
  for (const [id, player] of world.players.entries()) {
    for (const steering of steeringsOf(id)) move(player, steering, dt);
    for (const star of world.stars) {
      if (distance(player, star) > arena.reach) continue;
      player.score++;
      world.caught++;
      Object.assign(star, starPlace(world.caught + arena.stars));
    }
  }
}

export function move(point: Point, { dx, dy }: Steering, dt: number): void {
  const length = Math.max(1, Math.hypot(dx, dy));
  point.x = within(point.x + (dx / length) * arena.speed * dt, arena.width);
  point.y = within(point.y + (dy / length) * arena.speed * dt, arena.height);
}

/** Where the n-th star lies: spread evenly, near to none before it (the R2 sequence). */
export function starPlace(n: number): Point {
  const spread = (step: number, size: number) => 1 + ((n * step) % 1) * (size - 2);
  return { x: spread(0.754_877_666, arena.width), y: spread(0.569_840_291, arena.height) };
}

/** Where the n-th player begins. */
export function startPlace(n: number): Point {
  return { x: arena.width * ((0.2 + 0.3 * n) % 1), y: arena.height / 2 };
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function within(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size);
}
