/**
 * Settles as `promise` does, or rejects with the reason of `signal` when that is aborted first. Then `late` is given what the promise resolves to
 * all the same: what nobody waits for any more must be let go.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, late: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isGivenUp = false;
    const abort = () => {
      isGivenUp = true;
      reject(signal?.reason);
    };
    promise.then(
      (value) => {
        signal?.removeEventListener('abort', abort);
        if (isGivenUp) late(value);
        else resolve(value);
      },
      (error) => {
        signal?.removeEventListener('abort', abort);
        reject(error);
      },
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  });
}
