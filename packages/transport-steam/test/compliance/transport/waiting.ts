/** What the first call of a subscribed callback was given. */
export function once<A extends unknown[]>(subscribe: (callback: (...args: A) => void) => unknown): Promise<A> {
  return new Promise((resolve) => {
    subscribe((...args) => resolve(args));
  });
}

/** Resolves when `condition` holds; fails naming `what` when it does not within `timeoutMs`. */
export async function until(condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(2);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** What a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<{ code?: unknown; message: string; cause?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection, but it resolved');
}
