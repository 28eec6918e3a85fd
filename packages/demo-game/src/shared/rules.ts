// The rules of the game: no network, no clock, no chance. The host steps the arena with them, a player predicts his own part.

import { distance, heapPlace, nearestOnWay, PLAYER_RADIUS, type Point, startPlace } from './arena.ts';
import { BALL_RADIUS, ballPlace, launch } from './flight.ts';
import { move, STEP_RATE, type Steering } from './move.ts';
import { type Arena, Ball, Body, Heap, Player } from './state.ts';

export const rules = {
  players: 8,
  roundMs: 90_000,
  restMs: 8_000,
  /** Hits until a player is frozen. */
  warmth: 3,
  heaps: 4,
  /** A heap this near is picked up. */
  heapReach: 1.4,
  /** Balls that a player begins with, and can carry. */
  snow: 3,
  mostSnow: 5,
  scores: { hit: 1, freeze: 2 },
  stunSteps: Math.round(0.4 * STEP_RATE),
  frozenSteps: Math.round(2.5 * STEP_RATE),
  /** No ball does harm for so long after one did, and after a start. */
  safeMs: { hit: 700, start: 1_500 },
  /** Of who is hit. Units a second. */
  push: 9,
} as const;

/** A ball met a player. Ids are session ids. */
export interface Hit extends Point {
  readonly by: string;
  readonly to: string;
  /** Not between rounds, nor of who is safe. */
  readonly counts: boolean;
  /** Whether it was the last that he could take. */
  readonly froze: boolean;
}

/** An arena before its first step. */
export function furnish(arena: Arena): void {
  arena.until = rules.roundMs;
  for (let n = 0; n < rules.heaps; n++) arena.heaps.push(new Heap(heapPlace(arena.dug++)));
}

/** A new player, on the first place that is free. */
export function enter(arena: Arena, id: string, { name, steamId }: { name: string; steamId: string }): Player {
  const taken = new Set([...arena.players.values()].map(({ place }) => place));
  let place = 0;
  while (taken.has(place)) place++;
  const player = new Player({ name, steamId, place, body: new Body() });
  putBack(arena, player);
  arena.players.set(id, player);
  return player;
}

/** One step of `dt` seconds. A player may have sent several steerings since the last one, or none. */
export function step(arena: Arena, steeringsOf: (id: string) => Iterable<Steering>, dt: number): Hit[] {
  arena.time += dt * 1000;
  if (arena.time >= arena.until) {
    if (arena.resting) beginRound(arena);
    else endRound(arena);
  }
  for (const [id, player] of arena.players.entries()) {
    const { body } = player;
    for (const steering of steeringsOf(id)) {
      const thrown = move(body, steering, dt);
      player.aim = steering.aim;
      if (thrown !== undefined)
        arena.balls.set(String(arena.thrown++), new Ball(launch(id, body, thrown, Math.round(arena.time))));
    }
    if (player.frozen && body.stun === 0) putBack(arena, player);
    pickUp(arena, body);
    Object.assign(player, { x: body.x, y: body.y, charge: body.charge });
  }
  return fly(arena, dt);
}

function pickUp(arena: Arena, body: Body): void {
  if (body.stun > 0 || body.snow === rules.mostSnow) return;
  for (const heap of arena.heaps) {
    if (distance(body, heap) > rules.heapReach) continue;
    body.snow = rules.mostSnow;
    Object.assign(heap, heapPlace(arena.dug++));
    return;
  }
}

function fly(arena: Arena, dt: number): Hit[] {
  const hits: Hit[] = [];
  for (const [id, ball] of [...arena.balls.entries()]) {
    const age = arena.time - ball.born;
    const way = { from: ballPlace(ball, age - dt * 1000), to: ballPlace(ball, age) };
    const met = victim(arena, ball.owner, way);
    if (met !== undefined) hits.push(hit(arena, ball, met.id, met.player));
    if (met !== undefined || age >= ball.life) arena.balls.delete(id);
  }
  return hits;
}

/** Whom a ball meets first on this part of its way. */
function victim(arena: Arena, owner: string, way: Way) {
  let first: { id: string; player: Player; share: number } | undefined;
  for (const [id, player] of arena.players.entries()) {
    if (id === owner || player.frozen) continue;
    const share = meeting(way, player.body, PLAYER_RADIUS);
    if (share < (first?.share ?? MISSED)) first = { id, player, share };
  }
  return first;
}

interface Way {
  readonly from: Point;
  readonly to: Point;
}

/** How far along its way, 0 to 1, a ball meets this, or {@link MISSED}. */
function meeting({ from, to }: Way, point: Point, radius: number): number {
  const nearest = nearestOnWay(from, to, point);
  return nearest.distance <= radius + BALL_RADIUS ? nearest.share : MISSED;
}

const MISSED = Number.POSITIVE_INFINITY;

function hit(arena: Arena, ball: Ball, to: string, player: Player): Hit {
  const { body } = player;
  const met = { by: ball.owner, to, x: body.x, y: body.y };
  if (arena.time < player.safeUntil) return { ...met, counts: false, froze: false };
  const counts = !arena.resting;
  if (counts) player.warmth--;
  const froze = player.warmth === 0;
  player.safeUntil = Math.round(arena.time + rules.safeMs.hit);
  const speed = Math.hypot(ball.speedX, ball.speedY);
  body.pushX = (ball.speedX / speed) * rules.push;
  body.pushY = (ball.speedY / speed) * rules.push;
  body.stun = froze ? rules.frozenSteps : rules.stunSteps;
  player.frozen = froze;
  const thrower = arena.players.get(ball.owner);
  if (counts && thrower !== undefined) thrower.score += rules.scores.hit + (froze ? rules.scores.freeze : 0);
  return { ...met, counts, froze };
}

function endRound(arena: Arena): void {
  const most = Math.max(0, ...[...arena.players.values()].map(({ score }) => score));
  const best = [...arena.players.values()].filter(({ score }) => most > 0 && score === most);
  arena.winners = best.map(({ name }) => name).join(', ');
  arena.resting = true;
  arena.until = Math.round(arena.time + rules.restMs);
}

function beginRound(arena: Arena): void {
  arena.resting = false;
  arena.winners = '';
  arena.round++;
  arena.until = Math.round(arena.time + rules.roundMs);
  arena.balls.clear();
  for (const player of arena.players.values()) {
    putBack(arena, player);
    player.score = 0;
  }
}

/** To his start place, whole and safe for a moment. */
function putBack(arena: Arena, player: Player): void {
  const { x, y } = startPlace(player.place);
  Object.assign(player.body, { x, y, pushX: 0, pushY: 0, charge: 0, wait: 0, stun: 0, snow: rules.snow });
  Object.assign(player, { x, y, warmth: rules.warmth, frozen: false, safeUntil: Math.round(arena.time + rules.safeMs.start) });
}
