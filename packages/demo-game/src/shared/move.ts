import { outside, PLAYER_RADIUS, within } from './arena.ts';

/** Steps of the game per second; a player sends one steering for each. */
export const STEP_RATE = 30;

/** What a player does in one step. */
export interface Steering {
  /** Where to: each from -{@link FULL_TILT} to {@link FULL_TILT}. */
  dx: number;
  dy: number;
  /** Where he looks, and throws. Unit: radians. */
  aim: number;
  /** A throw is made ready while it is held, and made when it is let go. */
  hold: boolean;
}

export const FULL_TILT = 100;

/** What a player's own steps change: he predicts it, and the host has the last word. Counters are in steps. */
export interface Moved {
  x: number;
  y: number;
  /** What a hit pushes him with. Unit: a second. */
  pushX: number;
  pushY: number;
  /** How long the throw has been made ready. */
  charge: number;
  /** Until he can make the next one ready. */
  wait: number;
  /** Until he can do anything. */
  stun: number;
  /** Balls that he can throw. */
  snow: number;
}

/** How a ball leaves a hand: `power` is from 0 to 1. */
export interface Throw {
  readonly angle: number;
  readonly power: number;
}

export const pace = {
  /** Units a second. */
  walk: 8,
  /** With a throw made ready. */
  charging: 4.6,
  /** Steps until a throw is as strong as it gets. */
  fullCharge: 22,
  /** Steps between throws. */
  wait: 9,
  /** What is left of a push after a step. */
  push: 0.82,
} as const;

/** One step of a player. The host and the player's own prediction both take it from here. */
export function move(body: Moved, { dx, dy, aim, hold }: Steering, dt: number): Throw | undefined {
  slide(body, dt);
  if (body.wait > 0) body.wait--;
  if (body.stun > 0) {
    body.stun--;
    body.charge = 0;
    return undefined;
  }
  const ready = hold && body.snow > 0 && body.wait === 0;
  const [x, y] = [tilt(dx), tilt(dy)];
  const speed = (ready ? pace.charging : pace.walk) / Math.max(1, Math.hypot(x, y));
  body.x += x * speed * dt;
  body.y += y * speed * dt;
  outside(body, PLAYER_RADIUS);
  if (ready) {
    body.charge = Math.min(body.charge + 1, pace.fullCharge);
    return undefined;
  }
  if (body.charge === 0) return undefined;
  const power = body.charge / pace.fullCharge;
  body.charge = 0;
  if (body.snow === 0) return undefined;
  body.snow--;
  body.wait = pace.wait;
  return { angle: Number.isFinite(aim) ? aim : 0, power };
}

function slide(body: Moved, dt: number): void {
  if (body.pushX === 0 && body.pushY === 0) return;
  body.x += body.pushX * dt;
  body.y += body.pushY * dt;
  outside(body, PLAYER_RADIUS);
  const left = Math.hypot(body.pushX, body.pushY) > 0.5 ? pace.push : 0;
  body.pushX *= left;
  body.pushY *= left;
}

function tilt(value: number): number {
  return Number.isNaN(value) ? 0 : within(value, -FULL_TILT, FULL_TILT) / FULL_TILT;
}
