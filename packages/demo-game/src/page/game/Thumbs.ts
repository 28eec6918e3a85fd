import type { Point } from '../../shared/arena.ts';
import { make } from './make.ts';

/** Where thumbs go, on a screen that is touched: a stick to the left, which comes to the thumb, a button to the right. */
export class Thumbs {
  readonly #root: HTMLElement;
  readonly #stick;
  readonly #knob;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#stick = make(root, 'div', 'stick');
    this.#knob = make(this.#stick, 'i', '');
    make(root, 'div', 'throw', 'Throw');
  }

  show(stick: { readonly from: Point; readonly to: Point } | undefined): void {
    this.#stick.classList.toggle('held', stick !== undefined);
    if (stick === undefined) {
      this.#stick.style.translate = '';
      this.#knob.style.translate = '';
      return;
    }
    const { left, top } = this.#root.getBoundingClientRect();
    const { from, to } = stick;
    this.#stick.style.translate = `${from.x - left - this.#stick.offsetLeft - this.#stick.offsetWidth / 2}px ${
      from.y - top - this.#stick.offsetTop - this.#stick.offsetHeight / 2
    }px`;
    const far = Math.max(1, Math.hypot(to.x - from.x, to.y - from.y) / 40);
    this.#knob.style.translate = `${(to.x - from.x) / far}px ${(to.y - from.y) / far}px`;
  }
}
