import { describe } from '@jest/globals';
import type { ArenaSetup, Differences } from './transport/harness.ts';
import { joining } from './transport/joining.ts';
import { leaving } from './transport/leaving.ts';
import { messages } from './transport/messages.ts';
import { reconnecting } from './transport/reconnecting.ts';
import { refusals } from './transport/refusals.ts';
import { requests } from './transport/requests.ts';
import { state } from './transport/state.ts';
import { worldOfEachTest } from './transport/World.ts';

/**
 * What a Colyseus game may expect of a transport: one suite for every implementation, and for `@colyseus/ws-transport` as the
 * control that shows the suite itself to be right.
 *
 * `setup` makes a transport and its players, anew for each test. Where a transport differs, `differences` says so.
 */
export function testTransport(name: string, setup: ArenaSetup, differences: Differences): void {
  describe(`transport: ${name}`, () => {
    const world = worldOfEachTest(setup);
    joining(world, differences);
    refusals(world);
    messages(world, differences);
    state(world, differences);
    leaving(world);
    reconnecting(world);
    requests(world);
  });
}
