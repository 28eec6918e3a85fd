import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { MAX_APP_ID } from '../../driver/appId.ts';
import { type Command, ExitCode, UsageError } from '../Command.ts';
import { appIdNumber, SPACEWAR } from '../doctor/appId.ts';
import type { Shell } from '../shell.ts';
import { applyChanges } from './apply.ts';
import { type Plan, type PlanOptions, planFor } from './plan.ts';
import { nextSteps, planText } from './report.ts';
import { isSource } from './sourceFiles.ts';

const usage = `Usage: colyseus-transport-steam init [<file>...] [--app-id <id>] [--yes | --dry-run]

Changes a Colyseus project so that its environment says whether it runs on WebSocket or on Steam: the line from which its server has the
transport, and those from which its players have the client. Shows all changes, and asks before it writes.
Run it in the folder of the game, where its package.json is.

  <file>         change these only, such as the one of two servers; without it all files of the folder, but tests
  --app-id <id>  what to write into steam_appid.txt, if there is none; without it 480
  --yes          writes without asking
  --dry-run      writes nothing

Exit code: 0 when all is as it should be, 1 when something is left to do (what was not written, what is to be changed by hand, or there is no
Colyseus here), 2 when the command line is wrong.
`;

export const init: Command = {
  summary: 'has a Colyseus project run on WebSocket or Steam, as its environment says',
  usage,
  async run(args, shell) {
    const { mode, ...options } = parse(args, shell.cwd);
    const plan = await planFor(shell.cwd, options);
    if (plan === undefined)
      return failed(shell, 'there is no package.json in this folder that can be read: run it in the folder of the game');
    const { found, changes } = plan;
    if (found.length === 0) return failed(shell, 'found no Colyseus server or client here');
    shell.write(planText(plan, shell.colours));
    const left = found.some(({ verdict }) => verdict.kind === 'by hand') ? ExitCode.Problem : ExitCode.Ok;
    if (changes.length === 0) {
      shell.write(left === ExitCode.Ok ? '\nNothing to do.\n' : '');
      return left;
    }
    if (!(await isWanted(mode, shell))) return ExitCode.Problem;
    return write(plan, shell) ?? left;
  },
};

type Mode = 'ask' | 'yes' | 'dry-run';

async function isWanted(mode: Mode, shell: Shell): Promise<boolean> {
  if (mode === 'yes') return true;
  if (mode === 'dry-run') return false;
  if (shell.ask === undefined) {
    shell.complain('\nNothing was written: there is no terminal to ask at. With --yes it writes without asking.\n');
    return false;
  }
  const answer = await shell.ask('\nWrite these changes? [y/N] ');
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Undefined: it is done. */
function write(plan: Plan, shell: Shell): ExitCode | undefined {
  const changed = applyChanges(shell.cwd, plan.changes);
  if (changed !== undefined) return failed(shell, `${changed} has changed meanwhile; nothing was written, run it again`);
  shell.write(`\nWritten: ${plan.changes.map(({ file }) => file).join(', ')}\n${nextSteps(plan)}`);
  return undefined;
}

function failed(shell: Shell, why: string): ExitCode {
  shell.complain(`colyseus-transport-steam init: ${why}\n`);
  return ExitCode.Problem;
}

function parse(args: readonly string[], cwd: string): PlanOptions & { mode: Mode } {
  let parsed: { values: { 'app-id'?: string; yes?: boolean; 'dry-run'?: boolean }; positionals: string[] };
  try {
    const options = { 'app-id': { type: 'string' }, yes: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const;
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { 'app-id': app, yes = false, 'dry-run': dryRun = false } = parsed.values;
  if (yes && dryRun) throw new UsageError('--yes and --dry-run are opposites: give one of them');
  const appId = app === undefined ? SPACEWAR : appIdNumber(app);
  if (appId === undefined) {
    throw new UsageError(`--app-id is ${JSON.stringify(app)}, but must be a number from 1 to ${MAX_APP_ID}, such as 480`);
  }
  const files = parsed.positionals.length === 0 ? undefined : parsed.positionals.map((file) => checkFile(file, cwd));
  return { files, appId, mode: yes ? 'yes' : dryRun ? 'dry-run' : 'ask' };
}

function checkFile(file: string, cwd: string): string {
  const path = relative(cwd, join(cwd, file)).split(sep).join('/');
  if (path.startsWith('../') || !existsSync(join(cwd, path)))
    throw new UsageError(`there is no file ${JSON.stringify(file)} in this folder`);
  if (!isSource(path)) throw new UsageError(`${JSON.stringify(file)} is no TypeScript or JavaScript of a game`);
  return path;
}
