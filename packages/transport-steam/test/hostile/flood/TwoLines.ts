import type { DriverEvents, SendType, SteamDriver } from '../../../src/driver/SteamDriver.ts';
import { connectToHub, type HubAddress } from '../../../src/sim.ts';

type Line = Awaited<ReturnType<typeof connectToHub>>;

/** With so many bytes in the queue the lines are not read: they hold back the hubs, and these the senders. */
const ENOUGH_BYTES = 1_048_576;
/** What a packet takes beside its bytes. */
const OVERHEAD_BYTES = 64;
/** Packets that are read from one line before the other has its turn. */
const AT_ONCE = 32;
/** Packets that were given on, before the queue lets go of them. */
const MOST_READ = 1_024;

/**
 * A Steam with a line to the players and one to the user who floods, each over a hub of its own. On Steam no packet goes through a process that all
 * users share; over one hub, who floods would keep that busy, and the others' packets would wait there, which is nothing the host could help.
 * Here they meet where they do on Steam: in the one queue of the host, in the order in which they came. As with steamworks.js, no
 * session can be closed: who floods goes on, and the host has to read it.
 */
export class TwoLines implements SteamDriver {
  readonly #players: Line;
  readonly #flooder: Line;
  /** With whom we talk over the second line. */
  readonly #flooders = new Set<bigint>();
  readonly #queue: (readonly [peer: bigint, packet: Uint8Array, channel: number])[] = [];
  #first = 0;
  #bytes = 0;
  #events: DriverEvents | undefined;

  private constructor(players: Line, flooder: Line) {
    this.#players = players;
    this.#flooder = flooder;
  }

  static async connect(players: HubAddress, flooder: HubAddress): Promise<TwoLines> {
    const line = await connectToHub(players);
    return new TwoLines(line, await connectToHub({ ...flooder, steamId: line.steamId }));
  }

  get steamId(): bigint {
    return this.#players.steamId;
  }

  get limits() {
    return this.#players.limits;
  }

  get isClosed(): boolean {
    return this.#players.isClosed;
  }

  start(events: DriverEvents): void {
    this.#events = events;
    const onPacket: DriverEvents['onPacket'] = (peer, packet, channel) => {
      this.#queue.push([peer, packet, channel]);
      this.#bytes += packet.length + OVERHEAD_BYTES;
    };
    this.#players.start({ ...events, onPacket });
    this.#flooder.start({
      ...events,
      onPacket,
      onSessionRequest: (peer) => {
        this.#flooders.add(peer);
        events.onSessionRequest(peer);
      },
    });
  }

  poll(maxPackets: number): number {
    // His first: what came at the same time has the others behind it.
    while (this.#bytes < ENOUGH_BYTES && this.#flooder.poll(AT_ONCE) + this.#players.poll(AT_ONCE) > 0);
    const packets = this.#queue.slice(this.#first, this.#first + maxPackets);
    for (const packet of packets) {
      this.#first++;
      this.#bytes -= packet[1].length + OVERHEAD_BYTES;
      this.#events?.onPacket(...packet);
    }
    if (this.#first === this.#queue.length || this.#first > MOST_READ) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
    return packets.length;
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    return this.#lineTo(peer).send(peer, packet, sendType, channel);
  }

  acceptSession(peer: bigint): void {
    this.#lineTo(peer).acceptSession(peer);
  }

  close(): void {
    this.#players.close();
    this.#flooder.close();
  }

  #lineTo(peer: bigint): Line {
    return this.#flooders.has(peer) ? this.#flooder : this.#players;
  }
}
