import { CloseCode } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import { type Access, type AccessAnswer, access, accessContext } from './access.ts';
import { carefully } from './admission.ts';
import type { FaultLog } from './FaultLog.ts';
import type { HostLobbies } from './HostLobbies.ts';
import { Membership } from './Membership.ts';

/** After these the SDK tries to come back, and the room may hold a seat. */
const MAY_RETURN: ReadonlySet<number> = new Set([
  CloseCode.GOING_AWAY,
  CloseCode.NO_STATUS_RECEIVED,
  CloseCode.ABNORMAL_CLOSURE,
  CloseCode.MAY_TRY_RECONNECT,
]);

/** Asks the game, or the rule that stands in for it, whether a user may talk to the host. */
export class Gate {
  readonly #endpoint: Endpoint;
  readonly #lobbies: HostLobbies;
  readonly #membership: Membership;
  readonly #ask: (steamId: bigint) => AccessAnswer | Promise<AccessAnswer>;

  constructor(endpoint: Endpoint, lobbies: HostLobbies, own: Access | undefined, faults: FaultLog) {
    this.#endpoint = endpoint;
    this.#lobbies = lobbies;
    this.#membership = new Membership(endpoint, () => lobbies.current);
    const members = access.lobby();
    const rule = (): Access => own ?? (lobbies.isWanted ? members : access.anyone);
    this.#ask = carefully((steamId) => rule()(steamId, accessContext(steamId, this.#membership, this.#lobbies.current)), faults);
  }

  ask(steamId: bigint): AccessAnswer | Promise<AccessAnswer> {
    return this.#ask(steamId);
  }

  /** The link of a player to a room has ended. */
  noteEnd(steamId: bigint, code: number): void {
    if (!MAY_RETURN.has(code) || steamId === this.#endpoint.steamId) return;
    this.#membership.noteLost(steamId);
    this.#endpoint.expect(steamId);
  }

  /** Hosting begins. What it returns ends it. */
  open(): () => void {
    const stopTicking = this.#endpoint.onTick((now) => this.#membership.tick(now));
    return () => {
      stopTicking();
      this.#membership.stop();
    };
  }
}
