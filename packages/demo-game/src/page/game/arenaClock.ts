import type { Room, RoomClock } from '@colyseus/sdk';
import type { Arena } from '../../shared/state.ts';

/**
 * The room's clock, for interpolation. The SDK dates a place by the last reliable patch, which may be late when a packet was lost, while
 * unreliable places go on: they bring their own time. And it takes a gap of two patches for a player who stood: here it may be a loss.
 */
export function arenaClock(room: Room<unknown, Arena>): RoomClock {
  const { clock } = room;
  return {
    now: () => clock.now(),
    serverNow: () => clock.serverNow(),
    renderNow: () => clock.renderNow(),
    rtt: () => clock.rtt(),
    smoothedRtt: () => clock.smoothedRtt(),
    jitter: () => clock.jitter(),
    lastServerTime: () => room.state.time,
    patchInterval: () => 0,
    sample: (serverNow, rtt) => clock.sample(serverNow, rtt),
  };
}
