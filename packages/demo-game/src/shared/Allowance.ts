import type { Steering } from './move.ts';

/** Steps that may be caught up on at once, after the network held a player's steerings up. */
const MOST_SAVED = 10;
/** A step earns a little more than one, so that a clock that is fast at a player's never leaves steerings waiting. */
const EARNED = 1.02;
/** After so many steps without a word, no more is expected to be on its way. */
const SILENT_AFTER = 10;

/** How many of a player's steerings count in a step of the arena: who sends more of them than there are steps is no faster. */
export class Allowance {
  #saved = 0;
  #silent = 0;

  /** Called once a step, with how to take up to `most` of what he sent, and what he does who is silent. */
  spend(take: (most: number) => readonly Steering[], idle: () => Steering): readonly Steering[] {
    this.#saved = Math.min(this.#saved + EARNED, MOST_SAVED);
    const taken = take(Math.floor(this.#saved));
    this.#saved -= taken.length;
    this.#silent = taken.length === 0 ? this.#silent + 1 : 0;
    // Time goes on for him, too, or he would stay stunned.
    return this.#silent > SILENT_AFTER ? [idle()] : taken;
  }
}
