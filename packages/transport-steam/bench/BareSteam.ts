import {
  type DriverEvents,
  RELIABLE_BYTES,
  type SendType,
  type SteamDriver,
  UNRELIABLE_BYTES,
} from '../src/driver/SteamDriver.ts';
import { STEAM_ID_BASE } from '../src/driver/steamId.ts';

/** A packet that waits to be read. It is used over and over again. */
interface Slot {
  peer: bigint;
  channel: number;
  packet: Uint8Array;
}

/**
 * A Steam that does next to nothing, in one process: what is sent can be read at once, and nothing is lost. Under what is measured it takes no time worth
 * mentioning, and makes no garbage: packets are written over when they were read, which no other driver may do. Whoever receives must keep none.
 */
export class BareSteam {
  readonly #users = new Map<bigint, BareDriver>();

  user(): BareDriver {
    const driver = new BareDriver(STEAM_ID_BASE + BigInt(this.#users.size + 1), (peer) => this.#users.get(peer));
    this.#users.set(driver.steamId, driver);
    return driver;
  }
}

export class BareDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits = { unreliableBytes: UNRELIABLE_BYTES, reliableBytes: RELIABLE_BYTES, channels: 1 };
  isClosed = false;
  /** What is sent to him is thrown away. */
  isDeaf = false;
  /** Told of what he sends. */
  onSend: ((packet: Uint8Array) => void) | undefined;
  readonly #find: (peer: bigint) => BareDriver | undefined;
  readonly #accepted = new Set<bigint>();
  readonly #requests = new Map<bigint, Slot[]>();
  readonly #slots: Slot[] = [];
  #read = 0;
  #written = 0;
  #events: DriverEvents | undefined;

  constructor(steamId: bigint, find: (peer: bigint) => BareDriver | undefined) {
    this.steamId = steamId;
    this.#find = find;
  }

  start(events: DriverEvents): void {
    this.#events = events;
  }

  poll(maxPackets: number): number {
    const events = this.#events;
    if (events === undefined) return 0;
    for (const peer of this.#requests.keys()) events.onSessionRequest(peer);
    let packets = 0;
    for (; packets < maxPackets && this.#read < this.#written; packets++) {
      const { peer, packet, channel } = this.#slots[this.#read++] as Slot;
      events.onPacket(peer, packet, channel);
    }
    if (this.#read === this.#written) this.#read = this.#written = 0;
    return packets;
  }

  send(peer: bigint, packet: Uint8Array, _sendType: SendType, channel: number): boolean {
    const receiver = this.#find(peer);
    if (receiver === undefined) throw new Error(`there is no user ${peer}`);
    this.acceptSession(peer);
    this.onSend?.(packet);
    receiver.#take(this.steamId, packet, channel);
    return true;
  }

  acceptSession(peer: bigint): void {
    if (this.#accepted.has(peer)) return;
    this.#accepted.add(peer);
    for (const { packet, channel } of this.#requests.get(peer) ?? []) this.#put(peer, packet, channel);
    this.#requests.delete(peer);
  }

  close(): void {
    this.isClosed = true;
    this.#events = undefined;
  }

  #take(peer: bigint, packet: Uint8Array, channel: number): void {
    if (this.isDeaf) return;
    if (this.#accepted.has(peer)) {
      this.#put(peer, packet, channel);
      return;
    }
    const waiting = this.#requests.get(peer) ?? [];
    this.#requests.set(peer, waiting);
    waiting.push({ peer, packet: packet.slice(), channel });
  }

  #put(peer: bigint, packet: Uint8Array, channel: number): void {
    const slot = this.#slots[this.#written];
    if (slot === undefined) {
      this.#slots.push({ peer, channel, packet: packet.slice() });
    } else {
      slot.peer = peer;
      slot.channel = channel;
      if (slot.packet.length === packet.length) slot.packet.set(packet);
      else slot.packet = packet.slice();
    }
    this.#written++;
  }
}
