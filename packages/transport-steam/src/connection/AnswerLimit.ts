import { Budget } from './Budget.ts';
import { RecentPeers } from './RecentPeers.ts';

/** Refusals and resets to one peer are no faster than this: he cannot make us send. */
const ANSWER_INTERVAL_MS = 1_000;

/** To all strangers together, at once and in a second; to those who are known as many again. Beyond, nobody hears anything. */
const ANSWERS_BURST = 128;
const ANSWERS_PER_SECOND = 512;

/** How often who has no session, or has lost it, is told so. */
export class AnswerLimit {
  /** More than both budgets make in that time. */
  readonly #answered = new RecentPeers<true>(2 * (ANSWERS_BURST + ANSWERS_PER_SECOND), ANSWER_INTERVAL_MS);
  readonly #strangers = inASecond();
  readonly #known = inASecond();

  /** True: he may be told now, and not again for a while. */
  take(peer: bigint, isKnown: boolean, now: number): boolean {
    if (this.#answered.get(peer, now)) return false;
    if (!(isKnown ? this.#known : this.#strangers).take(now)) return false;
    this.#answered.set(peer, true, now);
    return true;
  }
}

function inASecond(): Budget {
  return new Budget(ANSWERS_BURST, (ANSWERS_BURST / ANSWERS_PER_SECOND) * 1_000);
}
