import { createInterface } from 'node:readline';

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
  /** Asks the person at the terminal. '' when he closes it. Undefined: nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;

export function shellOf({ stdin, stdout, stderr, env, cwd }: NodeJS.Process): Shell {
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
    ask: stdin.isTTY && stdout.isTTY ? (question) => answerTo(question, stdin, stdout) : undefined,
  };
}

/** What is typed in a line. Nothing: the terminal is closed, or Ctrl-C was pressed. */
async function answerTo(question: string, input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input, output });
  try {
    return await new Promise((resolve) => {
      lines.once('close', () => resolve(''));
      lines.question(question, resolve);
    });
  } finally {
    lines.close();
  }
}
