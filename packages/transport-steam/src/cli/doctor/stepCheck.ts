import { type Check, type CheckName, problem, skipped } from './Check.ts';
import type { ProbeFailure, ProbeOutcome, ProbeResults, ProbeStep } from './probeProtocol.ts';

/** How what came of a step of the probe becomes a check. */
export interface StepRules<S extends ProbeStep> {
  readonly step: S;
  readonly name: CheckName;
  /** What the probe does in it: "was ended by SIGABRT while …". */
  readonly activity: string;
  /** When the process ends in it. */
  readonly remedy: string;
  /** Why the step was not tried, when the probe went to its end. */
  readonly skippedBecause: string;
  read(result: ProbeResults[S]): Check;
  /** It threw. */
  readFailure(failure: ProbeFailure): Check;
}

export function stepCheck<S extends ProbeStep>(outcome: ProbeOutcome, rules: StepRules<S>): Check {
  const { step, name, activity } = rules;
  // A game in its place would have ended, or hung, too.
  if (outcome.unfinished === step) {
    const when = outcome.results[step] === undefined && outcome.failures[step] === undefined ? 'while' : 'just after';
    const lastWords = outcome.lastWords === '' ? '' : ` The last it said: ${oneLine(outcome.lastWords)}`;
    return problem(name, `the trial process ${outcome.end} ${when} ${activity}`, `${rules.remedy}${lastWords}`);
  }
  const result = outcome.results[step];
  if (result !== undefined) return rules.read(result as ProbeResults[S]);
  const failure = outcome.failures[step];
  if (failure !== undefined) return rules.readFailure(failure);
  return skipped(name, outcome.unfinished === undefined ? rules.skippedBecause : `not reached: the trial process ${outcome.end}`);
}

export function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .replace(/\s+/g, ' ');
}
