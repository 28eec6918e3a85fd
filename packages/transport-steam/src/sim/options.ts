import { checkFields, checkNumber } from './checks.ts';
import { type LinkConditions, MAX_DURATION_MS, perfectConditions, resolveConditions } from './conditions.ts';

/**
 * Where a simulated Steam has its time from. `virtual`: it stands until `advance()`. `real`: `performance.now()`.
 * A function: milliseconds, never going back.
 */
export type SimulationClock = 'virtual' | 'real' | (() => number);

/** What Steam documents is fixed; what it does not is a knob here. */
export interface SimulatedSteamOptions {
  /**
   * Two simulations with the same seed and the same calls do the same.
   * @default 1
   */
  seed?: number;
  /** @default 'virtual' */
  clock?: SimulationClock;
  /**
   * Of every link that has no conditions of its own.
   * @default perfectConditions
   */
  conditions?: LinkConditions;
  /**
   * Steam channels of every user. 1 is what steamworks.js 0.4.0 binds. Unit: channels.
   * @default 8
   */
  channels?: number;
  /**
   * What a user may have queued for another before `send` returns false: reliable packets that were not handed over in their turn, and all that
   * waits for a session. Undocumented by Valve. Unit: bytes.
   * @default 1_048_576
   */
  queueLimitBytes?: number;
  /**
   * What a process may leave unread. Beyond, unreliable packets are lost and reliable ones wait at their sender. Unit: bytes.
   * @default 16_777_216
   */
  inboxLimitBytes?: number;
  /**
   * Time without getting through after which Steam reports a session as failed (Valve: about 20 s). Unit: ms.
   * @default 20_000
   */
  sessionTimeoutMs?: number;
  /**
   * A session request that was not answered is posted again after so long, while the sender keeps sending. Unit: ms.
   * @default 20_000
   */
  requestRepeatMs?: number;
  /**
   * Time that finding a way through the NATs takes before the first packet of a session leaves (Valve: may be hundreds). Unit: ms.
   * @default 0
   */
  natTraversalMs?: number;
  /**
   * Whether a session that fails again is reported again. Steam was seen to report a user once only until his session is closed.
   * @default false
   */
  repeatFailures?: boolean;
  /**
   * Whether packets for the former process of a user reach the one that runs now. Within one process they always do: a driver
   * that is closed and started again reads what came in between.
   * @default false
   */
  stalePackets?: boolean;
  /**
   * Time until Steam has made a lobby, or let a user into one or not. Unit: ms.
   * @default 0
   */
  lobbyCallMs?: number;
  /**
   * Time until Steam has a list of lobbies (Valve: 300 ms to 5 s). Unit: ms.
   * @default 0
   */
  lobbyListMs?: number;
  /**
   * Time until what one does in a lobby is known to Steam's servers and to its other members; what is done meanwhile travels
   * along (Valve: data is sent in batches). Unit: ms.
   * @default 0
   */
  lobbyUpdateMs?: number;
  /**
   * Time until Steam takes a user out of his lobbies whose process has ended, or who has lost the connection to Steam. Unit: ms.
   * @default 0
   */
  lobbyExitMs?: number;
  /**
   * Whether a list has only the lobbies with the data that is wanted. steamworks.js 0.4.0 has no filters.
   * @default false
   */
  lobbyFilters?: boolean;
}

export const defaultSimulatedSteamOptions: Required<SimulatedSteamOptions> = {
  seed: 1,
  clock: 'virtual',
  conditions: perfectConditions,
  channels: 8,
  queueLimitBytes: 1_048_576,
  inboxLimitBytes: 16_777_216,
  sessionTimeoutMs: 20_000,
  requestRepeatMs: 20_000,
  natTraversalMs: 0,
  repeatFailures: false,
  stalePackets: false,
  lobbyCallMs: 0,
  lobbyListMs: 0,
  lobbyUpdateMs: 0,
  lobbyExitMs: 0,
  lobbyFilters: false,
};

/** Merges with the defaults. @throws RangeError, TypeError naming the field, the value and the bound */
export function resolveOptions(given: SimulatedSteamOptions): Required<SimulatedSteamOptions> {
  checkFields('SimulatedSteamOptions', given, defaultSimulatedSteamOptions);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: Required<SimulatedSteamOptions> = { ...defaultSimulatedSteamOptions, ...set };
  checkNumber('seed', options.seed, 0, 0xffff_ffff);
  if (options.clock !== 'virtual' && options.clock !== 'real' && typeof options.clock !== 'function') {
    throw new TypeError(`clock is ${String(options.clock)}, but must be 'virtual', 'real' or a function`);
  }
  options.conditions = resolveConditions(options.conditions);
  checkNumber('channels', options.channels, 1, 256);
  checkNumber('queueLimitBytes', options.queueLimitBytes, 1, Number.POSITIVE_INFINITY);
  checkNumber('inboxLimitBytes', options.inboxLimitBytes, 1, Number.POSITIVE_INFINITY);
  checkNumber('sessionTimeoutMs', options.sessionTimeoutMs, 1, MAX_DURATION_MS);
  checkNumber('requestRepeatMs', options.requestRepeatMs, 0, MAX_DURATION_MS);
  checkNumber('natTraversalMs', options.natTraversalMs, 0, MAX_DURATION_MS);
  for (const field of ['lobbyCallMs', 'lobbyListMs', 'lobbyUpdateMs', 'lobbyExitMs'] as const) {
    checkNumber(field, options[field], 0, MAX_DURATION_MS);
  }
  return options;
}
