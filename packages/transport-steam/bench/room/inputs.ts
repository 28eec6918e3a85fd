const PER_SECOND = 20;
const STEP_MS = 5;

/** Calls `send` for each of `count` players, 20 times a second, evenly spread. Returns what ends it. */
export function sendInputs(count: number, send: (player: number) => void): () => void {
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1_000) * PER_SECOND * count);
    for (; sent < due; sent++) send(sent % count);
  }, STEP_MS);
  return () => clearInterval(timer);
}
