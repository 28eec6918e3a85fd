import type { Check } from './Check.ts';

/** For information: whether a firewall lets them through shows only in a game with somebody else. */
export const ports: Check = {
  name: 'ports',
  status: 'skipped',
  found: 'not tested: nothing to open for incoming connections',
  advice: 'A firewall must allow outgoing UDP to the ports 3478, 4379, 4380 and 27000-27100.',
};
