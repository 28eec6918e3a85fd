import { RecentPeers } from './RecentPeers.ts';

/** Of one peer: who has had more since then does not say the first ones again. */
const ENDED_PER_PEER = 8;

/** After the last one of his: the longest that a peer may greet (`connectTimeoutMs`), and what Steam may take to carry it. Unit: ms. */
const ENDED_FOR_MS = 900_000;

/** So many peers, as a multiple of `maxPeers`. The first to be forgotten is who had no session for longest. */
const ENDED_SHARE = 4;

/**
 * The sessions that have ended here, by what their peers called them. A peer who has not heard that his began says its beginning again, and
 * all that is in it: taken for another session, that would be done twice.
 */
export class EndedSessions {
  readonly #epochs: RecentPeers<readonly number[]>;

  constructor(maxPeers: number) {
    this.#epochs = new RecentPeers(ENDED_SHARE * maxPeers, ENDED_FOR_MS);
  }

  /** `epoch`: the peer's. */
  add(peer: bigint, epoch: number, now: number): void {
    const former = this.#epochs.get(peer, now) ?? [];
    this.#epochs.set(peer, [...former, epoch].slice(-ENDED_PER_PEER), now);
  }

  has(peer: bigint, epoch: number, now: number): boolean {
    return this.#epochs.get(peer, now)?.includes(epoch) ?? false;
  }
}
