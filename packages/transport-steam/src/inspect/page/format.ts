const NOTHING = '–';

/** Milliseconds; below zero: not known. */
export function milliseconds(value: number): string {
  if (value < 0) return NOTHING;
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** A share from 0 to 1; below zero: not known. */
export function share(value: number): string {
  return value < 0 ? NOTHING : `${(100 * value).toFixed(1)} %`;
}

export function bytes(value: number): string {
  if (value < 1_000) return `${Math.round(value)} B`;
  return value < 1_000_000 ? `${(value / 1_000).toFixed(1)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

export function bitsPerSecond(value: number | null): string {
  if (value === null) return 'unlimited';
  return value < 1_000_000 ? `${Math.round(value / 1_000)} kbit/s` : `${(value / 1_000_000).toFixed(1)} Mbit/s`;
}

/** A number for people, without a unit. */
export function amount(value: number): string {
  if (value < 10) return value.toFixed(1);
  return value < 10_000 ? String(Math.round(value)) : `${Math.round(value / 1_000)}k`;
}

/** Time of day, with tenths of a second. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  const tenths = Math.floor(date.getMilliseconds() / 100);
  return `${date.toLocaleTimeString('en-GB')}.${tenths}`;
}
