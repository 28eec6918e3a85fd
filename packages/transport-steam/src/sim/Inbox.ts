import type { DriverEvents } from '../driver/SteamDriver.ts';

interface Received {
  readonly peer: bigint;
  readonly bytes: Uint8Array;
  readonly channel: number;
}

/** One of the calls of a driver that is not about a packet. */
export type Notice = (events: DriverEvents) => void;

/** What a packet takes beside its bytes, so that empty ones are no way around the limit. Unit: bytes. */
const PACKET_OVERHEAD_BYTES = 64;

/** What Steam holds for a process until the process asks. */
export class Inbox {
  readonly #limitBytes: number;
  #notices: Notice[] = [];
  #packets: (Received | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get packets(): number {
    return this.#packets.length - this.#first;
  }

  /** Whether it takes `bytes` more. An empty one takes anything. */
  hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#limitBytes;
  }

  notify(notice: Notice): void {
    this.#notices.push(notice);
  }

  put(peer: bigint, bytes: Uint8Array, channel: number): void {
    this.#bytes += bytes.length + PACKET_OVERHEAD_BYTES;
    this.#packets.push({ peer, bytes, channel });
  }

  /**
   * A driver's poll: first the notices that are here now, then at most `maxPackets` packets. Returns the number of packets. `isWanted` is
   * asked before each call, since a handler may close the driver.
   */
  deliver(events: DriverEvents, maxPackets: number, isWanted: () => boolean): number {
    for (let left = this.#notices.length; left > 0 && isWanted(); left--) this.#notices.shift()?.(events);
    let delivered = 0;
    while (delivered < maxPackets && isWanted()) {
      const packet = this.#take();
      if (packet === undefined) break;
      delivered++;
      events.onPacket(packet.peer, packet.bytes, packet.channel);
    }
    return delivered;
  }

  #take(): Received | undefined {
    const packet = this.#packets[this.#first];
    if (packet === undefined) return undefined;
    this.#packets[this.#first++] = undefined;
    this.#bytes -= packet.bytes.length + PACKET_OVERHEAD_BYTES;
    if (this.#first === this.#packets.length) {
      this.#packets.length = 0;
      this.#first = 0;
    } else if (this.#first === 1024) {
      this.#packets.splice(0, 1024);
      this.#first = 0;
    }
    return packet;
  }

  clear(): void {
    this.#notices = [];
    this.#packets = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}
