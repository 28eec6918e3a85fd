const flushes = new Set<() => void>();

function flushAll(): void {
  for (const flush of flushes) flush();
}

/** Calls `flush` when the process exits, by `process.exit()` too. One listener for all, so that many drivers are no leak to Node. */
export function atExit(flush: () => void): void {
  if (flushes.size === 0) process.on('exit', flushAll);
  flushes.add(flush);
}

export function notAtExit(flush: () => void): void {
  if (flushes.delete(flush) && flushes.size === 0) process.off('exit', flushAll);
}
