import { isReliablePacket, PACKET_HEADER_BYTES, sequenceOf, tagOf } from '../wire/packet.ts';
import { RecentPeers } from './RecentPeers.ts';

/** Of one user. A hello and a request of matchmaking have some hundred bytes. */
const KEPT_BYTES = 4_096;

/** What a packet takes beside its bytes, roughly. */
const PACKET_OVERHEAD_BYTES = 64;

export interface KeptPacket {
  readonly packet: Uint8Array;
  readonly steamChannel: number;
}

interface Kept {
  readonly epoch: number;
  /** In the packets that follow the hello. */
  readonly tag: number;
  /** The hello, and the reliable packets behind it, numbered from 0. */
  readonly packets: KeptPacket[];
  bytes: number;
}

/**
 * The hellos of those on whom the host still thinks, each with the reliable packets behind it: with the decision they are read, and nobody has to
 * wait until he says hello again. Of whom there is more than fits, nothing is kept: he does say it again, and all the rest with it.
 */
export class KeptPackets {
  readonly #byPeer: RecentPeers<Kept>;

  constructor(maxPeers: number, forMs: number) {
    this.#byPeer = new RecentPeers(maxPeers, forMs);
  }

  /** A hello. When it is repeated, what follows is, too, and is known by its numbers. */
  begin(peer: bigint, hello: { readonly epoch: number; readonly tag: number }, packet: KeptPacket, now: number): void {
    if (this.#byPeer.get(peer, now)?.epoch === hello.epoch) return;
    const kept = { epoch: hello.epoch, tag: hello.tag, packets: [], bytes: 0 };
    this.#byPeer.set(peer, kept, now);
    this.#push(peer, kept, packet);
  }

  /** A packet that follows a hello. False when that is not kept. */
  add(peer: bigint, next: KeptPacket, now: number): boolean {
    const kept = this.#byPeer.get(peer, now);
    const { packet } = next;
    if (kept === undefined || packet.length < PACKET_HEADER_BYTES || tagOf(packet) !== kept.tag) return false;
    if (isReliablePacket(packet) && sequenceOf(packet) === kept.packets.length - 1) this.#push(peer, kept, next);
    return true;
  }

  /** Hands over what is kept of him, in order. */
  take(peer: bigint, now: number): readonly KeptPacket[] {
    const kept = this.#byPeer.get(peer, now);
    this.#byPeer.delete(peer);
    return kept?.packets ?? [];
  }

  clear(): void {
    this.#byPeer.clear();
  }

  #push(peer: bigint, kept: Kept, { packet, steamChannel }: KeptPacket): void {
    kept.bytes += packet.length + PACKET_OVERHEAD_BYTES;
    if (kept.bytes > KEPT_BYTES) this.#byPeer.delete(peer);
    // A copy: it may be a view of more.
    else kept.packets.push({ packet: packet.slice(), steamChannel });
  }
}
