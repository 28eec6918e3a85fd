import type { SteamDriver } from '../driver/SteamDriver.ts';
import { Backlog } from './Backlog.ts';
import { freePacket } from './freePacket.ts';
import type { Peer } from './Peer.ts';

/** Packets are read in parts of so many, until they have so many bytes: then others have their turn. */
const READ_PACKETS = 32;
const READ_BYTES = 1_048_576;

/**
 * Packets of those who flood are thrown away, those of whom enough was done for now wait, and neither are a part of these. So many are
 * read in one turn: others' are behind them.
 */
const READ_ASIDE = 4_096;

/** What the reader needs of the endpoint. */
export interface ReaderContext {
  readonly driver: SteamDriver;
  readonly maxPacketsPerPoll: number;
  /** Undefined when nothing is known of him. */
  find(id: bigint): Peer | undefined;
  /** A packet whose turn it is. */
  handle(id: bigint, peer: Peer | undefined, packet: Uint8Array, now: number, steamChannel: number): void;
  /** The next turn is wanted soon. */
  hurry(): void;
}

/** Reads Steam's queue, one for all peers, by turns: so much in each, and of each peer no more than may be done now. */
export class Reader {
  readonly #context: ReaderContext;
  readonly #backlog: Backlog;
  readonly #turn = { ms: 0, now: 0 };
  /** Of this turn. */
  #bytes = 0;
  /** Packets of this turn that were not looked at. */
  #aside = 0;

  constructor(context: ReaderContext) {
    this.#context = context;
    this.#backlog = new Backlog((peer, { packet, steamChannel }) =>
      context.handle(peer.id, peer, packet, this.#turn.now, steamChannel),
    );
  }

  /** One turn, which began at `now`: has the driver give its packets to {@link receive}. Returns how many, with those that had waited. */
  read(now: number): number {
    const { driver, maxPacketsPerPoll, hurry } = this.#context;
    this.#turn.ms = now - this.#turn.now;
    this.#turn.now = now;
    const late = this.#backlog.work(this.#turn);
    let packets = 0;
    this.#bytes = this.#aside = 0;
    // At least one part, so that there is no size of packets at which nothing is read.
    while (packets - this.#aside < maxPacketsPerPoll && this.#bytes < READ_BYTES && this.#aside < READ_ASIDE) {
      const wanted = Math.min(READ_PACKETS, maxPacketsPerPoll - packets + this.#aside);
      const read = driver.poll(wanted);
      packets += read;
      if (read < wanted) break;
    }
    if (!this.#backlog.isEmpty) hurry();
    return late + packets;
  }

  /** A packet of anybody's: it is handled now, later or not at all. By default it came in this turn. */
  receive(id: bigint, packet: Uint8Array, steamChannel: number, now: number = this.#turn.now): void {
    this.#bytes += packet.length;
    const peer = this.#context.find(id);
    if (peer?.affords(packet, now) === false) {
      this.#aside++;
      freePacket(packet);
    } else if (peer !== undefined && (this.#backlog.has(peer) || !peer.begin(packet, this.#turn))) {
      this.#aside++;
      this.#backlog.add(peer, { packet, steamChannel });
    } else {
      this.#context.handle(id, peer, packet, now, steamChannel);
    }
  }

  /** Everything is over: what waits is of sessions that ended. */
  clear(): void {
    this.#backlog.clear();
  }
}
