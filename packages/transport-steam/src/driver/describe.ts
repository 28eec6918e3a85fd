/** For the message of an error, whatever somebody gave us. Never throws, as `String` does for the namespace of a module. */
export function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a thing without words (${typeof value})`;
  }
}
