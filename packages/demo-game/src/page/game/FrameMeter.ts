const FRAMES = 120;

/** How long frames take the script. */
export class FrameMeter {
  readonly #taken: number[] = [];

  /** The median of the last {@link FRAMES}: a frame in which the machine did something else does not count. Unit: ms. */
  get medianMs(): number {
    return this.#taken.toSorted((a, b) => a - b)[Math.floor(this.#taken.length / 2)] ?? 0;
  }

  measure(frame: () => void): void {
    const began = performance.now();
    frame();
    this.#taken.push(performance.now() - began);
    if (this.#taken.length > FRAMES) this.#taken.shift();
  }
}
