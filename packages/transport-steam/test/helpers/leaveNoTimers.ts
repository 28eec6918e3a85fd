import { afterAll, beforeAll } from '@jest/globals';
import { until } from '../compliance/transport/waiting.ts';

/**
 * Fails when the tests of this file or `describe` leave a timer behind. Waits a little for one that is not ours: core never clears
 * the 2 s time-out of a call to a room in its own process.
 */
export function leaveNoTimers(): void {
  let before = 0;
  beforeAll(() => {
    before = timers();
  });
  afterAll(() => until(() => timers() <= before, 'all timers gone', 4_000));
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
