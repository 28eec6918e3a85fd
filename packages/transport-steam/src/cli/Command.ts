import type { Shell } from './shell.ts';

/** One of the commands of `npx colyseus-transport-steam`. */
export interface Command {
  /** One line, for the list of all commands. */
  readonly summary: string;
  /** All of its usage text, with its options. */
  readonly usage: string;
  /** @returns the exit code. @throws UsageError when `args` are wrong */
  run(args: readonly string[], shell: Shell): Promise<number>;
}

/** What was typed is wrong; the message names it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
