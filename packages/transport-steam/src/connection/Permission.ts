import { RefuseCode } from '../wire/hello.ts';
import { Budget } from './Budget.ts';
import type { PeerContext, Rejection } from './context.ts';
import type { HostHandlers, RequestHandler } from './types.ts';

/** What a peer with a session may ask of us. */
export class Permission {
  readonly #context: PeerContext;
  readonly #peer: bigint;
  readonly #budget = new Budget();
  /** The host that let him in to the present session. */
  #admittedBy: HostHandlers | undefined;
  /** Why he may ask nothing any more. */
  #revoked: string | undefined;

  constructor(context: PeerContext, peer: bigint) {
    this.#context = context;
    this.#peer = peer;
  }

  /** Whether he has asked for nothing lately. */
  isUntouched(now: number): boolean {
    return this.#budget.isFull(now);
  }

  /** Whether he may begin anew. */
  mayGreet(): boolean {
    return this.#context.isSelf || this.#budget.has(this.#context.now());
  }

  /** The host has let him in, to the end of the session. It costs him as much as a request: he may not begin anew for ever. */
  grant(host: HostHandlers): void {
    this.#admittedBy = host;
    this.#budget.take(this.#context.now());
  }

  /** Whether his hello, said again, is answered again. That costs him as much as a request, too. */
  mayRepeat(): boolean {
    return this.#context.isSelf || this.#budget.take(this.#context.now());
  }

  revoke(reason: string): void {
    this.#revoked = reason;
  }

  /** The session is over: the next one must be admitted anew. */
  reset(): void {
    this.#admittedBy = this.#revoked = undefined;
  }

  /** Who takes the connection that he opens, or why nobody does. */
  admit(): HostHandlers | Rejection {
    const host = this.#mayAsk() ?? this.#host();
    return host === 'undecided' ? denied('the host has not decided yet') : host;
  }

  /**
   * Who answers his request, which need not be for a host. The path is undefined when it is malformed. `isAgain`: it was asked for before, and
   * counted then.
   */
  responder(path: string | undefined, isAgain: boolean): RequestHandler | Rejection | 'undecided' {
    const rejection = isAgain ? undefined : this.#mayAsk();
    if (rejection !== undefined) return rejection;
    const answerer = path === undefined ? undefined : this.#context.answerer(path);
    if (answerer !== undefined) return answerer;
    const host = this.#host();
    return host === 'undecided' || 'code' in host ? host : (...request) => host.onRequest(...request);
  }

  #host(): HostHandlers | Rejection | 'undecided' {
    const host = this.#context.host();
    if (host === undefined) return { code: RefuseCode.NotHosting, reason: '' };
    if (this.#context.isSelf) return host;
    const ban = this.#context.banOf(this.#peer);
    if (ban !== undefined) return denied(ban);
    if (this.#admittedBy === host) return host;
    const decision = this.#context.decide(this.#peer);
    if (decision === 'granted') {
      this.#admittedBy = host;
      return host;
    }
    if (decision === 'asking') return 'undecided';
    return denied(typeof decision === 'object' ? decision.reason : 'the host does not let us in');
  }

  /** Why he may ask nothing at all now. */
  #mayAsk(): Rejection | undefined {
    if (this.#revoked !== undefined) return denied(this.#revoked);
    if (this.#context.isSelf || this.#budget.take(this.#context.now())) return undefined;
    return { code: RefuseCode.Full, reason: 'too many connections and requests at once' };
  }
}

function denied(reason: string): Rejection {
  return { code: RefuseCode.Denied, reason };
}
