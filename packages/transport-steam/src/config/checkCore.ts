import { Server } from '@colyseus/core';

/**
 * A process may have two copies of core (a bundler, a test runner, two versions), and rooms of the one are unknown to transports of the other.
 * To be called while a Server listens.
 *
 * @throws Error that says so
 */
export function checkCore(): void {
  if (Server.current !== undefined) return;
  throw new Error(
    'this server is of another copy of @colyseus/core than the one that colyseus-transport-steam has: have one version of it (npm ls ' +
      '@colyseus/core), and keep both out of bundles or both in one',
  );
}
