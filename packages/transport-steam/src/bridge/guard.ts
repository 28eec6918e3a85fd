/** Calls what may be game code: what it throws is the game's to see, and disturbs nothing here. */
export function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
