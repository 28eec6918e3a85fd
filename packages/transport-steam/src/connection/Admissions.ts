import { RecentPeers } from './RecentPeers.ts';
import type { HostHandlers } from './types.ts';

/** The host's word on one user. */
export type Decision =
  | 'granted'
  /** No, and not a word to him. */
  | 'silence'
  /** The host thinks. */
  | 'asking'
  | { readonly reason: string };

/** Who was refused, and tries anew, is put to the host again after so long: he may have joined the lobby meanwhile. */
const ASK_AGAIN_MS = 1_000;

interface Refusal {
  readonly decision: Decision;
  readonly at: number;
  /** The epoch of the hello that it was for, as soon as there was one: to that, it is final. */
  attempt: number | undefined;
}

/**
 * Whom the host let in, whom not, and on whom it still thinks. Bounded in number and time: who is forgotten is asked about anew.
 */
export class Admissions {
  readonly #now: () => number;
  readonly #onDecision: (peer: bigint, decision: Decision) => void;
  readonly #max: number;
  /** Decisions that are awaited. */
  readonly #asking: RecentPeers<object>;
  readonly #granted: RecentPeers<true>;
  readonly #refused: RecentPeers<Refusal>;

  /**
   * `max`: of those awaited, granted and refused each. `forMs`: an answer that takes longer is none, one that is older counts no more.
   * `onDecision`: the host's answer, from inside {@link ask} or later.
   */
  constructor(max: number, forMs: number, now: () => number, onDecision: (peer: bigint, decision: Decision) => void) {
    this.#now = now;
    this.#onDecision = onDecision;
    this.#max = max;
    // Twice, for those who are known have a share of their own.
    this.#asking = new RecentPeers(2 * max, forMs);
    this.#granted = new RecentPeers(max, forMs);
    this.#refused = new RecentPeers(max, forMs);
  }

  /** On how many the host thinks. */
  get asking(): number {
    this.#asking.expire(this.#now());
    return this.#asking.size;
  }

  /** Whether the host has enough to think about. Those who are known have as many places again. */
  isFull(isKnown: boolean): boolean {
    return this.asking >= (isKnown ? 2 * this.#max : this.#max);
  }

  /**
   * The host's word, when there is one that counts for this attempt. `attempt` is the epoch of his hello, undefined where there is none.
   */
  find(peer: bigint, attempt: number | undefined): Decision | undefined {
    const now = this.#now();
    if (this.#asking.get(peer, now) !== undefined) return 'asking';
    if (this.#granted.get(peer, now)) return 'granted';
    const refusal = this.#refused.get(peer, now);
    if (refusal === undefined) return undefined;
    // What was said when Steam announced him is for the hello that comes with it.
    refusal.attempt ??= attempt;
    const isSameAttempt = attempt !== undefined && refusal.attempt === attempt;
    return isSameAttempt || now - refusal.at < ASK_AGAIN_MS ? refusal.decision : undefined;
  }

  hasRefused(peer: bigint): boolean {
    return this.#refused.get(peer, this.#now()) !== undefined;
  }

  /** Nothing is said to him: the host thinks, or wants him to hear nothing. */
  isSilentTo(peer: bigint): boolean {
    const now = this.#now();
    return this.#asking.get(peer, now) !== undefined || this.#refused.get(peer, now)?.decision === 'silence';
  }

  /** Asks the host. */
  ask(peer: bigint, host: HostHandlers): void {
    const question = {};
    this.#asking.set(peer, question, this.#now());
    const decide = (decision: Decision) => {
      // Else it took too long, or this host has stopped.
      if (this.#asking.get(peer, this.#now()) !== question) return;
      this.#asking.delete(peer);
      this.#remember(peer, decision);
      this.#onDecision(peer, decision);
    };
    try {
      const answer = host.onSessionRequest(peer);
      if (isThenable(answer)) {
        Promise.resolve(answer).then(
          (later) => decide(decisionOf(later)),
          () => decide('silence'),
        );
      } else {
        decide(decisionOf(answer));
      }
    } catch {
      decide('silence');
    }
  }

  /** What was decided on him counts no more: his session is over, or something speaks for him now. */
  forget(peer: bigint): void {
    this.#granted.delete(peer);
    this.#refused.delete(peer);
  }

  /** Another host, or none. */
  clear(): void {
    this.#asking.clear();
    this.#granted.clear();
    this.#refused.clear();
  }

  #remember(peer: bigint, decision: Decision): void {
    const now = this.#now();
    this.forget(peer);
    if (decision === 'granted') this.#granted.set(peer, true, now);
    else this.#refused.set(peer, { decision, at: now, attempt: undefined }, now);
  }
}

/** A promise of another realm, or of another library, is one, too. */
function isThenable(answer: unknown): boolean {
  return typeof (answer as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

/** What is none of the answers is taken for a no. */
function decisionOf(answer: unknown): Decision {
  if (answer === true) return 'granted';
  return typeof answer === 'string' ? { reason: answer } : 'silence';
}
