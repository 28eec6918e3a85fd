import { guard } from './guard.ts';
import type { Session } from './Session.ts';

/** What is put off to the end of the turn: tasks, and the packets of the sessions that have something to send. */
export class EndOfTurn {
  readonly #wake: () => void;
  readonly #now: () => number;
  readonly #tasks: (() => void)[] = [];
  /** Those that have something to send, each once: a set makes its tables anew whenever it has grown and shrunk. */
  readonly #dirty: Session[] = [];

  /** `wake`: there is something to {@link flush}. */
  constructor(wake: () => void, now: () => number) {
    this.#wake = wake;
    this.#now = now;
  }

  /** Runs `task` outside of the caller's stack, before the next packets go. */
  defer(task: () => void): void {
    this.#tasks.push(task);
    this.#wake();
  }

  /** The session has something to send. */
  add(session: Session): void {
    if (!session.isDirty) this.#dirty.push(session);
    session.isDirty = true;
    this.#wake();
  }

  /** Runs the tasks, then gives Steam what it takes. */
  flush(): void {
    // What tasks defer is for the next turn.
    if (this.#tasks.length > 0) for (const task of this.#tasks.splice(0)) guard(task);
    if (this.#dirty.length > 0) this.#flushDirty();
    if (this.#tasks.length > 0) this.#wake();
  }

  /** The last takes the place of whoever has nothing more to send: at any moment, also when the driver throws, each that is dirty is there once. */
  #flushDirty(): void {
    const now = this.#now();
    for (let i = 0; i < this.#dirty.length; ) {
      const session = this.#dirty[i] as Session;
      if (session.error === undefined && !session.flush(now)) {
        i++;
        continue;
      }
      session.isDirty = false;
      const last = this.#dirty.pop() as Session;
      if (i < this.#dirty.length) this.#dirty[i] = last;
    }
  }
}
