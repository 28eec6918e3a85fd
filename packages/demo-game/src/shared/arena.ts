// The ground: its size, what stands on it, and where things lie. Everything is measured in its units; angles are radians.

export interface Point {
  x: number;
  y: number;
}

export interface Circle extends Point {
  readonly radius: number;
}

export const arena = { width: 32, height: 18 } as const;

/** Half the width of a player. */
export const PLAYER_RADIUS = 0.7;

/** What stops players and balls. */
export const covers: readonly (Circle & { readonly kind: 'rock' | 'tree' })[] = [
  { x: 16, y: 9, radius: 1.7, kind: 'rock' },
  { x: 8, y: 4.6, radius: 0.8, kind: 'tree' },
  { x: 24, y: 13.4, radius: 0.8, kind: 'tree' },
  { x: 8.6, y: 13.2, radius: 1.2, kind: 'rock' },
  { x: 23.4, y: 4.8, radius: 1.2, kind: 'rock' },
  { x: 15.2, y: 2.9, radius: 0.8, kind: 'tree' },
  { x: 16.8, y: 15.1, radius: 0.8, kind: 'tree' },
  { x: 3.6, y: 9.3, radius: 0.8, kind: 'tree' },
  { x: 28.4, y: 8.7, radius: 0.8, kind: 'tree' },
];

/** Where the n-th heap of snow lies: spread evenly, near to none before it (the R2 sequence). */
export function heapPlace(n: number): Point {
  const spread = (step: number, size: number) => 1 + ((n * step) % 1) * (size - 2);
  return outside({ x: spread(0.754_877_666, arena.width), y: spread(0.569_840_291, arena.height) }, 1.2);
}

/** Where the n-th player begins: on a ring, neighbours far apart. */
export function startPlace(n: number): Point {
  const angle = n * 2.4 + 2.8;
  const place = { x: arena.width * (0.5 + 0.36 * Math.cos(angle)), y: arena.height * (0.5 + 0.34 * Math.sin(angle)) };
  return outside(place, PLAYER_RADIUS);
}

/** The nearest place to `point` that is in the arena and in no cover, for something of this radius. */
export function outside<P extends Point>(point: P, radius: number): P {
  for (const cover of covers) {
    const away = distance(point, cover);
    const least = cover.radius + radius;
    if (away >= least) continue;
    const [dx, dy] = away === 0 ? [1, 0] : [(point.x - cover.x) / away, (point.y - cover.y) / away];
    point.x = cover.x + dx * least;
    point.y = cover.y + dy * least;
  }
  point.x = within(point.x, radius, arena.width - radius);
  point.y = within(point.y, radius, arena.height - radius);
  return point;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** How near the way from `from` to `to` comes to `point`, and how far along it: 0 to 1. */
export function nearestOnWay(from: Point, to: Point, point: Point): { distance: number; share: number } {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : within(((point.x - from.x) * dx + (point.y - from.y) * dy) / length, 0, 1);
  return { share, distance: Math.hypot(from.x + share * dx - point.x, from.y + share * dy - point.y) };
}

/** NaN becomes `least`. */
export function within(value: number, least: number, most: number): number {
  return value >= least ? Math.min(value, most) : least;
}
