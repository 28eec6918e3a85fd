import { oval } from './scenery.ts';

interface Particle {
  x: number;
  y: number;
  height: number;
  readonly speedX: number;
  readonly speedY: number;
  rise: number;
  age: number;
  readonly life: number;
  readonly size: number;
}

interface Words {
  readonly text: string;
  readonly colour: string;
  readonly x: number;
  readonly y: number;
  age: number;
}

const MOST = 240;
const GRAVITY = 14;
const WORDS_LIVE = 0.9;

/** Snow that flies about, and what is shouted: nobody but who looks at it needs it. Times in seconds. */
export class Particles {
  #particles: Particle[] = [];
  #words: Words[] = [];

  /** `count` crumbs from a point at a height above the ground; `force`: units a second. */
  burst(x: number, y: number, height: number, count: number, force: number): void {
    for (let n = 0; n < count && this.#particles.length < MOST; n++) {
      const angle = Math.random() * 2 * Math.PI;
      const speed = force * (0.3 + Math.random() * 0.7);
      this.#particles.push({
        x,
        y,
        height,
        speedX: Math.cos(angle) * speed,
        speedY: Math.sin(angle) * speed * 0.6,
        rise: force * (0.3 + Math.random() * 0.6),
        age: 0,
        life: 0.35 + Math.random() * 0.4,
        size: 0.06 + Math.random() * 0.13,
      });
    }
  }

  shout(text: string, colour: string, x: number, y: number): void {
    this.#words.push({ text, colour, x, y, age: 0 });
  }

  move(seconds: number): void {
    for (const particle of this.#particles) {
      particle.age += seconds;
      particle.x += particle.speedX * seconds;
      particle.y += particle.speedY * seconds;
      particle.rise -= GRAVITY * seconds;
      particle.height = Math.max(0, particle.height + particle.rise * seconds);
    }
    this.#particles = this.#particles.filter(({ age, life }) => age < life);
    for (const words of this.#words) words.age += seconds;
    this.#words = this.#words.filter(({ age }) => age < WORDS_LIVE);
  }

  /** `leastLetters`: words are at least so large. Unit: of the arena. */
  draw(pen: CanvasRenderingContext2D, leastLetters: number): void {
    for (const { x, y, height, age, life, size } of this.#particles) {
      const left = 1 - age / life;
      pen.fillStyle = left > 0.5 ? '#ffffff' : '#dbe8f4';
      oval(pen, x, y - height, size * left, size * left);
    }
    const letters = Math.max(0.8, leastLetters);
    pen.font = `800 ${letters}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    for (const { text, colour, x, y, age } of this.#words) {
      pen.globalAlpha = Math.min(1, 3 * (1 - age / WORDS_LIVE));
      pen.lineWidth = letters / 4;
      pen.strokeStyle = '#ffffff';
      pen.strokeText(text, x, y - age * 1.6);
      pen.fillStyle = colour;
      pen.fillText(text, x, y - age * 1.6);
    }
    pen.globalAlpha = 1;
  }
}
