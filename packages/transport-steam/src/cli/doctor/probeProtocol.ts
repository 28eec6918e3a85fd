/**
 * What the probe does, one after the other, and what it learns by each. Everything that touches the addon is done there, in a process
 * of its own: steamworks.js and Steam can end or hang the process that they are in.
 */
export interface ProbeResults {
  /** Loading the addon. */
  readonly load: { readonly libraries: readonly string[] };
  /** Starting Steam. */
  readonly init: { readonly appId: number };
  readonly user: { readonly steamId: string; readonly personaName: string };
  /** Whether Steam's overlay is in the process. */
  readonly overlay: { readonly loaded: boolean };
  readonly deck: { readonly isDeck: boolean };
  readonly selfTest: SelfTestResult;
}
export type ProbeStep = keyof ProbeResults;

/** A packet to ourselves: refused by Steam, lost (null), or back after so many ms. */
export type SelfTestResult = { readonly sent: false } | { readonly sent: true; readonly backAfterMs: number | null };

export interface ProbeFailure {
  /** Of a SteamError. */
  readonly code?: string;
  readonly message: string;
  /** What the addon or Steam said, without our own words around it. */
  readonly words: string;
}

/** What the parent asks for, JSON, as the only argument of the program. */
export interface ProbeRequest {
  /** Undefined: Steam is to find it. */
  readonly appId?: number | undefined;
  /** The folder that finds steamworks.js. Undefined: that of this package. */
  readonly from?: string | undefined;
}

/**
 * What the probe says, a line of JSON each, on the file {@link PROBE_FD}. Written at once and before the step is tried, so that a
 * death tells what it was of.
 */
export type ProbeLine =
  | { readonly trying: ProbeStep }
  | { readonly done: ProbeStep; readonly result: ProbeResults[ProbeStep] }
  | { readonly failed: ProbeStep; readonly failure: ProbeFailure }
  /** The last: what ends the process from here on is its own end. */
  | { readonly finished: true };

/** Not stdout or stderr, which Steam writes to as it likes. */
export const PROBE_FD = 3;

/** How the probe went. */
export interface ProbeOutcome {
  readonly results: Partial<ProbeResults>;
  readonly failures: Partial<Readonly<Record<ProbeStep, ProbeFailure>>>;
  /** The last step that it was in, or that it had just done, when it ended. Undefined: it finished, as it should. */
  readonly unfinished: ProbeStep | undefined;
  /** How it ended, in words, such as "was ended by SIGABRT". */
  readonly end: string;
  /** The last that it, or Steam in it, wrote to stderr. */
  readonly lastWords: string;
}
