import fc from 'fast-check';
import { mutated } from './mutated.ts';

/**
 * How many cases all suites of this folder try together, and from which seed: `npm run fuzz -- 5000000 7`. Without, as in CI, 100
 * 000, always the same.
 */
const CASES = Number(process.env.FUZZ_CASES ?? 100_000);
export const FUZZ_SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Of all cases, those of one suite. */
export function casesFor(share: number): number {
  return Math.ceil(CASES * share);
}

/** For so many cases, at the speed of a slow machine with others at work on it. Unit: ms. */
export function timeFor(cases: number): number {
  return 60_000 + cases;
}

/** Tries `cases` mutations of the seeds. What fails is shrunk, and shown as a file of the corpus would have it. */
export async function tryAll(
  decoder: string,
  seeds: readonly Uint8Array[],
  cases: number,
  run: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(mutated(seeds), async (bytes) => {
    try {
      await run(bytes);
    } catch (error) {
      const file = `corpus/${decoder}/<what it is>.hex`;
      throw new Error(`FUZZ_SEED=${FUZZ_SEED}, ${file}:\n${hexOf(bytes)}\n${(error as Error).message}`, { cause: error });
    }
  });
  await fc.assert(property, { seed: FUZZ_SEED, numRuns: cases });
}

/** As in the corpus: a byte that is repeated stands there once. */
function hexOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return hex.replace(/\b(\w\w)(?: \1){8,}\b/g, (run, byte) => `${byte}*${(run.length + 1) / 3}`);
}
