/** In the order of the report. */
export type CheckName =
  | 'node'
  | 'platform'
  | 'steamworks.js'
  | 'addon'
  | 'steam library'
  | 'app id'
  | 'steam client'
  | 'steam init'
  | 'user'
  | 'overlay'
  | 'steam deck'
  | 'self-test'
  | 'ports';

/** `problem`: it will not work. `warning`: it may not, or not all of it. `skipped`: nobody looked, `found` says why. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'skipped';

export interface Check {
  readonly name: CheckName;
  readonly status: CheckStatus;
  /** One line. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What `doctor --json` prints: this one document, and nothing else. */
export interface DoctorReport {
  /** No check is a `problem`: exit code 0, else 1. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export function reportOf(checks: readonly Check[]): DoctorReport {
  return { ok: checks.every(({ status }) => status !== 'problem'), checks };
}

export function ok(name: CheckName, found: string, advice?: string): Check {
  return { name, status: 'ok', found, ...(advice === undefined ? {} : { advice }) };
}

export function warning(name: CheckName, found: string, advice: string): Check {
  return { name, status: 'warning', found, advice };
}

export function problem(name: CheckName, found: string, advice: string): Check {
  return { name, status: 'problem', found, advice };
}

export function skipped(name: CheckName, found: string): Check {
  return { name, status: 'skipped', found };
}
