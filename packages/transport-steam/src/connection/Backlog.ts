import type { KeptPacket } from './KeptPackets.ts';
import type { Peer } from './Peer.ts';

/** What came of one peer, oldest first. */
interface Waiting {
  readonly packets: KeptPacket[];
  first: number;
}

/**
 * Packets of peers who have had their share of a turn ({@link InboundBudget.begin}). They wait here for the next turn, so that the packets of
 * others, which are behind them in Steam's one queue for all, need not: to read one costs microseconds, to do what is in it can cost
 * a thousand times as much.
 *
 * It has no bound of its own: a packet is paid for when it is read, before it gets here, and who cannot pay floods.
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

  add(peer: Peer, packet: KeptPacket): void {
    const waiting = this.#byPeer.get(peer);
    if (waiting === undefined) this.#byPeer.set(peer, { packets: [packet], first: 0 });
    else waiting.packets.push(packet);
  }

  /** Handles of everybody what is his share of this turn. Returns how many packets that was, or were thrown away. */
  work(turn: number, now: number): number {
    let packets = 0;
    for (const [peer, waiting] of this.#byPeer) {
      packets += this.#workOff(peer, waiting, turn, now);
      if (waiting.first === waiting.packets.length) this.#byPeer.delete(peer);
    }
    return packets;
  }

  clear(): void {
    this.#byPeer.clear();
  }

  #workOff(peer: Peer, waiting: Waiting, turn: number, now: number): number {
    const { packets, first } = waiting;
    while (waiting.first < packets.length && !peer.isShutOut(now)) {
      const next = packets[waiting.first] as KeptPacket;
      if (!peer.begin(next.packet, turn)) return waiting.first - first;
      waiting.first++;
      this.#handle(peer, next);
    }
    waiting.first = packets.length;
    return packets.length - first;
  }
}
