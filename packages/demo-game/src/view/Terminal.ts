import { clearScreenDown, cursorTo } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { createLogUpdate } from 'log-update';
import type { Show } from '../director/Show.ts';
import { frame } from './frame.ts';
import { paintFor } from './paint.ts';

/** Fast enough for a walk, slow enough to read. Unit: ms. */
const REDRAW_MS = 100;

/** A picture that updates in place. */
export class Terminal {
  readonly #show: Show;
  readonly #stream: WriteStream;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #timer: NodeJS.Timeout;
  readonly #onResize = () => this.#resize();

  constructor(show: Show, stream: WriteStream) {
    this.#show = show;
    this.#stream = stream;
    this.#draw = createLogUpdate(stream);
    this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
    stream.on('resize', this.#onResize);
    this.#redraw();
  }

  /** Leaves the last picture, and gives the cursor back. */
  close(): void {
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#onResize);
    this.#redraw();
    this.#draw.done();
  }

  #redraw(): void {
    const { columns, rows } = this.#stream;
    // The cursor stands in the row below.
    this.#draw(frame(this.#show, { columns, rows: rows - 1 }, paintFor(this.#stream)));
  }

  /** The terminal has broken the lines of the last picture anew, and nobody knows where it begins. */
  #resize(): void {
    this.#draw.done();
    cursorTo(this.#stream, 0, 0);
    clearScreenDown(this.#stream);
    this.#redraw();
  }
}
