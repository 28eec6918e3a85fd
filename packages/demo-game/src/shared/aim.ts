import { covers, distance, nearestOnWay, type Point } from './arena.ts';
import { BALL_RADIUS, reach } from './flight.ts';

/** Somebody who walks. Speed: units a second. */
export interface Walker extends Point {
  readonly speedX: number;
  readonly speedY: number;
}

/** The angle at which a throw of this power meets who walks on like this. */
export function lead(from: Point, target: Walker, power: number): number {
  const { speed } = reach(power);
  let meeting: Point = target;
  for (let n = 0; n < 3; n++) {
    const seconds = distance(from, meeting) / speed;
    meeting = { x: target.x + target.speedX * seconds, y: target.y + target.speedY * seconds };
  }
  return Math.atan2(meeting.y - from.y, meeting.x - from.x);
}

export function isClear(from: Point, to: Point): boolean {
  return covers.every((cover) => nearestOnWay(from, to, cover).distance > cover.radius + BALL_RADIUS);
}

/** How far two directions are apart: 0 to π. */
export function turn(a: number, b: number): number {
  return Math.abs(Math.atan2(Math.sin(a - b), Math.cos(a - b)));
}
