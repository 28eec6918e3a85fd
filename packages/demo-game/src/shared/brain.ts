import { isClear, lead, type Walker } from './aim.ts';
import { arena, type Circle, covers, distance, nearestOnWay, PLAYER_RADIUS, type Point, within } from './arena.ts';
import { ballPlace, powerFor } from './flight.ts';
import { FULL_TILT, pace, STEP_RATE, type Steering } from './move.ts';
import { seededRandom } from './seededRandom.ts';
import type { Arena, Player } from './state.ts';

/** Until a bot thinks again. Steps. */
const THINKS = { soonest: 9, latest: 30 };
/** How far off it likes an opponent, and how near he must be to throw. */
const LIKED = { nearest: 4.5, farthest: 8 };
const RANGE = 15;
/** How far off it sees what to walk around, or to dodge. */
const SIGHT = 2.6;
/** Its hand is not sure. Radians, either way. */
const TREMBLE = 0.17;
/** Of how long a way a walker's speed is taken. Steps. */
const WATCHED = 6;

/**
 * A bot's head: called once a step with what its player sees, says what he does. The same seed and sights make the same game.
 * `id` is its session id.
 */
export function brain(seed: number): (seen: Arena, id: string) => Steering {
  const random = seededRandom(seed);
  const eyes = new Map<string, Point[]>();
  let goal: Point = { x: arena.width / 2, y: arena.height / 4 };
  let prey: string | undefined;
  let stepsLeft = 0;
  let dodges = false;
  let error = 0;

  const think = (seen: Arena, me: Player, id: string) => {
    stepsLeft = THINKS.soonest + Math.floor(random() * (THINKS.latest - THINKS.soonest));
    dodges = random() < 0.6;
    error = (random() * 2 - 1) * TREMBLE;
    const others = [...seen.players].filter(([other, { frozen }]) => other !== id && !frozen);
    prey = others.sort(([, a], [, b]) => distance(me.body, a) - distance(me.body, b))[
      random() < 0.75 ? 0 : others.length - 1
    ]?.[0];
    const target = prey === undefined ? undefined : seen.players.get(prey);
    if (me.body.snow === 0 || (target === undefined && random() < 0.5)) {
      goal = [...seen.heaps].sort((a, b) => distance(me.body, a) - distance(me.body, b))[0] ?? goal;
    } else if (target === undefined) {
      goal = { x: random() * arena.width, y: random() * arena.height };
    } else {
      const angle = random() * 2 * Math.PI;
      const far = LIKED.nearest + random() * (LIKED.farthest - LIKED.nearest);
      goal = { x: target.x + Math.cos(angle) * far, y: target.y + Math.sin(angle) * far };
    }
    goal = { x: within(goal.x, 1, arena.width - 1), y: within(goal.y, 1, arena.height - 1) };
  };

  return (seen, id) => {
    const me = seen.players.get(id);
    if (me?.body === undefined) return { dx: 0, dy: 0, aim: 0, hold: false };
    watch(eyes, seen);
    if (stepsLeft-- <= 0) think(seen, me, id);
    const { body } = me;

    let way = toward(body, goal);
    if (distance(body, goal) < 0.5) way = { x: 0, y: 0 };
    for (const cover of covers) way = around(body, way, cover, Math.min(SIGHT, distance(body, goal)));
    if (dodges) way = dodge(seen, id, body, way);

    const target = prey === undefined ? undefined : seen.players.get(prey);
    let aim = way.x === 0 && way.y === 0 ? me.aim : Math.atan2(way.y, way.x);
    let hold = false;
    if (target !== undefined && !target.frozen && body.snow > 0) {
      const far = distance(body, target);
      const needed = powerFor(far);
      aim = lead(body, walkerOf(eyes.get(prey as string) ?? [], target), Math.min(needed, 1)) + error;
      // Ready when strong enough; let go when nothing is between.
      hold = far < RANGE && (body.charge / pace.fullCharge < Math.min(needed + 0.1, 1) || !isClear(body, target));
    }
    return { dx: Math.round(way.x * FULL_TILT), dy: Math.round(way.y * FULL_TILT), aim, hold };
  };
}

function watch(eyes: Map<string, Point[]>, seen: Arena): void {
  for (const [id, { x, y }] of seen.players.entries()) {
    const places = eyes.get(id) ?? [];
    eyes.set(id, [...places.slice(1 - WATCHED), { x, y }]);
  }
}

function walkerOf(places: readonly Point[], { x, y }: Point): Walker {
  const [past] = places;
  if (past === undefined || places.length < 2) return { x, y, speedX: 0, speedY: 0 };
  const seconds = (places.length - 1) / STEP_RATE;
  return { x, y, speedX: (x - past.x) / seconds, speedY: (y - past.y) / seconds };
}

function toward(from: Point, to: Point): Point {
  const away = Math.max(distance(from, to), 1e-6);
  return { x: (to.x - from.x) / away, y: (to.y - from.y) / away };
}

/** Past what stands in the way, on the side that is nearer. */
function around(from: Point, way: Point, thing: Circle, far: number): Point {
  const ahead = { x: from.x + way.x * far, y: from.y + way.y * far };
  if (nearestOnWay(from, ahead, thing).distance > thing.radius + PLAYER_RADIUS) return way;
  const side = way.x * (thing.y - from.y) - way.y * (thing.x - from.x) > 0 ? -1 : 1;
  const out = toward(thing, from);
  return unit({ x: way.x * 0.3 + out.x * 0.4 - way.y * side, y: way.y * 0.3 + out.y * 0.4 + way.x * side });
}

function dodge(seen: Arena, id: string, from: Point, way: Point): Point {
  for (const ball of seen.balls.values()) {
    if (ball.owner === id) continue;
    const now = ballPlace(ball, seen.time - ball.born);
    const near = nearestOnWay(now, ballPlace(ball, ball.life), from);
    if (near.distance > 1.3 || near.share === 0) continue;
    const side = ball.speedX * (from.y - now.y) - ball.speedY * (from.x - now.x) > 0 ? 1 : -1;
    return unit({ x: -ball.speedY * side, y: ball.speedX * side });
  }
  return way;
}

function unit({ x, y }: Point): Point {
  const length = Math.max(Math.hypot(x, y), 1e-6);
  return { x: x / length, y: y / length };
}
