import type { Shell } from './shell.ts';

export const ExitCode = {
  Ok: 0,
  /** What was asked for was done, and found something wrong. */
  Problem: 1,
  /** The command line is wrong. */
  Usage: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One of the commands of `npx colyseus-transport-steam`. */
export interface Command {
  /** One line, for the list of all commands. */
  readonly summary: string;
  /** All of its usage text, with its options. */
  readonly usage: string;
  /** @throws UsageError when `args` are wrong */
  run(args: readonly string[], shell: Shell): Promise<ExitCode>;
}

/** What was typed is wrong; the message names it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
