/** From one complaint to the next. */
const COMPLAINT_MS = 1_000;

/** What is rejected of an honest peer is what was on its way when something ended: never so much of it in that time. */
const NOTABLE_REJECTED = 10;

/** What the one who runs the host is told of a peer: in words, and not more than once a second. */
export class Complaints {
  readonly #complain: (what: string) => void;
  #complainedAt = Number.NEGATIVE_INFINITY;
  /** When the number of what was rejected was last looked at, and what it was then. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #seenRejected = 0;

  constructor(complain: (what: string) => void) {
    this.#complain = complain;
  }

  /** Nothing was said in the last second. */
  isQuiet(now: number): boolean {
    return now - this.#complainedAt >= COMPLAINT_MS;
  }

  make(what: string, now: number): void {
    if (this.isQuiet(now)) this.insist(what, now);
  }

  /** Whatever else was said in this second. */
  insist(what: string, now: number): void {
    this.#complainedAt = now;
    this.#complain(what);
  }

  /** The number of what was rejected begins here: there is a new session. */
  beginAt(rejected: number): void {
    this.#seenRejected = rejected;
  }

  /** `rejected`: packets and messages of his until now. To be called often. */
  look(rejected: number, now: number): void {
    if (now - this.#lookedAt < COMPLAINT_MS) return;
    const more = rejected - this.#seenRejected;
    if (more >= NOTABLE_REJECTED)
      this.make(`${more} packets, messages and requests of his were rejected: they made no sense, or were too many`, now);
    this.#lookedAt = now;
    this.#seenRejected = rejected;
  }
}
