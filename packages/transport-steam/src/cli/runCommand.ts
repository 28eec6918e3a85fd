import { type Command, UsageError } from './Command.ts';
import { doctor } from './doctor/doctor.ts';
import type { Shell } from './shell.ts';

const PROGRAM = 'colyseus-transport-steam';

/** Exit codes of all commands; 0 and 1 are the command's own to give. */
export const ExitCode = { Ok: 0, Problem: 1, Usage: 2 } as const;

const commands: ReadonlyMap<string, Command> = new Map([['doctor', doctor]]);

/** Runs `args`, such as `['doctor', '--json']`, and returns the exit code. */
export async function runCommand(args: readonly string[], shell: Shell): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    shell.write(usage());
    return ExitCode.Ok;
  }
  const command = name === undefined ? undefined : commands.get(name);
  if (command === undefined) {
    const complaint = name === undefined ? 'which command?' : `there is no command ${JSON.stringify(name)}`;
    shell.complain(`${PROGRAM}: ${complaint}\n\n${usage()}`);
    return ExitCode.Usage;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    shell.write(command.usage);
    return ExitCode.Ok;
  }
  try {
    return await command.run(rest, shell);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    shell.complain(`${PROGRAM} ${name}: ${error.message}\n\n${command.usage}`);
    return ExitCode.Usage;
  }
}

function usage(): string {
  const width = Math.max(...[...commands.keys()].map((name) => name.length));
  const list = [...commands].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`).join('');
  return `Usage: ${PROGRAM} <command> [options]\n\n${list}\n${PROGRAM} <command> --help has the options of a command.\n`;
}
