import type { Point } from '../../shared/arena.ts';
import { BALL_RADIUS } from '../../shared/flight.ts';
import { pace } from '../../shared/move.ts';
import { ink } from './colours.ts';
import { drawBall, drawShadow, oval } from './scenery.ts';

type Pen = CanvasRenderingContext2D;

/** How a player is drawn. */
export interface Look {
  readonly coat: string;
  readonly shade: string;
  readonly aim: number;
  readonly charge: number;
  /** How far he has walked, which moves his legs. Unit: of the arena. */
  readonly walked: number;
  /** Hit a moment ago: 1, falling to 0. */
  readonly dazed: number;
  /** 1, or less for who is not all there. */
  readonly alpha: number;
}

/** They are drawn larger than the ground that they stand on, to be seen well. */
const GROWN = 1.14;

/** A child in winter clothes. `x`, `y` is between its feet. */
export function drawFigure(pen: Pen, x: number, y: number, { coat, shade, aim, charge, walked, dazed, alpha }: Look): void {
  pen.save();
  pen.translate(x, y);
  pen.scale(GROWN, GROWN);
  pen.globalAlpha = alpha;
  drawShadow(pen, 0, 0, 0.72);
  const swing = Math.sin(walked * 3.4) * 0.1;
  const hop = Math.abs(Math.cos(walked * 3.4)) * 0.07;
  const [lookX, lookY] = [Math.cos(aim), Math.sin(aim)];
  pen.fillStyle = '#3a4c63';
  oval(pen, -0.26, swing - 0.06, 0.22, 0.15);
  oval(pen, 0.26, -swing - 0.06, 0.22, 0.15);
  pen.translate(dazed * 0.22 * Math.sin(dazed * 14), -hop);

  // The arm that throws is drawn back, and behind the body when it looks away.
  const power = charge / pace.fullCharge;
  const reach = 0.62 - power * 1.05;
  const hand = { x: lookX * reach - lookY * 0.42, y: -0.62 + lookY * reach * 0.6 + lookX * 0.2 };
  const isBehind = lookY < -0.2;
  if (isBehind) drawArm(pen, hand, shade, power);

  pen.fillStyle = shade;
  oval(pen, 0.03, -0.5, 0.6, 0.54);
  pen.fillStyle = coat;
  oval(pen, -0.05, -0.55, 0.53, 0.49);
  pen.fillStyle = shade;
  oval(pen, -lookX * 0.3 + lookY * 0.42, -0.56 - lookX * 0.2, 0.17, 0.2);
  drawHead(pen, coat, shade, lookX, lookY, dazed);
  if (!isBehind) drawArm(pen, hand, shade, power);
  if (dazed > 0) drawStars(pen, dazed);
  pen.restore();
}

/** Who was hit too often, with his hat on. */
export function drawSnowman(pen: Pen, x: number, y: number, { coat, shade }: Look, age: number): void {
  const grown = Math.min(1, 0.6 + age / 400);
  pen.save();
  pen.translate(x, y);
  pen.scale(grown * GROWN, grown * GROWN);
  drawShadow(pen, 0, 0, 0.8);
  for (const [dy, radius] of [
    [-0.5, 0.68],
    [-1.35, 0.48],
  ] as const) {
    pen.fillStyle = '#c9dcec';
    oval(pen, 0, dy, radius, radius * 0.94);
    pen.fillStyle = '#ffffff';
    oval(pen, -0.07, dy - 0.06, radius * 0.86, radius * 0.82);
  }
  pen.fillStyle = ink;
  oval(pen, -0.17, -1.42, 0.06, 0.07);
  oval(pen, 0.17, -1.42, 0.06, 0.07);
  oval(pen, 0, -0.72, 0.055, 0.055);
  oval(pen, 0, -0.46, 0.055, 0.055);
  pen.fillStyle = '#f08a3c';
  pen.beginPath();
  pen.moveTo(-0.03, -1.34);
  pen.lineTo(0.38, -1.25);
  pen.lineTo(-0.03, -1.22);
  pen.fill();
  pen.fillStyle = coat;
  pen.beginPath();
  pen.ellipse(0, -1.58, 0.42, 0.42, -0.15, Math.PI, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = shade;
  pen.fillRect(-0.44, -1.62, 0.88, 0.13);
  pen.fillStyle = '#ffffff';
  oval(pen, 0.05, -2.02, 0.17, 0.16);
  pen.restore();
}

function drawArm(pen: Pen, hand: Point, shade: string, power: number): void {
  pen.strokeStyle = shade;
  pen.lineWidth = 0.28;
  pen.lineCap = 'round';
  pen.beginPath();
  pen.moveTo(hand.x * 0.35, -0.66);
  pen.lineTo(hand.x, hand.y);
  pen.stroke();
  pen.fillStyle = '#fdfefe';
  oval(pen, hand.x, hand.y, 0.17, 0.16);
  if (power > 0) drawBall(pen, hand.x, hand.y, 0.14, BALL_RADIUS * (0.6 + 0.5 * power));
}

/** With a face where he looks. */
function drawHead(pen: Pen, coat: string, shade: string, lookX: number, lookY: number, dazed: number): void {
  const y = -1.2;
  pen.fillStyle = '#eec3a3';
  oval(pen, 0, y, 0.46, 0.44);
  pen.fillStyle = '#f9dfc9';
  oval(pen, -0.03, y, 0.42, 0.4);
  if (lookY > -0.75) drawFace(pen, lookX * 0.17, y + 0.06 + lookY * 0.1, lookX, dazed);

  pen.fillStyle = coat;
  halfOval(pen, 0, y - 0.08, 0.49, 0.47, 1);
  pen.fillStyle = shade;
  halfOval(pen, 0, y - 0.08, 0.49, 0.47, 0.3);
  pen.fillStyle = '#fdfefe';
  pen.beginPath();
  pen.roundRect(-0.53, y - 0.2, 1.06, 0.21, 0.1);
  pen.fill();
  oval(pen, -lookX * 0.1, y - 0.6, 0.19, 0.18);
}

function drawFace(pen: Pen, x: number, y: number, lookX: number, dazed: number): void {
  const apart = 0.17 * (1 - 0.3 * Math.abs(lookX));
  pen.fillStyle = ink;
  oval(pen, x - apart, y, 0.055, dazed > 0 ? 0.025 : 0.08);
  oval(pen, x + apart, y, 0.055, dazed > 0 ? 0.025 : 0.08);
  pen.fillStyle = 'rgba(232, 110, 90, 0.4)';
  oval(pen, x - apart - 0.1, y + 0.12, 0.09, 0.06);
  oval(pen, x + apart + 0.1, y + 0.12, 0.09, 0.06);
}

function drawStars(pen: Pen, dazed: number): void {
  pen.fillStyle = '#f7c948';
  for (let n = 0; n < 3; n++) {
    const angle = dazed * 9 + (n * 2 * Math.PI) / 3;
    oval(pen, Math.cos(angle) * 0.5, -1.95 + Math.sin(angle) * 0.16, 0.09, 0.09);
  }
}

/** The upper half; of it, the right `share`. */
function halfOval(pen: Pen, x: number, y: number, width: number, height: number, share: number): void {
  pen.beginPath();
  pen.ellipse(x, y, width, height, 0, (2 - share) * Math.PI, 2 * Math.PI);
  pen.fill();
}
