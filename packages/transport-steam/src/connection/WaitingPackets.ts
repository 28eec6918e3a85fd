import type { SendType } from '../driver/SteamDriver.ts';
import type { Transmit } from './Outbox.ts';
import type { Riders } from './Riders.ts';
import type { Counters } from './traffic.ts';

export interface WaitingPacket {
  readonly packet: Uint8Array;
  readonly sendType: SendType;
  readonly steamChannel?: number;
  /** Whose frames are in it. */
  readonly riders: readonly Counters[];
  /** A hello: no part of the sequence, and repeated by {@link ReliableLane.repeat} in its own way. */
  readonly isHello?: boolean;
}

/** Packets of one lane that Steam did not take yet, oldest first. */
export class WaitingPackets {
  readonly #transmit: Transmit;
  readonly #packets: WaitingPacket[] = [];
  #bytes = 0;
  #retries = 0;

  constructor(transmit: Transmit) {
    this.#transmit = transmit;
  }

  get size(): number {
    return this.#packets.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How often Steam took a packet not at once. */
  get retries(): number {
    return this.#retries;
  }

  add(waiting: WaitingPacket): void {
    this.#packets.push(waiting);
    this.#bytes += waiting.packet.length;
  }

  /** The oldest, which waits no more. */
  shift(): WaitingPacket | undefined {
    const oldest = this.#packets.shift();
    this.#bytes -= oldest?.packet.length ?? 0;
    return oldest;
  }

  /** Gives a packet to Steam. False: not now, which is counted. */
  transmit({ packet, sendType, steamChannel, riders }: WaitingPacket): boolean {
    if (this.#transmit(packet, sendType, steamChannel)) return true;
    this.countRetry(riders);
    return false;
  }

  /** Sends from the front what goes by `send`. */
  drain(send: (waiting: WaitingPacket) => boolean): void {
    let sent = 0;
    let bytes = 0;
    for (const waiting of this.#packets) {
      if (!send(waiting)) break;
      sent++;
      bytes += waiting.packet.length;
    }
    if (sent > 0) this.#packets.splice(0, sent);
    this.#bytes -= bytes;
  }

  /** Steam refused a packet with frames of these. */
  countRetry(riders: readonly Counters[]): void {
    this.#retries++;
    for (const counters of riders) counters.retries++;
  }

  /** Steam refused the packet that was just written. */
  refuse(riders: Riders): void {
    this.#retries++;
    riders.refuse();
  }

  clear(): void {
    this.#packets.length = 0;
    this.#bytes = 0;
  }
}
