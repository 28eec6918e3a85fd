import type { EndpointContext } from './context.ts';
import type { HostHandlers } from './types.ts';

/** The host's word on one user. */
export type Decision =
  | 'granted'
  /** No, and not a word to him. */
  | 'silence'
  /** The host thinks. */
  | 'asking'
  | { readonly reason: string };

/**
 * Whether one user may talk to our host. The host is asked once for each session: when Steam announces the user, when he says hello
 * without that, or when he asks something of our host on a session that we began, being players of his.
 */
export class Admission {
  readonly #context: EndpointContext;
  readonly #peer: bigint;
  #decision: Decision | undefined;
  #decidedAt = Number.NEGATIVE_INFINITY;
  /** Who let him in to the present session. */
  #admittedBy: HostHandlers | undefined;

  constructor(context: EndpointContext, peer: bigint) {
    this.#context = context;
    this.#peer = peer;
  }

  /** The host's word is awaited, or is fresh enough to count. */
  isPending(now: number): boolean {
    return this.#decision === 'asking' || now - this.#decidedAt < this.#context.options.connectTimeoutMs;
  }

  get isAsking(): boolean {
    return this.#decision === 'asking';
  }

  /** Asks the host, unless his word is there or awaited. `then` is called with it: now, or later; or never, when it is awaited already. */
  ask(host: HostHandlers, then: (decision: Decision) => void = () => undefined): void {
    if (this.#decision === 'asking') return;
    if (this.#decision !== undefined && this.isPending(this.#context.now())) {
      then(this.#decision);
      return;
    }
    const decide = (decision: Decision) => {
      this.#decision = decision;
      this.#decidedAt = this.#context.now();
      then(decision);
    };
    this.#decision = 'asking';
    try {
      const answer = host.onSessionRequest(this.#peer);
      if (answer instanceof Promise) {
        answer.then(
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

  /** The host's word, asking where nobody did. Once he has let a user in, that holds to the end of the session. */
  decide(host: HostHandlers): Decision {
    if (this.#admittedBy === host) return 'granted';
    this.ask(host);
    const decision = this.#decision as Decision;
    if (decision === 'granted') this.#admittedBy = host;
    return decision;
  }

  /** The session is over: the next one must be admitted anew. */
  reset(): void {
    this.#admittedBy = undefined;
    if (this.#decision !== 'asking') this.#decidedAt = Number.NEGATIVE_INFINITY;
  }
}

/** What is none of the answers is taken for a no. */
function decisionOf(answer: unknown): Decision {
  if (answer === true) return 'granted';
  return typeof answer === 'string' ? { reason: answer } : 'silence';
}
