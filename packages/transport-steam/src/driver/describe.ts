/** Of what somebody gave us, in a message. Unit: characters. */
const MAX_LENGTH = 120;

/** What was thrown, for the message of another error. */
export function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : describe(thrown);
}

/** For the message of an error, whatever somebody gave us. Never throws, as `String` does for the namespace of a module. */
export function describe(value: unknown): string {
  try {
    const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
    // A class is all of its source.
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  } catch {
    return `a thing without words (${typeof value})`;
  }
}
