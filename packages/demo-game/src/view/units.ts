// Figures in few characters.

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const kilo = count / 1_000;
  return kilo < 100 ? `${kilo.toFixed(1)} kB` : `${Math.round(kilo)} kB`;
}

export function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
