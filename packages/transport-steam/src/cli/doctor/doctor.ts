import { parseArgs } from 'node:util';
import { MAX_APP_ID } from '../../driver/appId.ts';
import { type Command, ExitCode, UsageError } from '../Command.ts';
import type { Shell } from '../shell.ts';
import { addonChecks } from './addonChecks.ts';
import { appIdNumber, findAppId } from './appId.ts';
import { type DoctorReport, reportOf } from './Check.ts';
import { formatReport } from './formatReport.ts';
import { findSteamworks } from './installation.ts';
import { checkNode, checkPlatform } from './machine.ts';
import { ports } from './ports.ts';
import { runProbe } from './runProbe.ts';
import { steamChecks } from './steamChecks.ts';
import { lookForSteam } from './steamProcess.ts';
import { checkInstallation } from './steamworksCheck.ts';

const usage = `Usage: colyseus-transport-steam doctor [--app <id>] [--json]

Looks at what a game needs to run over Steam on this machine, and says what is missing and what to do.
Run it in the folder of the game.

  --app <id>  the Steam app to start, such as 480; without it SteamAppId of the environment, steam_appid.txt here, or 480
  --json      prints one JSON document: { "ok": boolean, "checks": [{ "name", "status", "found", "advice"? }] }

Exit code: 0 when no check is a problem, 1 when one is, 2 when the command line is wrong.
`;

export const doctor: Command = {
  summary: 'says what is missing on this machine to play over Steam',
  usage,
  async run(args, shell) {
    const { app, json } = parse(args);
    const report = await examine(shell, app);
    shell.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, shell));
    return report.ok ? ExitCode.Ok : ExitCode.Problem;
  },
};

async function examine({ cwd, env }: Shell, app: number | undefined): Promise<DoctorReport> {
  const installation = findSteamworks(cwd);
  const appId = findAppId(app, env, cwd);
  const [outcome, sighting] = await Promise.all([
    runProbe({ cwd, env, request: { appId: appId.forInit, from: installation.ofGame && cwd } }),
    lookForSteam(),
  ]);
  const machine = { platform: process.platform, arch: process.arch };
  return reportOf([
    checkNode(process.versions.node),
    checkPlatform(machine),
    checkInstallation(installation),
    ...addonChecks(outcome, machine, installation.ofGame ?? installation.ours),
    appId.check,
    ...steamChecks(outcome, appId.appId, sighting),
    ports,
  ]);
}

function parse(args: readonly string[]): { app: number | undefined; json: boolean } {
  let values: { app?: string; json?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: { app: { type: 'string' }, json: { type: 'boolean' } } }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { app, json = false } = values;
  const id = app === undefined ? undefined : appIdNumber(app);
  if (app !== undefined && id === undefined) {
    throw new UsageError(`--app is ${JSON.stringify(app)}, but must be a number from 1 to ${MAX_APP_ID}, such as 480`);
  }
  return { app: id, json };
}
