import type { Point } from '../../shared/arena.ts';
import { FULL_TILT } from '../../shared/move.ts';

/** What a player's hands do: where he walks, and where he points, if a device of his points. */
export interface Hands {
  /** From -{@link FULL_TILT} to {@link FULL_TILT}. */
  readonly dx: number;
  readonly dy: number;
  readonly hold: boolean;
  /** Unit: radians. */
  readonly aim: number | undefined;
}

const NEAREST_TILT = 0.2;
/** How far a thumb moves from where it was put down, for full speed. Unit: px. */
const THUMB = 48;

const ways: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  KeyW: [0, -1],
  ArrowUp: [0, -1],
  KeyS: [0, 1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};
const THROW = 'Space';

/** Keyboard, mouse, gamepad and touch. Keys count while `element`, which takes the focus when it is touched, has it; a gamepad while its page has. */
export class Controls {
  readonly #element: HTMLElement;
  readonly #onUse: () => boolean;
  readonly #listeners = new AbortController();
  readonly #keys = new Set<string>();
  /** Where the mouse points, in the page; undefined when another device was used last. */
  #mouse: { readonly x: number; readonly y: number } | undefined;
  #isMouseDown = false;
  #stick: { readonly finger: number; readonly from: Point; to: Point } | undefined;
  #throwing: number | undefined;

  /** `onUse`: a key, or the arena, is pressed. Says whether the player takes over with that: then the mouse does nothing else. */
  constructor(element: HTMLElement, onUse: () => boolean) {
    this.#element = element;
    this.#onUse = onUse;
    const on = <K extends keyof HTMLElementEventMap>(name: K, handler: (event: HTMLElementEventMap[K]) => void) =>
      element.addEventListener(name, handler, { signal: this.#listeners.signal });
    on('keydown', (event) => this.#press(event));
    on('keyup', ({ code }) => this.#keys.delete(code));
    on('blur', () => this.#letGo());
    on('pointerdown', (event) => this.#touch(event));
    on('pointermove', (event) => this.#drag(event));
    for (const name of ['pointerup', 'pointercancel'] as const) on(name, (event) => this.#lift(event));
    on('contextmenu', (event) => event.preventDefault());
    // A frame that is clicked at its edge has the focus, and none of its elements.
    window.addEventListener('focus', () => document.activeElement === document.body && this.#takeFocus(), {
      signal: this.#listeners.signal,
    });
    this.#takeFocus();
  }

  /** Whether keys count now. */
  get haveFocus(): boolean {
    return document.hasFocus() && document.activeElement === this.#element;
  }

  /** Where the left thumb was put down and is now, in the page, for drawing. */
  get stick(): { readonly from: Point; readonly to: Point } | undefined {
    return this.#stick;
  }

  /** `from` is where the player stands, in the page. */
  read(from: Point | undefined): Hands {
    const pad = this.#gamepad();
    const held = this.#keys.has(THROW) || this.#isMouseDown || this.#throwing !== undefined || pad?.hold === true;
    const [dx, dy] = pad?.walk ?? this.#stickTilt() ?? this.#keyTilt();
    const mouse = this.#mouse;
    const pointed = mouse === undefined || from === undefined ? undefined : Math.atan2(mouse.y - from.y, mouse.x - from.x);
    return { dx: Math.round(dx * FULL_TILT), dy: Math.round(dy * FULL_TILT), hold: held, aim: pad?.aim ?? pointed };
  }

  /** Whether a gamepad is used now. */
  get isPadUsed(): boolean {
    const pad = this.#gamepad();
    return pad !== undefined && (pad.hold || pad.walk !== undefined || pad.aim !== undefined);
  }

  stop(): void {
    this.#listeners.abort();
  }

  /** But not from another frame. */
  #takeFocus(): void {
    if (document.hasFocus()) this.#element.focus({ preventScroll: true });
  }

  #press(event: KeyboardEvent): void {
    if (event.target !== this.#element || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.code !== THROW && ways[event.code] === undefined) return;
    event.preventDefault(); // the page would scroll
    this.#onUse();
    this.#keys.add(event.code);
    if (event.code === THROW) this.#mouse = undefined;
  }

  #touch(event: PointerEvent): void {
    const { target, pointerType, pointerId, clientX: x, clientY: y, button } = event;
    if (!(target instanceof HTMLCanvasElement)) return;
    const hadFocus = this.haveFocus;
    const takesOver = this.#onUse();
    this.#element.focus({ preventScroll: true });
    event.preventDefault();
    target.setPointerCapture(pointerId);
    if (pointerType === 'mouse') {
      this.#mouse = { x, y };
      if (button === 0 && hadFocus && !takesOver) this.#isMouseDown = true;
      return;
    }
    this.#mouse = undefined;
    const { left, width } = this.#element.getBoundingClientRect();
    if (x < left + width / 2) this.#stick = { finger: pointerId, from: { x, y }, to: { x, y } };
    else this.#throwing = pointerId;
  }

  #drag({ pointerType, pointerId, clientX: x, clientY: y }: PointerEvent): void {
    if (pointerType === 'mouse') this.#mouse = { x, y };
    else if (this.#stick?.finger === pointerId) this.#stick.to = { x, y };
  }

  #lift({ pointerType, pointerId }: PointerEvent): void {
    if (pointerType === 'mouse') this.#isMouseDown = false;
    if (this.#stick?.finger === pointerId) this.#stick = undefined;
    if (this.#throwing === pointerId) this.#throwing = undefined;
  }

  #letGo(): void {
    this.#keys.clear();
    this.#isMouseDown = false;
    this.#stick = undefined;
    this.#throwing = undefined;
  }

  #keyTilt(): [number, number] {
    let [x, y] = [0, 0];
    for (const key of this.#keys) {
      const [dx, dy] = ways[key] ?? [0, 0];
      x += dx;
      y += dy;
    }
    return [Math.sign(x), Math.sign(y)];
  }

  #stickTilt(): [number, number] | undefined {
    if (this.#stick === undefined) return undefined;
    const { from, to } = this.#stick;
    return shortened((to.x - from.x) / THUMB, (to.y - from.y) / THUMB);
  }

  #gamepad(): { walk: [number, number] | undefined; hold: boolean; aim: number | undefined } | undefined {
    if (!document.hasFocus()) return undefined; // one gamepad, and a pane for each player
    const pad = navigator.getGamepads().find((one) => one !== null);
    if (!pad) return undefined;
    const [dx = 0, dy = 0, lookX = 0, lookY = 0] = pad.axes;
    const looks = Math.hypot(lookX, lookY) > NEAREST_TILT;
    return {
      walk: Math.hypot(dx, dy) > NEAREST_TILT ? shortened(dx, dy) : undefined,
      hold: [0, 5, 7].some((button) => pad.buttons[button]?.pressed === true),
      aim: looks ? Math.atan2(lookY, lookX) : undefined,
    };
  }
}

/** To a length of 1 at most. */
function shortened(x: number, y: number): [number, number] {
  const length = Math.max(1, Math.hypot(x, y));
  return [x / length, y / length];
}
