import { type Command, ExitCode, UsageError } from './Command.ts';
import { doctor } from './doctor/doctor.ts';
import { init } from './init/init.ts';
import type { Shell } from './shell.ts';
import { ownVersion } from './version.ts';

const PROGRAM = 'colyseus-transport-steam';

const commands: ReadonlyMap<string, Command> = new Map([
  ['doctor', doctor],
  ['init', init],
]);

/** Runs `args`, such as `['doctor', '--json']`, as typed behind the name of the program. */
export async function runCommand(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    shell.write(usage());
    return ExitCode.Ok;
  }
  if (name === '--version') {
    shell.write(`${ownVersion()}\n`);
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
  return `Usage: ${PROGRAM} <command> [options]

${list}
${PROGRAM} <command> --help has the options of a command.
${PROGRAM} --version has the version.
`;
}
