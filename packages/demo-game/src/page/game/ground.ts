import { arena } from '../../shared/arena.ts';
import { seededRandom } from '../../shared/seededRandom.ts';
import { drawTree } from './scenery.ts';

/** What is seen around the arena. Unit: of the arena. */
export const MARGIN = { x: 1.3, top: 1.9, bottom: 1 } as const;
const CORNER = 2;
/** Of trees to the left and right, for wide windows. */
const COLUMNS = 8;

/** Snow, drifts and the wood around: drawn once for each size. The arena's origin is at 0, 0. */
export function drawGround(pen: CanvasRenderingContext2D): void {
  const random = seededRandom(7);
  const { width, height } = arena;
  pen.fillStyle = '#2e4f5f';
  pen.fillRect(-100, -100, width + 200, height + 200);

  // The edge of the clearing, and the light that falls on it.
  pen.fillStyle = '#b9d2e6';
  roundRect(pen, -0.55, -0.55, width + 1.1, height + 1.1, CORNER + 0.4);
  pen.fillStyle = '#e9f2fa';
  roundRect(pen, -0.45, -0.62, width + 0.9, height + 0.9, CORNER + 0.3);
  const light = pen.createLinearGradient(0, 0, width * 0.6, height);
  light.addColorStop(0, '#f7fbff');
  light.addColorStop(1, '#dde9f4');
  pen.fillStyle = light;
  roundRect(pen, -0.1, -0.1, width + 0.2, height + 0.2, CORNER);

  pen.save();
  pen.beginPath();
  pen.roundRect(0, 0, width, height, CORNER);
  pen.clip();
  for (let n = 0; n < 60; n++) drift(pen, random() * width, random() * height, 1.2 + random() * 3.2, random());
  pen.fillStyle = 'rgba(120, 160, 200, 0.25)';
  for (let n = 0; n < 260; n++) dot(pen, random() * width, random() * height, 0.03 + random() * 0.03);
  pen.restore();

  const wood = [];
  for (let x = -2; x < width + 2; x += 1.25) {
    wood.push(
      { x: x + random() * 0.6, y: -0.75 - random() * 0.35 },
      { x: x + random() * 0.6, y: height + 1.35 + random() * 0.3 },
    );
  }
  for (let column = 0; column < COLUMNS; column++) {
    for (let y = 0.2 - column * 0.6; y < height + 2; y += 1.3) {
      const out = 1.15 + column * 1.2 + random() * 0.3;
      wood.push({ x: -out, y: y + random() * 0.5 }, { x: width + out, y: y + random() * 0.5 });
    }
  }
  for (const { x, y } of wood.sort((a, b) => a.y - b.y)) drawTree(pen, x, y, 0.55 + random() * 0.2, true);
}

function drift(pen: CanvasRenderingContext2D, x: number, y: number, size: number, bright: number): void {
  const colour = bright > 0.5 ? '255, 255, 255' : '176, 204, 230';
  const soft = pen.createRadialGradient(0, 0, 0, 0, 0, size);
  soft.addColorStop(0, `rgba(${colour}, ${bright > 0.5 ? 0.9 : 0.4})`);
  soft.addColorStop(1, `rgba(${colour}, 0)`);
  pen.save();
  pen.translate(x, y);
  pen.scale(1, 0.42);
  pen.fillStyle = soft;
  dot(pen, 0, 0, size);
  pen.restore();
}

function dot(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function roundRect(pen: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  pen.fill();
}
