import { describe } from '../driver/describe.ts';
import { checkSteamId } from '../driver/steamId.ts';
import type { HostLobby } from './HostLobby.ts';
import { GRACE_MS, type Membership, type Standing } from './Membership.ts';

/** True: he may. False: he hears nothing, as if nobody was here. A string: he is refused, and told so with that reason. */
export type AccessAnswer = boolean | string;

/** Whether a user may talk to the host: see option `onSessionRequest`. */
export type Access = (steamId: bigint, context: AccessContext) => AccessAnswer | Promise<AccessAnswer>;

/** What the host knows of the one who asks, for his decision. */
export interface AccessContext {
  /** The lobby of this host: opening, open or being made anew. Undefined: he has none. */
  readonly lobby: HostLobby | undefined;
  /**
   * Whether he is in the lobby, or comes to be within so long: his request can arrive before the lobby shows him. While the lobby
   * is made anew, who was in the former one counts; so does, for a minute, a player whose link to a room was lost. False at once
   * without a lobby.
   * @param graceMs 3000 by default
   */
  isMember(graceMs?: number): Promise<boolean>;
  /**
   * The same, telling a stranger from one of whom nothing can be said, as too many others wait. No promise when it can be told at
   * once.
   */
  standing(graceMs?: number): Standing | Promise<Standing>;
}

/**
 * Who may come in. Each is an `onSessionRequest` of its own, and can be asked by one of the game's:
 *
 * ```ts
 * const members = access.lobby();
 * onSessionRequest: (steamId, context) => isMaintenance ? 'back at noon' : members(steamId, context)
 * ```
 */
export const access = Object.freeze({
  /** Everybody who knows the SteamID of the host. */
  anyone: (() => true) as Access,

  /** Who is in the lobby of the host, as {@link AccessContext.isMember} tells. Nobody while the host has none. */
  lobby(options: { graceMs?: number } = {}): Access {
    if (typeof options !== 'object' || options === null) {
      throw new TypeError(`access.lobby(options) takes { graceMs }, not ${describe(options)}`);
    }
    const { graceMs = GRACE_MS, ...others } = options;
    for (const name of Object.keys(others)) throw new TypeError(`unknown option ${name}; access.lobby() has graceMs only`);
    if (typeof graceMs !== 'number' || !(graceMs >= 0 && graceMs <= 60_000)) {
      throw new RangeError(`access.lobby({ graceMs }) must be from 0 to 60000, not ${describe(graceMs)}`);
    }
    return (_steamId, context) => {
      const standing = context.standing(graceMs);
      return typeof standing === 'string' ? answerTo(standing, context) : standing.then((later) => answerTo(later, context));
    };
  },

  /** Who is in `ids`: a set is asked each time, as it is then, and so is a function; other lists are taken as they are now. */
  list(ids: Iterable<bigint> | (() => Iterable<bigint>)): Access {
    const isIn = listed(ids);
    return (steamId) => isIn(steamId) || 'you are not on the list of this host';
  },

  /** Nobody but the host's own player. Without a reason nobody is told either that there is a host. */
  nobody(reason?: string): Access {
    if (reason !== undefined && typeof reason !== 'string') {
      throw new TypeError(`access.nobody(reason) takes a string, not ${describe(reason)}`);
    }
    return () => reason ?? false;
  },
});

export function accessContext(steamId: bigint, membership: Membership, lobby: HostLobby | undefined): AccessContext {
  const standing = (graceMs: number = GRACE_MS) => membership.of(steamId, graceMs);
  return { lobby, standing, isMember: async (graceMs) => (await standing(graceMs)) === 'member' };
}

function answerTo(standing: Standing, { lobby }: AccessContext): AccessAnswer {
  if (standing === 'member') return true;
  // Silence: Steam posts his request again.
  if (standing === 'unknown') return false;
  return lobby === undefined ? 'this host has no open lobby' : 'join the lobby of this game first';
}

function listed(ids: Iterable<bigint> | (() => Iterable<bigint>)): (steamId: bigint) => boolean {
  if (typeof ids === 'function') {
    return (steamId) => {
      const now = ids();
      return now instanceof Set ? now.has(steamId) : [...now].includes(steamId);
    };
  }
  if (typeof ids !== 'object' || ids === null || !(Symbol.iterator in ids)) {
    throw new TypeError(`access.list(ids) takes SteamIDs (bigint), or a function that returns them, not ${describe(ids)}`);
  }
  const now = [...ids];
  for (const id of now) checkSteamId(id, 'access.list(ids): steamId');
  const set = ids instanceof Set ? ids : new Set(now);
  return (steamId) => set.has(steamId);
}
