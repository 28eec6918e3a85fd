type Pen = CanvasRenderingContext2D;

/** Things that look the same always are drawn once for each scale, and copied then. */
export class Sprites {
  readonly #made = new Map<string, HTMLCanvasElement>();
  #scale = 1;

  /** Pixels of a unit from now on. */
  set scale(scale: number) {
    this.#scale = scale;
    this.#made.clear();
  }

  /** Draws what `paint` draws at 0, 0 to a place. `key` tells things apart; nothing of it is farther off than `reach`, either way. */
  draw(pen: Pen, key: string, x: number, y: number, reach: number, paint: (pen: Pen) => void): void {
    let made = this.#made.get(key);
    if (made === undefined) {
      made = document.createElement('canvas');
      made.width = made.height = Math.ceil(reach * 2 * this.#scale);
      const own = made.getContext('2d') as Pen;
      own.scale(this.#scale, this.#scale);
      own.translate(reach, reach);
      paint(own);
      this.#made.set(key, made);
    }
    pen.drawImage(made, x - reach, y - reach, made.width / this.#scale, made.height / this.#scale);
  }
}
