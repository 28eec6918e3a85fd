/** What one stream receives: how much the other end may send still, and when it is told that it may send more. */
export class Inflow {
  readonly #windowBytes: number;
  readonly #grant: (bytes: number) => void;
  /** Of the other end's window in use. */
  #received = 0;
  /** Of that, taken here, and the other end not told yet. */
  #taken = 0;

  /** `grant` tells the other end. */
  constructor(windowBytes: number, grant: (bytes: number) => void) {
    this.#windowBytes = windowBytes;
    this.#grant = grant;
  }

  /** A frame has come. False when it was not allowed to. */
  receive(cost: number): boolean {
    if (this.#received >= this.#windowBytes) return false;
    this.#received += cost;
    return true;
  }

  /** A frame that came was taken. Told in portions of half the window: a frame of its own for each would double them. */
  take(cost: number): void {
    this.#taken += cost;
    if (this.#taken * 2 < this.#windowBytes) return;
    const bytes = this.#taken;
    this.#received -= bytes;
    this.#taken = 0;
    this.#grant(bytes);
  }
}
