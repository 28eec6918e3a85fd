/** Something due at a moment. {@link EventQueue.cancel} takes it back. */
export interface ScheduledEvent {
  readonly at: number;
  /** Settles ties: what was scheduled first runs first, so that a replay is identical. */
  readonly sequence: number;
  run: (() => void) | undefined;
}

/** A binary heap of what is due when. Knows no clock: times are given to it. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #sequence = 0;
  #cancelled = 0;

  /** When the next event is due; undefined when nothing is. */
  get nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Events that are still to run. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  schedule(at: number, run: () => void): ScheduledEvent {
    const event: ScheduledEvent = { at, sequence: this.#sequence++, run };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as ScheduledEvent;
      if (!before(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
    return event;
  }

  /** It will not run. Does nothing for one that ran, or was cancelled before. */
  cancel(event: ScheduledEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    this.#cancelled++;
    // Long timers that are mostly cancelled (a session's 20 s) would pile up below short ones.
    if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#rebuild();
  }

  /** Takes out the first event that is due at `now`; undefined when none is. */
  takeDue(now: number): { at: number; run: () => void } | undefined {
    this.#dropCancelled();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#removeFirst();
    const run = first.run as () => void;
    first.run = undefined;
    return { at: first.at, run };
  }

  clear(): void {
    for (const event of this.#heap) event.run = undefined;
    this.#heap.length = 0;
    this.#cancelled = 0;
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) {
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as ScheduledEvent;
    if (this.#heap.length > 0) this.#sink(last, 0);
  }

  #sink(event: ScheduledEvent, from: number): void {
    const heap = this.#heap;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as ScheduledEvent, heap[child] as ScheduledEvent)) child++;
      const below = heap[child] as ScheduledEvent;
      if (!before(below, event)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = event;
  }

  #rebuild(): void {
    const alive = this.#heap.filter((event) => event.run !== undefined).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#heap.length = 0;
    for (const event of alive) this.#heap.push(event); // sorted is a heap
    this.#cancelled = 0;
  }
}

function before(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
