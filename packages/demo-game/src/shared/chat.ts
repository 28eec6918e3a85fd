/** Letters of what is said, and of a name. */
const LONGEST_TEXT = 200;
const LONGEST_NAME = 16;

/** A player may say so much within so long. */
const LINES = 5;
const WITHIN_MS = 5_000;

/** What is said, as it is shown: without control characters, not too long. Empty: nothing to show. */
export function chatText(text: unknown): string {
  return oneLine(text, LONGEST_TEXT);
}

/** Without characters that nobody sees, too: two names that look the same are the same. */
export function playerName(name: unknown): string {
  return (typeof name === 'string' && oneLine(name.replace(/\p{Cf}/gu, ''), LONGEST_NAME)) || 'nobody';
}

function oneLine(text: unknown, longest: number): string {
  if (typeof text !== 'string') return '';
  return [...text.replace(/[\p{Cc}\s]+/gu, ' ').trim()].slice(0, longest).join('');
}

/** Who says too much at once is not heard for a while. */
export class ChatLimit {
  readonly #said: number[] = [];

  /** Whether one more line may be said now. Unit: ms. */
  allows(now: number): boolean {
    while (this.#said[0] !== undefined && this.#said[0] <= now - WITHIN_MS) this.#said.shift();
    if (this.#said.length >= LINES) return false;
    this.#said.push(now);
    return true;
  }
}
