import { SendType } from '../driver/SteamDriver.ts';
import type { ScheduledEvent } from './EventQueue.ts';
import { FRAGMENT_BYTES } from './Link.ts';
import type { Session } from './Session.ts';
import type { SteamPacket } from './Simulation.ts';

/** Nagle's wait of ReliableWithBuffering (Valve: about 1200 bytes or 200 ms). */
const NAGLE_BYTES = 1200;
const NAGLE_MS = 200;

/** A lost packet is sent again after 1.5 round trips and this. After a few times in vain the wait doubles, up to the longest. */
const RETRY_EXTRA_MS = 20;
const STEADY_TRIES = 4;
const LONGEST_RETRY_MS = 1000;

interface Outgoing {
  readonly packet: SteamPacket;
  readonly sequence: number;
  fragmentsLeft: number;
  tries: number;
  /** The other side has it, though perhaps not all before it. */
  arrived: boolean;
  retry: ScheduledEvent | undefined;
  /** The session was made anew meanwhile: a later copy, if any, is the one that counts. */
  superseded: boolean;
}

/**
 * The sending side of a session's one ordered stream, Reliable and ReliableWithBuffering together.
 *
 * Acknowledgements are not packets here: a packet counts as acknowledged when it arrives, if the way back is up.
 */
export class ReliableStream {
  /** What was taken and was not handed over there, in its turn. Unit: bytes. */
  queuedBytes = 0;
  readonly #session: Session;
  readonly #unacknowledged = new Set<Outgoing>();
  #nextSequence = 0;
  #buffered: SteamPacket[] = [];
  #bufferedBytes = 0;
  #nagleTimer: ScheduledEvent | undefined;
  #stopped = false;

  constructor(session: Session) {
    this.#session = session;
  }

  get isIdle(): boolean {
    return this.#unacknowledged.size === 0 && this.#buffered.length === 0;
  }

  send(packet: SteamPacket): void {
    this.queuedBytes += packet.bytes.length;
    if (packet.sendType !== SendType.ReliableWithBuffering) {
      this.flush();
      this.#launch(packet);
      return;
    }
    this.#buffered.push(packet);
    this.#bufferedBytes += packet.bytes.length;
    if (this.#bufferedBytes >= NAGLE_BYTES) this.flush();
    else this.#nagleTimer ??= this.#session.simulation.after(NAGLE_MS, () => this.flush());
  }

  /** Sends what Nagle holds back. */
  flush(): void {
    if (this.#buffered.length === 0) return;
    this.#session.simulation.cancel(this.#nagleTimer);
    this.#nagleTimer = undefined;
    const packets = this.#buffered;
    this.#buffered = [];
    this.#bufferedBytes = 0;
    for (const packet of packets) this.#launch(packet);
  }

  /** The other side's session is another one now, and counts from 0. What has not arrived is sent again, or dropped. */
  restart(keep: boolean): void {
    const pending = [...this.#unacknowledged];
    this.#unacknowledged.clear();
    this.#nextSequence = 0;
    for (const outgoing of pending) {
      outgoing.superseded = true;
      this.#session.simulation.cancel(outgoing.retry);
      if (keep) this.#launch(outgoing.packet);
      else this.#drop(outgoing.packet);
    }
    if (!keep) this.#dropBuffered();
  }

  /** Sends nothing any more, nor again. What is on its way goes on. */
  stop(): void {
    this.#stopped = true;
    for (const outgoing of this.#unacknowledged) {
      this.#session.simulation.cancel(outgoing.retry);
      this.#drop(outgoing.packet);
    }
    this.#unacknowledged.clear();
    this.#dropBuffered();
  }

  #launch(packet: SteamPacket): void {
    const outgoing: Outgoing = {
      packet,
      sequence: this.#nextSequence++,
      fragmentsLeft: Math.ceil(packet.bytes.length / FRAGMENT_BYTES),
      tries: 0,
      arrived: false,
      retry: undefined,
      superseded: false,
    };
    this.#unacknowledged.add(outgoing);
    this.#attempt(outgoing);
  }

  #attempt(outgoing: Outgoing): void {
    const { out, simulation } = this.#session;
    const sent = outgoing.fragmentsLeft;
    outgoing.fragmentsLeft = out.transitFragments(sent);
    // What is lost has taken the line all the same.
    const delay = out.isUp ? out.delay(Math.min(outgoing.packet.bytes.length, sent * FRAGMENT_BYTES)) : 0;
    if (outgoing.fragmentsLeft > 0) {
      this.#session.trace('lost', outgoing.packet);
      this.#session.missed();
      this.#retry(outgoing);
      return;
    }
    const to = this.#session.remote;
    simulation.carry(delay, () => this.#arrive(outgoing, to));
  }

  #arrive(outgoing: Outgoing, to: Session | undefined): void {
    if (outgoing.superseded) return;
    const { out, back } = this.#session;
    const taken = out.isUp && this.#session.deliver(to, outgoing.packet, outgoing.sequence);
    if (this.#stopped || outgoing.superseded) return;
    if (taken && back.isUsable) {
      outgoing.arrived = true;
      this.#acknowledge();
      this.#session.gotThrough();
    } else {
      // Whole again: the other side forgets the fragments of a packet that it could not take.
      outgoing.fragmentsLeft = Math.ceil(outgoing.packet.bytes.length / FRAGMENT_BYTES);
      this.#session.missed();
      this.#retry(outgoing);
    }
  }

  /** Lets go of what arrived, up to the first that did not: so the queue's limit bounds what waits for its turn there as well. */
  #acknowledge(): void {
    for (const outgoing of this.#unacknowledged) {
      if (!outgoing.arrived) return;
      this.#unacknowledged.delete(outgoing);
      this.queuedBytes -= outgoing.packet.bytes.length;
    }
  }

  #retry(outgoing: Outgoing): void {
    const { out, back, simulation } = this.#session;
    const first = 1.5 * (out.slowestMs + back.slowestMs) + RETRY_EXTRA_MS;
    const wait = Math.min(first * 2 ** Math.max(0, ++outgoing.tries - STEADY_TRIES), Math.max(first, LONGEST_RETRY_MS));
    outgoing.retry = simulation.after(wait, () => this.#attempt(outgoing));
  }

  #dropBuffered(): void {
    this.#session.simulation.cancel(this.#nagleTimer);
    this.#nagleTimer = undefined;
    for (const packet of this.#buffered) this.#drop(packet);
    this.#buffered = [];
    this.#bufferedBytes = 0;
  }

  #drop(packet: SteamPacket): void {
    this.queuedBytes -= packet.bytes.length;
    this.#session.trace('dropped', packet);
  }
}
