import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Transport } from '@colyseus/core';

/** As core types it, so that our own types do not need Express. */
export type ExpressApp = Awaited<ReturnType<NonNullable<Transport['getExpressApp']>>>;

/**
 * Makes an Express application. Express is the game's to install: only the server's `express` option needs it, and core wants the
 * application at once, so it cannot be imported.
 *
 * @throws Error when Express is not installed.
 */
export function createExpressApp(): NonNullable<ExpressApp> {
  const failures: unknown[] = [];
  // From here, and from where the game runs: a bundled library has no node_modules beside it.
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      const express = createRequire(from)('express') as {
        default?: () => NonNullable<ExpressApp>;
      } & (() => NonNullable<ExpressApp>);
      return (express.default ?? express)();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error("the server's option express needs Express: npm install express", { cause: failures[0] });
}
