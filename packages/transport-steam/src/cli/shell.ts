/** What a command sees of the terminal, and how it writes to it. */
export interface Shell {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** To stdout. */
  readonly write: (text: string) => void;
  /** To stderr. */
  readonly complain: (text: string) => void;
  readonly colours: boolean;
  /** Width of the text. Unit: characters. */
  readonly columns: number;
}

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;

export function shellOf({ stdout, stderr, env, cwd }: NodeJS.Process): Shell {
  // The reader may hang up (| head): nobody is left to tell.
  stdout.on('error', () => {});
  return {
    cwd: cwd(),
    env,
    write: (text) => stdout.write(text),
    complain: (text) => stderr.write(text),
    // https://no-color.org: set to anything but nothing.
    colours: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: Math.min(stdout.columns || WIDEST, WIDEST),
  };
}
