/**
 * Users whom our host does not take, whatever it would say itself: it is not asked. Each is told the reason, once a second at most, and what else
 * comes from him is dropped.
 *
 * A ban is about our host. It ends no session that is there ({@link Endpoint.expel}), and a user whom we turn to ourselves, being a player of
 * his, may answer; what he asks of our host is refused with the reason.
 */
export class BanList {
  readonly #reasons = new Map<bigint, string>();

  get size(): number {
    return this.#reasons.size;
  }

  /** `reason` is told to him, and cut to 512 bytes of UTF-8 on the way. A second time gives another reason. */
  add(peer: bigint, reason = 'you are banned'): void {
    if (typeof peer !== 'bigint') throw new TypeError(`a SteamID is a bigint, not ${String(peer)}`);
    if (typeof reason !== 'string') throw new TypeError(`the reason of a ban must be a string, not ${String(reason)}`);
    this.#reasons.set(peer, reason);
  }

  /** False when he was not banned. */
  delete(peer: bigint): boolean {
    return this.#reasons.delete(peer);
  }

  has(peer: bigint): boolean {
    return this.#reasons.has(peer);
  }

  /** Why he is banned; undefined when he is not. */
  reasonOf(peer: bigint): string | undefined {
    return this.#reasons.get(peer);
  }

  [Symbol.iterator](): IterableIterator<readonly [peer: bigint, reason: string]> {
    return this.#reasons.entries();
  }
}
