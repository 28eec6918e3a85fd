import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { leaveNoTimers } from '../../helpers/leaveNoTimers.ts';
import { corpusOf } from './Corpus.ts';
import { casesFor, timeFor, tryAll } from './cases.ts';
import { check, type Decoder } from './Decoder.ts';
import { decoders } from './decoders.ts';

leaveNoTimers();

const cases = casesFor(0.55 / decoders.length);

/** One case must not take longer than this, on whatever machine: what goes round for ever is found, what is slow is seen. */
const SLOW_MS = 1_000;

/** What came on the console. */
const said: unknown[] = [];

beforeAll(() => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => void said.push(args[0]));
});

afterAll(() => void jest.restoreAllMocks());

/** What is printed comes once for each message of a peer: nothing may be. */
async function quietly({ decode }: Decoder, bytes: Uint8Array): Promise<boolean> {
  said.length = 0;
  const isTaken = await decode(bytes);
  check(said.length === 0, `on the console: ${said.join(', ')}`);
  return isTaken;
}

describe.each(decoders)('$name', (decoder) => {
  const { name, seeds } = decoder;
  const corpus = corpusOf(name);

  test.each(corpus)('$name', async ({ bytes, isTaken }) => {
    expect(await quietly(decoder, bytes)).toBe(isTaken);
  });

  test('what an honest one writes is taken', async () => {
    const taken: boolean[] = [];
    for (const bytes of seeds) taken.push(await quietly(decoder, bytes));
    expect(taken).toContain(true);
  });

  test(
    `${cases} mutations harm nobody`,
    async () => {
      let taken = 0;
      await tryAll(name, [...seeds, ...corpus.map(({ bytes }) => bytes)], cases, async (bytes) => {
        const since = performance.now();
        if (await quietly(decoder, bytes)) taken++;
        const ms = performance.now() - since;
        if (ms > SLOW_MS) throw new Error(`it took ${ms} ms`);
      });
      // Neither dropped at the door nor waved through.
      expect(taken).toBeGreaterThan(cases / 1_000);
      expect(taken).toBeLessThan(cases);
    },
    timeFor(cases),
  );
});
