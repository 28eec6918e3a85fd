import { describe, expect, test } from '@jest/globals';
import { corpusOf } from './Corpus.ts';
import { casesFor, timeFor, tryAll } from './cases.ts';
import { decoders } from './decoders.ts';

const cases = casesFor(0.55 / decoders.length);

/** One case must not take longer than this, on whatever machine: what goes round for ever is found, what is slow is seen. */
const SLOW_MS = 1_000;

describe.each(decoders)('$name', ({ name, seeds, decode }) => {
  const corpus = corpusOf(name);

  test.each(corpus)('$name', ({ bytes, isTaken }) => {
    expect(decode(bytes)).toBe(isTaken);
  });

  test('what an honest peer writes is taken', () => {
    expect(seeds.map((bytes) => decode(bytes))).toContain(true);
  });

  test(
    `${cases} mutations harm nobody`,
    () => {
      let taken = 0;
      tryAll(name, [...seeds, ...corpus.map(({ bytes }) => bytes)], cases, (bytes) => {
        const since = performance.now();
        if (decode(bytes)) taken++;
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
