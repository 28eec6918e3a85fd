import { covers, type Point } from './arena.ts';
import type { Throw } from './move.ts';

/** A ball is thrown once, and flies straight: where it is follows from when. */
export interface Flight {
  /** Session id of who threw it. */
  owner: string;
  /** Where from. */
  x: number;
  y: number;
  /** Units a second. */
  speedX: number;
  speedY: number;
  /** When, by the time of the arena. Unit: ms. */
  born: number;
  /** How long it is in the air, until it lands or meets a cover. Unit: ms. */
  life: number;
}

export const BALL_RADIUS = 0.3;

/** The weakest throw, and what the strongest has beside that. */
const SPEED = { least: 13, charged: 9 };
const LIFE_MS = { least: 420, charged: 430 };

export function launch(owner: string, from: Point, { angle, power }: Throw, born: number): Flight {
  const { speed, life } = reach(power);
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const free = Math.min(...covers.map((cover) => firstTouch(from, dx, dy, cover, cover.radius + BALL_RADIUS)));
  const landing = Math.round(Math.min(life, (free / speed) * 1000));
  return { owner, x: from.x, y: from.y, speedX: dx * speed, speedY: dy * speed, born, life: landing };
}

/** How far a ball flies in this direction until it touches this; infinitely far when it does not. */
function firstTouch(from: Point, dx: number, dy: number, { x, y }: Point, reach: number): number {
  const [toX, toY] = [x - from.x, y - from.y];
  const along = toX * dx + toY * dy;
  const aside = toX * dy - toY * dx;
  if (along <= 0 || Math.abs(aside) >= reach) return Number.POSITIVE_INFINITY;
  return Math.max(0, along - Math.sqrt(reach * reach - aside * aside));
}

/** What a throw of this power makes of a ball. Speed: units a second; life: ms. */
export function reach(power: number): { readonly speed: number; readonly life: number } {
  return { speed: SPEED.least + SPEED.charged * power, life: LIFE_MS.least + LIFE_MS.charged * power };
}

/** The weakest power that carries so far; over 1: none does. */
export function powerFor(far: number): number {
  // Speed and life grow with it, so that the way does as a quadratic.
  const [a, b] = [SPEED.charged * LIFE_MS.charged, SPEED.least * LIFE_MS.charged + SPEED.charged * LIFE_MS.least];
  const missing = far * 1000 - SPEED.least * LIFE_MS.least;
  return missing <= 0 ? 0 : (Math.sqrt(b * b + 4 * a * missing) - b) / (2 * a);
}

/** Where a ball is so long after it was thrown. Unit: ms. */
export function ballPlace({ x, y, speedX, speedY, life }: Flight, ageMs: number): Point {
  const seconds = Math.min(Math.max(ageMs, 0), life) / 1000;
  return { x: x + speedX * seconds, y: y + speedY * seconds };
}
