import type { SteamError } from '../driver/SteamError.ts';
import type { PeerContext } from './context.ts';
import { Loopback } from './Loopback.ts';
import { Peer } from './Peer.ts';

/**
 * Each peer's deadlines are looked at once in so long, a few peers in each tick. They are seconds, and to look at all of them every time would be a third
 * of what a host of many costs. Unit: ms.
 */
const ROUND_MS = 100;

/** Everybody whom this process has a session with, or had a moment ago; our own player at our own host is both ends of one. */
export class Peers {
  readonly #steamId: bigint;
  readonly #context: PeerContext;
  readonly #wake: () => void;
  readonly #byId = new Map<bigint, Peer>();
  /** Whose deadlines are looked at next. */
  #next = this.#byId.values();
  #tickedAt = 0;
  /** How many there were when the present round began. */
  #round = 0;
  #loopback: Loopback | undefined;

  /** `wake`: our own player and our own host have something for each other. */
  constructor(steamId: bigint, context: PeerContext, wake: () => void) {
    this.#steamId = steamId;
    this.#context = context;
    this.#wake = wake;
  }

  /** Undefined when nothing is known of him. Of ourselves, the host's end. */
  find(id: bigint): Peer | undefined {
    return this.#byId.get(id) ?? (id === this.#steamId ? this.#loopback?.host : undefined);
  }

  /** Of ourselves, the player's end. */
  reach(id: bigint): Peer {
    if (id === this.#steamId) {
      this.#loopback ??= new Loopback(id, this.#context, this.#wake);
      return this.#loopback.player;
    }
    let peer = this.#byId.get(id);
    if (peer === undefined) {
      peer = new Peer(id, this.#context);
      this.#byId.set(id, peer);
    }
    return peer;
  }

  all(): Peer[] {
    const { player, host } = this.#loopback ?? {};
    return [...this.#byId.values(), player, host].filter((peer) => peer !== undefined);
  }

  /** Between our own player and our own host nothing is left to deliver. */
  get isQuiet(): boolean {
    return this.#loopback?.isEmpty !== false;
  }

  /** Delivers between the two, at most so many packets, and returns how many. */
  receiveOwn(maxPackets: number, now: number): number {
    return this.#loopback?.receive(maxPackets, now) ?? 0;
  }

  tick(now: number): void {
    const share = Math.min(1, (now - this.#tickedAt) / ROUND_MS);
    this.#tickedAt = now;
    for (let left = Math.ceil(Math.max(this.#byId.size, this.#round) * share); left > 0; left--) {
      const peer = this.#nextPeer();
      if (peer === undefined) break;
      peer.tick(now);
      // Who was told of his end may have let go and begun anew: then there is another one in his place.
      if (this.#byId.get(peer.id) === peer && peer.isForgettable(now)) this.#byId.delete(peer.id);
    }
    this.#loopback?.player.tick(now);
    this.#loopback?.host.tick(now);
    if (this.#loopback?.isForgettable(now)) this.#loopback = undefined;
  }

  endAll(why: (peer: Peer) => SteamError): void {
    for (const peer of this.all()) peer.end(why(peer));
    // Who was told may have dialled again: that session is a new one.
    for (const peer of this.#byId.values()) {
      if (peer.session === undefined) this.#byId.delete(peer.id);
    }
    // The former iterator holds those who were deleted behind it, and there may be no tick any more.
    this.#next = this.#byId.values();
    if (this.#loopback?.player.session === undefined && this.#loopback?.host.session === undefined) this.#loopback = undefined;
  }

  /** Whose turn it is to be looked at: after the last, the first again. Undefined when there is nobody. */
  #nextPeer(): Peer | undefined {
    const { value: peer } = this.#next.next();
    if (peer !== undefined) return peer;
    this.#next = this.#byId.values();
    this.#round = this.#byId.size;
    return this.#next.next().value;
  }
}
