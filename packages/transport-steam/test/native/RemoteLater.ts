import type { Later, Method } from './messages.ts';
import { reviveError } from './remoteErrors.ts';

export type RemoteCall = (method: Method, ...args: readonly unknown[]) => unknown;

/** Between two questions, while there is something to wait for. Unit: ms. */
const ASK_MS = 3;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The parent's side of what a driver answers later. The child cannot speak unasked, so that it is asked again and again. */
export class RemoteLater {
  readonly #call: RemoteCall;
  readonly #waiting = new Map<number, Waiting>();
  readonly #subscribed = new Map<number, (name: string, args: readonly unknown[]) => void>();
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: RemoteCall) {
    this.#call = call;
  }

  /** Calls a method that is answered later. What it throws at once is thrown at once. */
  ask(method: Method, ...args: readonly unknown[]): Promise<unknown> {
    const asked = this.#asked++;
    this.#call(method, asked, ...args);
    const answer = new Promise((resolve, reject) => this.#waiting.set(asked, { resolve, reject }));
    this.#askOn();
    return answer;
  }

  /** As {@link ask}, with any number of answers. Returns what ends that. */
  subscribe(method: Method, onTold: (name: string, args: readonly unknown[]) => void, ...args: readonly unknown[]): () => void {
    const asked = this.#asked++;
    this.#call(method, asked, ...args);
    this.#subscribed.set(asked, onTold);
    this.#askOn();
    return () => {
      if (this.#subscribed.delete(asked)) this.#call('unsubscribe', asked);
    };
  }

  /** The process ends: nothing is answered any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#waiting.clear();
    this.#subscribed.clear();
  }

  #askOn(): void {
    this.#timer ??= setInterval(() => this.#ask(), ASK_MS).unref();
  }

  #ask(): void {
    let answers: Later[] = [];
    try {
      answers = this.#call('later') as Later[];
    } catch (error) {
      // The process is gone.
      for (const { reject } of this.#waiting.values()) reject(error);
      this.stop();
    }
    for (const answer of answers) this.#tell(answer);
    if (this.#waiting.size + this.#subscribed.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tell(later: Later): void {
    if (later.type === 'told') {
      this.#subscribed.get(later.asked)?.(later.name, later.args);
      return;
    }
    const waiting = this.#waiting.get(later.asked);
    this.#waiting.delete(later.asked);
    if (later.type === 'resolved') waiting?.resolve(later.value);
    else waiting?.reject(reviveError(later.error));
  }
}
