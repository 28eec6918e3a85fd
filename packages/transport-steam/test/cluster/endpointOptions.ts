import type { EndpointOptions } from '../../src/index.ts';

/** Of hosts and players alike: who is gone is noticed within a test's patience. */
export const endpointOptions = {
  heartbeatMs: 250,
  deadAfterMs: 1_500,
  connectTimeoutMs: 3_000,
} as const satisfies EndpointOptions;
