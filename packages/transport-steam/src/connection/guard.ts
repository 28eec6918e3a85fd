/** Calls game code. What it throws is the game's to see (an uncaught exception, as from any event handler), not ours to stumble over. */
export function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
