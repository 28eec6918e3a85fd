import { isCompressed } from '../wire/compression.ts';
import { splitIntoFragments } from '../wire/Fragments.ts';
import { PacketWriter } from '../wire/PacketWriter.ts';
import { Code, Lane, SEQUENCE_MASK } from '../wire/packet.ts';
import type { OutgoingFrame } from './Compressor.ts';
import { isSameWay, type LatestMessage, LatestMessages } from './LatestMessages.ts';
import type { Transmit } from './Outbox.ts';
import { Riders } from './Riders.ts';
import { type Counters, countSent, type Route } from './traffic.ts';
import { type WaitingPacket, WaitingPackets } from './WaitingPackets.ts';

/** Unreliable packets that wait for Steam, at most: what is older than these is stale. */
const UNRELIABLE_QUEUE = 64;

/** The unreliable half of an {@link Outbox}: while Steam takes nothing, the oldest are thrown away, and latest messages replaced. */
export class UnreliableLane {
  readonly #tag: number;
  readonly #transmit: Transmit;
  readonly #writer = new PacketWriter(Lane.Unreliable);
  readonly #riders = new Riders();
  /** A packet holds one compressed frame at most: a receiver takes no more. */
  #hasCompressed = false;
  /** Where the packet goes that is being written. */
  #route: Route | undefined;
  readonly #latest = new LatestMessages();
  #sequence = 0;
  readonly #waiting: WaitingPackets;
  #dropped = 0;

  constructor(tag: number, transmit: Transmit) {
    this.#tag = tag;
    this.#transmit = transmit;
    this.#waiting = new WaitingPackets(transmit);
  }

  /** Packets that Steam has not taken, and latest messages. */
  get queued(): number {
    return this.#waiting.size + this.#latest.size;
  }

  /** Packets thrown away because Steam took none. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Latest messages that a newer one replaced. */
  get replaced(): number {
    return this.#latest.replaced;
  }

  /** How often Steam took a packet not at once. */
  get retries(): number {
    return this.#waiting.retries;
  }

  /** The number of the next packet: what is sent from now on has this one, or a later one. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Nothing is left to give to Steam. */
  get isEmpty(): boolean {
    return this.queued === 0 && this.#writer.isEmpty;
  }

  /** The payload must fit one packet, or the fragments of one message (`wire/Fragments.ts`). */
  send(code: number, payload: Uint8Array, route: Route, type?: Counters): void {
    // What was said first gets the lower number: the receiver drops what comes after a higher one, on whatever Steam channel.
    if (this.#route !== undefined && !isSameWay(route, this.#route)) this.#close();
    const isPacked = isCompressed(code, payload);
    if (!this.#writer.fits(payload.length) || (isPacked && this.#hasCompressed)) {
      this.#close();
      if (!this.#writer.fits(payload.length)) {
        this.#sendFragments(code, payload, route, type);
        return;
      }
    }
    this.#route = route;
    this.#hasCompressed ||= isPacked;
    this.#writer.append(code, payload);
    this.#riders.add(route.counters, type);
  }

  /** As {@link send}, at the end of the turn; until Steam takes it, a newer one of the same key takes its place. */
  sendLatest(owner: number, key: number, frame: OutgoingFrame, messageBytes: number, route: Route, type?: Counters): void {
    this.#latest.put(owner, key, frame, messageBytes, route, type);
  }

  /** A newer message of this key goes another way: reliably, for its size. */
  replaceLatest(owner: number, key: number): void {
    this.#latest.replace(owner, key);
  }

  /** A connection is over: what is held for it must not reach the next one in its slot. */
  forget(owner: number): void {
    this.#latest.forget(owner);
  }

  /** Gives everything to Steam that it takes now. */
  flush(): void {
    if (this.#waiting.size > 0) this.#waiting.drain((waiting) => this.#waiting.transmit(waiting));
    while (this.#waiting.size === 0 && this.#sendLatestPacket());
    this.#close();
  }

  clear(): void {
    this.#writer.clear();
    this.#hasCompressed = false;
    this.#riders.clear();
    this.#latest.clear();
    this.#waiting.clear();
  }

  #sendFragments(code: number, payload: Uint8Array, route: Route, type: Counters | undefined): void {
    const sequence = this.#nextSequence();
    this.#route = route;
    splitIntoFragments(code, payload, (fragment) => {
      this.#writer.append(Code.Control, fragment);
      this.#riders.add(route.counters, type);
      this.#give(this.#writer.take(this.#tag, sequence));
    });
  }

  /** Gives the packet to Steam that is being written. */
  #close(): void {
    if (this.#writer.isEmpty) return;
    this.#hasCompressed = false;
    this.#give(this.#writer.take(this.#tag, this.#nextSequence()));
  }

  /**
   * One packet of latest messages, behind what is in the packet already. They stay what they are, replaceable, when Steam
   * refuses it. True when there may be more.
   */
  #sendLatestPacket(): boolean {
    const { first } = this.#latest;
    if (first === undefined) return false;
    const isLone = this.#writer.isEmpty;
    if (isLone && !this.#writer.fits(first.bytes.length)) return this.#sendLatestFragments(first);
    const route = isLone || this.#route === undefined ? first.route : this.#route;
    const firmBytes = this.#writer.pendingBytes;
    const firmRiders = this.#riders.size;
    this.#latest.load(route, this.#writer, this.#riders, this.#hasCompressed);
    this.#hasCompressed = false;
    const packet = this.#writer.take(this.#tag, this.#sequence);
    if (this.#transmit(packet, route.sendType, route.steamChannel)) {
      this.#nextSequence();
      this.#riders.clear();
      this.#latest.unload(countLatest);
      return true;
    }
    this.#waiting.refuse(this.#riders);
    this.#latest.unload(undefined);
    const riders = this.#riders.take(firmRiders);
    if (!isLone) {
      this.#nextSequence();
      // Cut off behind the last frame that was there before: a packet of many may hold one.
      const { sendType, steamChannel } = route;
      this.#queue({ packet: packet.slice(0, firmBytes), sendType, steamChannel, riders });
    }
    return false;
  }

  /** The first of its fragments decides: Steam refuses it, or the message is on its way. */
  #sendLatestFragments(message: LatestMessage): boolean {
    const { code, bytes, route, type } = message;
    const sequence = this.#sequence;
    let state: 'new' | 'going' | 'refused' = 'new';
    this.#route = route;
    splitIntoFragments(code, bytes, (fragment) => {
      if (state === 'refused') return;
      this.#writer.append(Code.Control, fragment);
      this.#riders.add(route.counters, type);
      const packet = this.#writer.take(this.#tag, sequence);
      if (state === 'going') {
        this.#give(packet);
      } else if (this.#transmit(packet, route.sendType, route.steamChannel)) {
        this.#riders.clear();
        state = 'going';
      } else {
        this.#waiting.refuse(this.#riders);
        this.#riders.clear();
        state = 'refused';
      }
    });
    if ((state as string) === 'refused') return false;
    this.#nextSequence();
    countLatest(message);
    this.#latest.remove(message);
    return true;
  }

  /** Sends or queues the packet that was just written. */
  #give(packet: Uint8Array): void {
    const { sendType, steamChannel } = this.#route as Route;
    if (this.#waiting.size === 0) {
      if (this.#transmit(packet, sendType, steamChannel)) {
        this.#riders.clear();
        return;
      }
      this.#waiting.refuse(this.#riders);
    }
    this.#queue({ packet: packet.slice(), sendType, steamChannel, riders: this.#riders.take() });
  }

  #queue(waiting: WaitingPacket): void {
    this.#waiting.add(waiting);
    if (this.#waiting.size <= UNRELIABLE_QUEUE) return;
    this.#dropped++;
    for (const counters of this.#waiting.shift()?.riders ?? []) counters.dropped++;
  }

  #nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & SEQUENCE_MASK;
    return sequence;
  }
}

/** Unlike others, a latest message is counted when it goes: until then it may be replaced. */
function countLatest({ messageBytes, route, type }: LatestMessage): void {
  countSent(messageBytes, false, route, type);
}
