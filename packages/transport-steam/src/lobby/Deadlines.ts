import type { Endpoint } from '../connection/Endpoint.ts';

/** Time-outs on the endpoint's clock, which is held while there are any: the library has no timer but its poll. */
export class Deadlines {
  readonly #endpoint: Endpoint;
  readonly #pending = new Set<{ at: number; expire: () => void }>();
  #stop: (() => void) | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * Settles as `promise` does, or rejects with `late()` when that takes longer, or with the reason of `signal` as soon as that is
   * aborted: the endpoint is not held any more when `abort()` returns.
   */
  within<T>(promise: Promise<T>, ms: number, late: () => Error, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = { at: this.#endpoint.now() + ms, expire: () => settle(() => reject(late())) };
      const abort = () => settle(() => reject(signal?.reason));
      const settle = (tell: () => void) => {
        if (!this.#pending.delete(deadline)) return;
        signal?.removeEventListener('abort', abort);
        this.#sleep();
        tell();
      };
      // First: what it rejects with is somebody's then, also when it is too late.
      promise.then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
      signal?.throwIfAborted();
      this.#pending.add(deadline);
      signal?.addEventListener('abort', abort);
      this.#wake();
    });
  }

  /** Resolves after so long, or as soon as `signal` is aborted. */
  after(ms: number, signal?: AbortSignal): Promise<void> {
    const never = new Promise<never>(() => undefined);
    return this.within(never, ms, () => new Error('later'), signal).catch(() => undefined);
  }

  #wake(): void {
    if (this.#stop !== undefined) return;
    this.#endpoint.acquire();
    const end = this.#endpoint.onTick((now) => {
      for (const deadline of [...this.#pending]) if (now >= deadline.at) deadline.expire();
    });
    this.#stop = () => {
      end();
      this.#endpoint.release();
    };
  }

  #sleep(): void {
    if (this.#pending.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
