import { TAG_MASK } from '../wire/packet.ts';

/** What tells the sessions of one process apart. By chance, which secures nothing: it keeps late packets from being taken for new ones. */
export class SessionNames {
  readonly #random: () => number;
  #tag: number;

  /** `random`: from 0 to 1, as `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
    this.#tag = this.#chance(TAG_MASK + 1);
  }

  /** A tag that the last {@link TAG_MASK} sessions of this process did not have. */
  newTag(): number {
    this.#tag = (this.#tag + 1) & TAG_MASK;
    return this.#tag;
  }

  newEpoch(): number {
    return this.#chance(2 ** 32);
  }

  #chance(below: number): number {
    return Math.floor(this.#random() * below);
  }
}
