import type { DoctorReport } from '../../src/cli/doctor/Check.ts';

/** A process that ran the doctor. */
export interface Finished {
  /** Null: it had to be ended. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** This process's environment, as a terminal that Steam and this test run did not start has it, and `env`. */
export function cleanEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { SteamAppId: _, SteamGameId: __, NODE_OPTIONS: ___, ...own } = process.env;
  return { ...own, NODE_NO_WARNINGS: '1', ...env };
}

/** What `doctor --json` printed: the name of each check to `status: found`. */
export function statusesOf(json: string): Readonly<Record<string, string>> {
  const { checks } = JSON.parse(json) as DoctorReport;
  return Object.fromEntries(checks.map(({ name, status, found }) => [name, `${status}: ${found}`]));
}
