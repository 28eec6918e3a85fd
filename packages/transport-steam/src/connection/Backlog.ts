import { freePacket } from './freePacket.ts';
import type { Turn } from './InboundBudget.ts';
import type { KeptPacket } from './KeptPackets.ts';
import type { Peer } from './Peer.ts';

/** What came of one peer, oldest first. */
interface Waiting {
  readonly packets: KeptPacket[];
  first: number;
}

/**
 * Packets of peers of whom enough was done for now ({@link InboundBudget.begin}). They wait here for a later turn, so that the packets of
 * others, which are behind them in Steam's one queue for all, need not: to read one costs microseconds, to do what is in it can cost
 * a thousand times as much.
 *
 * It has no bound of its own: a packet is paid for when it is read, before it gets here, and who cannot pay floods. What is done is no less than what
 * comes meanwhile of who can, so what waits is less than what his budget holds at once.
 */
export class Backlog {
  readonly #handle: (peer: Peer, packet: KeptPacket) => void;
  readonly #byPeer = new Map<Peer, Waiting>();

  constructor(handle: (peer: Peer, packet: KeptPacket) => void) {
    this.#handle = handle;
  }

  /** Whether a packet of his would overtake others. */
  has(peer: Peer): boolean {
    return this.#byPeer.has(peer);
  }

  get isEmpty(): boolean {
    return this.#byPeer.size === 0;
  }

  add(peer: Peer, packet: KeptPacket): void {
    const waiting = this.#byPeer.get(peer);
    if (waiting === undefined) this.#byPeer.set(peer, { packets: [packet], first: 0 });
    else waiting.packets.push(packet);
  }

  /** Handles of everybody what may be done in this turn. Returns how many packets that was, or were thrown away. */
  work(turn: Turn): number {
    let packets = 0;
    for (const [peer, waiting] of this.#byPeer) {
      packets += this.#workOff(peer, waiting, turn);
      waiting.packets.splice(0, waiting.first);
      waiting.first = 0;
      // A game may poll in a handler: then that turn may have been through with his, and he may have more by now.
      if (waiting.packets.length === 0 && this.#byPeer.get(peer) === waiting) this.#byPeer.delete(peer);
    }
    return packets;
  }

  clear(): void {
    this.#byPeer.clear();
  }

  #workOff(peer: Peer, waiting: Waiting, turn: Turn): number {
    for (let handled = 0; ; handled++) {
      const left = waiting.packets.length - waiting.first;
      const next = waiting.packets[waiting.first];
      if (next === undefined) return handled;
      if (peer.isShutOut(turn.now)) {
        for (const { packet } of waiting.packets.splice(waiting.first)) freePacket(packet);
        peer.countUnheard(left);
        return handled + left;
      }
      if (!peer.begin(next.packet, turn)) return handled;
      waiting.first++;
      this.#handle(peer, next);
    }
  }
}
