import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { bundle } from '../../src/browser/bundle.ts';

test.each(['pane', 'table'] as const)('the page %s is under 400 kB, compressed', async (name) => {
  const files = Object.values(await bundle(name));
  expect(files).toHaveLength(3);
  const bytes = files.reduce((sum, { text }) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThan(400_000);
});
