import { arena, covers, type Point } from '../../shared/arena.ts';
import { BALL_RADIUS } from '../../shared/flight.ts';
import { pace } from '../../shared/move.ts';
import { rules } from '../../shared/rules.ts';
import type { Player } from '../../shared/state.ts';
import { coatOf, ink, shadeOf } from './colours.ts';
import { drawFigure, drawSnowman } from './figure.ts';
import { drawGround, MARGIN } from './ground.ts';
import type { ShownBall, ShownPlayer } from './Match.ts';
import type { Particles } from './Particles.ts';
import { Sprites } from './Sprites.ts';
import { drawBall, drawHeap, drawRock, drawSnowfall, drawTree, oval } from './scenery.ts';

/** A canvas larger than that costs more than is seen. */
const MOST_PIXELS_EACH = 2;
/** Smaller letters are not read. Unit: px of the page. */
const LEAST_LETTERS = 11;
/** So often footprints fade a little. */
const NEW_SNOW_MS = 900;

/** A player, and what the page remembers of him. */
export interface Actor extends ShownPlayer {
  readonly id: string;
  readonly player: Player;
  readonly isSelf: boolean;
  readonly isSafe: boolean;
  readonly walked: number;
  /** Hit a moment ago: 1, falling to 0. */
  readonly dazed: number;
  /** Since he was frozen. Unit: ms. */
  readonly frozenFor: number;
}

export interface Scene {
  /** Unit: ms. */
  readonly time: number;
  readonly actors: readonly Actor[];
  readonly balls: readonly ShownBall[];
  readonly heaps: Iterable<Point>;
  readonly particles: Particles;
  /** New ones of this frame. */
  readonly footprints: readonly Point[];
  /** Of a player who only walks: which way he throws. */
  readonly aim: { readonly from: Point; readonly angle: number; readonly charge: number } | undefined;
}

/** Draws the arena into a canvas, as large as that fits. */
export class Painter {
  readonly canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #ground = document.createElement('canvas');
  /** The ground with footprints, over which new snow falls. */
  readonly #trodden = document.createElement('canvas');
  readonly #sizes: ResizeObserver;
  readonly #sprites = new Sprites();
  #snowedAt = 0;
  /** Pixels of a unit of the arena, and where its origin is. */
  #scale = 1;
  /** Of the smallest letters that are read. Unit: of the arena. */
  #letters = 0;
  #origin: Point = { x: 0, y: 0 };

  constructor(element: HTMLElement) {
    this.canvas = element.appendChild(document.createElement('canvas'));
    this.#pen = this.canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(this.canvas);
    this.#resize();
  }

  /** Where a place of the arena is in the page. */
  inPage({ x, y }: Point): Point {
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / Math.max(box.width, 1);
    return { x: box.left + (this.#origin.x + x * this.#scale) / ratio, y: box.top + (this.#origin.y + y * this.#scale) / ratio };
  }

  draw(scene: Scene): void {
    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    this.#tread(scene);
    pen.drawImage(this.#trodden, 0, 0);
    pen.setTransform(this.#scale, 0, 0, this.#scale, this.#origin.x, this.#origin.y);

    for (const actor of scene.actors) if (actor.isSelf && !actor.player.frozen) drawRing(pen, actor);
    if (scene.aim !== undefined) drawAim(pen, scene.aim);
    const things: { readonly y: number; draw(): void }[] = [
      ...covers.map(({ x, y, radius, kind }) => ({
        y,
        draw: () =>
          this.#sprites.draw(pen, `${kind}${radius}`, x, y, radius * 4, (own) =>
            kind === 'tree' ? drawTree(own, 0, radius * 0.5, radius) : drawRock(own, 0, 0, radius),
          ),
      })),
      ...[...scene.heaps].map(({ x, y }) => ({ y, draw: () => this.#sprites.draw(pen, 'heap', x, y, 2, drawHeap) })),
      ...scene.actors.map((actor) => ({ y: actor.y, draw: () => drawActor(pen, actor, scene.time) })),
      ...scene.balls.map((ball) => ({ y: ball.y, draw: () => drawFlying(pen, ball) })),
    ];
    for (const thing of things.sort((a, b) => a.y - b.y)) thing.draw();
    scene.particles.draw(pen, this.#letters);
    for (const actor of scene.actors) drawLabel(pen, actor, this.#letters);
    drawSnowfall(pen, scene.time);
  }

  stop(): void {
    this.#sizes.disconnect();
    this.canvas.remove();
  }

  #tread({ time, footprints }: Scene): void {
    const pen = this.#trodden.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
    if (time - this.#snowedAt > NEW_SNOW_MS) {
      this.#snowedAt = time;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.globalAlpha = 0.3; // less would never cover them quite: colours are whole numbers
      pen.drawImage(this.#ground, 0, 0);
      pen.globalAlpha = 1;
    }
    pen.setTransform(this.#scale, 0, 0, this.#scale, this.#origin.x, this.#origin.y);
    pen.fillStyle = 'rgba(150, 182, 212, 0.38)';
    for (const { x, y } of footprints) oval(pen, x, y, 0.17, 0.12);
  }

  #resize(): void {
    const ratio = Math.min(devicePixelRatio, MOST_PIXELS_EACH);
    const { clientWidth, clientHeight } = this.canvas;
    const [width, height] = [Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio))];
    if (this.canvas.width === width && this.canvas.height === height) return;
    Object.assign(this.canvas, { width, height });
    for (const canvas of [this.#ground, this.#trodden]) Object.assign(canvas, { width, height });
    const [across, down] = [arena.width + 2 * MARGIN.x, arena.height + MARGIN.top + MARGIN.bottom];
    this.#scale = Math.min(width / across, height / down);
    this.#sprites.scale = this.#scale;
    this.#letters = (LEAST_LETTERS * ratio) / this.#scale;
    this.#origin = {
      x: (width - arena.width * this.#scale) / 2,
      y: (height - down * this.#scale) / 2 + MARGIN.top * this.#scale,
    };
    const pen = this.#ground.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
    pen.setTransform(this.#scale, 0, 0, this.#scale, this.#origin.x, this.#origin.y);
    drawGround(pen);
    this.#trodden.getContext('2d')?.drawImage(this.#ground, 0, 0);
  }
}

function drawRing(pen: CanvasRenderingContext2D, { x, y, player }: Actor): void {
  pen.strokeStyle = coatOf(player);
  pen.globalAlpha = 0.55;
  pen.lineWidth = 0.1;
  pen.beginPath();
  pen.ellipse(x, y, 0.95, 0.6, 0, 0, 2 * Math.PI);
  pen.stroke();
  pen.globalAlpha = 1;
}

/** Dots in the direction of the throw, as far as it carries. */
function drawAim(pen: CanvasRenderingContext2D, { from, angle, charge }: NonNullable<Scene['aim']>): void {
  const power = charge / pace.fullCharge;
  const dots = 4 + Math.round(power * 7);
  for (let n = 0; n < dots; n++) {
    const far = 1.5 + n * (0.75 + power * 0.5);
    pen.fillStyle = `rgba(47, 79, 115, ${0.55 * (1 - n / dots)})`;
    oval(pen, from.x + Math.cos(angle) * far, from.y + Math.sin(angle) * far, 0.13, 0.1);
  }
}

function drawActor(pen: CanvasRenderingContext2D, actor: Actor, time: number): void {
  const { x, y, aim, charge, walked, dazed, player } = actor;
  const blinks = actor.isSafe && Math.floor(time / 110) % 2 === 0 && dazed === 0;
  const alpha = player.connected ? (blinks ? 0.55 : 1) : 0.4;
  const look = { coat: coatOf(player), shade: shadeOf(player), aim, charge, walked, dazed, alpha };
  if (player.frozen) drawSnowman(pen, x, y, look, actor.frozenFor);
  else drawFigure(pen, x, y, look);
}

function drawFlying(pen: CanvasRenderingContext2D, { x, y, speedX, speedY, share }: ShownBall): void {
  const height = 0.55 + Math.sin(Math.PI * Math.min(share + 0.15, 1)) * 0.75 - share * 0.5;
  for (let n = 4; n > 0; n--) {
    const ago = n * 0.016;
    pen.fillStyle = `rgba(120, 165, 210, ${0.42 - n * 0.08})`;
    oval(pen, x - speedX * ago, y - speedY * ago - height, BALL_RADIUS * (1 - n * 0.14), BALL_RADIUS * (1 - n * 0.14));
  }
  drawBall(pen, x, y, height, BALL_RADIUS);
}

/** Name, and how many hits he can take. */
function drawLabel(pen: CanvasRenderingContext2D, { x, y, player, isSelf }: Actor, leastLetters: number): void {
  const top = y - 2.72;
  const letters = Math.max(0.62, leastLetters);
  pen.font = `${isSelf ? 800 : 650} ${letters}px system-ui, sans-serif`;
  pen.textAlign = 'center';
  pen.lineJoin = 'round';
  pen.lineWidth = letters / 4;
  pen.strokeStyle = 'rgba(255, 255, 255, 0.85)';
  const text = player.connected ? player.name : `${player.name} …`;
  pen.strokeText(text, x, top);
  pen.fillStyle = isSelf ? shadeOf(player) : ink;
  pen.fillText(text, x, top);
  if (player.frozen) return;
  for (let n = 0; n < rules.warmth; n++) {
    pen.fillStyle = n < player.warmth ? coatOf(player) : 'rgba(110, 140, 170, 0.45)';
    pen.beginPath();
    pen.roundRect(x - 0.62 + n * 0.44, top + 0.16, 0.36, 0.14, 0.07);
    pen.fill();
  }
}
