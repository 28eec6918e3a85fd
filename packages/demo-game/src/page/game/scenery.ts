import { arena } from '../../shared/arena.ts';
import { shadow } from './colours.ts';

// What stands on the ground. The light comes from the upper left; `x`, `y` is where a thing touches the ground.

type Pen = CanvasRenderingContext2D;

export function drawShadow(pen: Pen, x: number, y: number, radius: number): void {
  pen.fillStyle = shadow;
  oval(pen, x + radius * 0.22, y + radius * 0.1, radius * 1.12, radius * 0.55);
}

export function drawTree(pen: Pen, x: number, y: number, radius: number, isFar = false): void {
  if (!isFar) drawShadow(pen, x + radius * 0.3, y + radius * 0.1, radius * 1.5);
  pen.fillStyle = '#6b4a35';
  pen.fillRect(x - radius * 0.2, y - radius * 0.7, radius * 0.4, radius * 0.8);
  const [leaf, shade] = isFar ? ['#3f6f63', '#355f57'] : ['#4f8d6b', '#3f7659'];
  for (let floor = 0; floor < 3; floor++) {
    const base = y - radius * (0.35 + floor * 0.85);
    const half = radius * (1.25 - floor * 0.28);
    const top = base - radius * 1.45;
    triangle(pen, leaf, x - half, base, x + half, base, x, top);
    triangle(pen, shade, x + half * 0.1, base, x + half, base, x, top);
    // Snow lies on it.
    const lid = 0.42;
    triangle(pen, '#f6fafe', x - half * lid, top + (base - top) * lid, x + half * lid, top + (base - top) * lid, x, top);
  }
}

export function drawRock(pen: Pen, x: number, y: number, radius: number): void {
  drawShadow(pen, x, y + radius * 0.35, radius * 1.15);
  blob(pen, '#6f8397', x, y, radius, 0.86, 0.1);
  blob(pen, '#879aad', x - radius * 0.08, y - radius * 0.12, radius * 0.9, 0.8, 0.4);
  blob(pen, '#f5f9fd', x - radius * 0.06, y - radius * 0.42, radius * 0.84, 0.56, 0.9);
  blob(pen, '#dfeaf4', x + radius * 0.2, y - radius * 0.3, radius * 0.5, 0.4, 0.2);
  blob(pen, '#ffffff', x - radius * 0.2, y - radius * 0.55, radius * 0.5, 0.42, 0.7);
}

/** Snow to pick up, at 0, 0. */
export function drawHeap(pen: Pen): void {
  drawShadow(pen, 0, 0.12, 0.85);
  for (const [dx, dy, radius] of heap) {
    pen.fillStyle = '#d3e3f1';
    oval(pen, dx, dy, radius, radius);
    pen.fillStyle = '#ffffff';
    oval(pen, dx - 0.05, dy - 0.07, radius * 0.84, radius * 0.84);
  }
}

const heap: readonly (readonly [dx: number, dy: number, radius: number])[] = [
  [-0.42, -0.12, 0.36],
  [0.42, -0.12, 0.36],
  [0, -0.02, 0.4],
  [-0.2, -0.52, 0.32],
  [0.22, -0.5, 0.32],
  [0.01, -0.86, 0.27],
];

export function drawBall(pen: Pen, x: number, y: number, height: number, radius: number): void {
  drawShadow(pen, x, y, radius * 0.9);
  pen.fillStyle = '#9dbcd9';
  oval(pen, x, y - height, radius * 1.06, radius * 1.06);
  pen.fillStyle = '#ffffff';
  oval(pen, x - radius * 0.14, y - height - radius * 0.16, radius * 0.8, radius * 0.8);
}

/** In front of everything. */
export function drawSnowfall(pen: Pen, time: number): void {
  pen.fillStyle = 'rgba(255, 255, 255, 0.85)';
  for (let n = 0; n < FLAKES; n++) {
    const near = 0.5 + ((n * 0.618_034) % 1);
    const x = n * 7.13 + Math.sin(time / 1700 + n) * 0.6 - (time / 2600) * near;
    const y = n * 3.71 + (time / 700) * near;
    oval(pen, around(x, SKY.width) - SKY.over, around(y, SKY.height) - SKY.over, 0.06 * near, 0.06 * near);
  }
}

const FLAKES = 70;
/** A little larger than what is seen. */
const SKY = { width: arena.width + 6, height: arena.height + 6, over: 3 };

function around(value: number, size: number): number {
  return ((value % size) + size) % size;
}

export function oval(pen: Pen, x: number, y: number, width: number, height: number): void {
  pen.beginPath();
  pen.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
  pen.fill();
}

function triangle(pen: Pen, colour: string, ax: number, ay: number, bx: number, by: number, cx: number, cy: number): void {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(ax, ay);
  pen.quadraticCurveTo((ax + bx) / 2, ay + Math.abs(bx - ax) * 0.14, bx, by);
  pen.lineTo(cx, cy);
  pen.closePath();
  pen.fill();
}

/** A round thing that is not quite round. */
function blob(pen: Pen, colour: string, x: number, y: number, radius: number, flat: number, seed: number): void {
  pen.fillStyle = colour;
  pen.beginPath();
  for (let n = 0; n <= 16; n++) {
    const angle = (n / 16) * 2 * Math.PI;
    const r = radius * (1 + 0.06 * Math.sin(angle * 3 + seed * 9) + 0.035 * Math.sin(angle * 5 + seed * 4));
    pen.lineTo(x + Math.cos(angle) * r, y + Math.sin(angle) * r * flat);
  }
  pen.fill();
}
