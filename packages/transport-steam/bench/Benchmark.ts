/** One workload, and a control that does the same without us, in the same run. A file exports one as `benchmark`. */
export interface Benchmark {
  /** What runs, beside what, and the unit of the numbers. */
  readonly title: string;
  /** What is to be reached, in words. */
  readonly goal: string;
  /** Why it cannot run here, and how to get what is missing; undefined when it can. */
  problem(): string | undefined;
  /** `args` are what stands behind its name on the command line. */
  run(args: readonly string[]): Promise<Outcome>;
}

export interface Outcome {
  /** All with the same columns, in order. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  /** What is compared with the goal. */
  readonly result: string;
  readonly isGoalReached: boolean;
}
