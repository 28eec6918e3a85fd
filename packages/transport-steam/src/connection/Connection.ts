import type { SteamError } from '../driver/SteamError.ts';
import { Code, sequenceDistance } from '../wire/packet.ts';
import type { EventDetails, EventName } from './EventLog.ts';
import type { Heartbeat } from './Heartbeat.ts';
import type { Origin } from './Inbox.ts';
import type { InspectedConnection } from './inspection.ts';
import type { Outbox } from './Outbox.ts';
import type { ConnectionEvents, Delivery, SendOptions } from './types.ts';

export type ConnectionState =
  /** We opened it; the other side has not taken it yet. What is sent now goes along. */
  | 'opening'
  | 'open'
  /** We closed it; the other side has not acknowledged yet. */
  | 'closing'
  | 'closed';

/** Close codes of this layer: RFC 6455, section 7.4.1, as Colyseus uses them. */
export const CloseCode = {
  Normal: 1000,
  GoingAway: 1001,
  /** Closed without a code. */
  NoStatus: 1005,
  /** Not closed by anybody: refused, timed out, lost. */
  Abnormal: 1006,
  /** A message is not what was declared. */
  InvalidPayload: 1007,
  /** The peer sends more than anybody needs to. */
  PolicyViolation: 1008,
  MessageTooBig: 1009,
  /** The host's handler failed. */
  InternalError: 1011,
  /** More waits for the peer than may wait. */
  SlowPeer: 1013,
} as const;

/** What a kept message costs beside its bytes, roughly: many small ones must not cost more than a large one. */
const KEPT_OVERHEAD_BYTES = 128;

/** Of what is told of a target that the peer chose: it is in every snapshot, and in the log. Unit: characters. */
const PATH_LENGTH = 200;

/** After so long without an unreliable message whatever comes is the newest: sequence numbers may have gone half way round. */
const UNRELIABLE_SILENCE_MS = 1_000;

/** What a connection needs of the session that it is in. */
export interface ConnectionSession {
  readonly peer: bigint;
  /** What one offer may keep until it is adopted. */
  readonly maxKeptBytes: number;
  readonly outbox: Outbox;
  readonly heartbeat: Pick<Heartbeat, 'rttMs'>;
  send(connection: Connection, bytes: Uint8Array, delivery: Delivery, how: SendOptions | undefined): void;
  countReceived(label: string, bytes: number, reliable: boolean): void;
  countRejected(): void;
  close(connection: Connection, code: number, reason: string): void;
  adopted(connection: Connection): void;
  log(what: EventName, details: EventDetails): void;
  defer(task: () => void): void;
  guard(call: () => void): void;
}

/** How a connection begins. */
export interface ConnectionInit {
  readonly code: number;
  readonly target: string;
  readonly state: ConnectionState;
  readonly events: ConnectionEvents | undefined;
}

/**
 * A virtual connection inside the session of two users: what a WebSocket is to a room. Opened with a target, ordered and reliable,
 * with an unreliable lane beside. Made by {@link Endpoint.connect}, or handed to {@link HostHandlers.onConnection}.
 */
export class Connection {
  readonly peer: bigint;
  /** @internal Its data code: bit 4 set when we opened it, and the slot. */
  readonly code: number;
  /** Cut, and without the query, which may have tokens. */
  readonly #path: string;
  readonly #session: ConnectionSession;
  #state: ConnectionState;
  #events: ConnectionEvents | undefined;
  /** What came before anybody listened, in order; undefined when there is nothing to catch up with. */
  #kept: ((events: ConnectionEvents) => void)[] | undefined;
  #keptBytes = 0;
  #ended = false;
  /** We closed it: what was kept is not told any more. */
  #hasClosed = false;
  #newest: { sequence: number; packet: number; at: number } | undefined;

  /** @internal */
  constructor(session: ConnectionSession, { code, target, state, events }: ConnectionInit) {
    this.peer = session.peer;
    this.code = code;
    this.#path = pathOf(target);
    this.#session = session;
    this.#state = state;
    this.#events = events;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Reliable bytes on their way to this peer, of all his connections, that Steam has not taken yet. */
  get bufferedAmount(): number {
    return this.#session.outbox.reliable.queuedBytes;
  }

  /** Smoothed round trip to the peer, ms; -1 before the first answer. */
  get rttMs(): number {
    return this.#session.heartbeat.rttMs;
  }

  /**
   * Sends one message. The bytes are copied before this returns. Does nothing when the connection is closing or closed.
   *
   * @param delivery `reliable` by default.
   * @throws RangeError when the message is over `maxMessageBytes` (the smaller of both ends'), or over one packet where
   *   `oversizedUnreliable` is `reject`; for a channel that is not known or does not take this delivery; for `latest` when reliable.
   *   Nothing of it is sent.
   */
  send(bytes: Uint8Array, delivery: Delivery = 'reliable', how?: SendOptions): void {
    if (this.#state === 'opening' || this.#state === 'open') this.#session.send(this, bytes, delivery, how);
  }

  /**
   * Counts a message that `onMessage` gave under its type: only who decodes it knows that. See {@link PeerStats.types}.
   *
   * @param reliable as in {@link ConnectionEvents.onMessage}.
   */
  countReceived(label: string, bytes: number, reliable: boolean): void {
    this.#session.countReceived(label, bytes, reliable);
  }

  /** Counts a message that `onMessage` gave and that is none. See {@link PeerStats.rejected}. */
  countRejected(): void {
    this.#session.countRejected();
  }

  /**
   * Ends the connection, after what was sent before. `onClose` comes soon on this side, and on the other when it has everything.
   * Calling it again does nothing.
   */
  close(code: number = CloseCode.NoStatus, reason = ''): void {
    this.#hasClosed = true;
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#session.close(this, code, reason);
  }

  /**
   * Takes an offered connection ({@link RequestResult.offer}): `onOpen`, then what was kept, in order, then what comes.
   *
   * @throws Error when it has its events already.
   */
  adopt(events: ConnectionEvents): void {
    if (this.#events !== undefined)
      throw new Error('this connection has its events already: only an offer can be adopted, and once');
    this.#events = events;
    this.#session.adopted(this);
    this.#kept ??= [];
    if (!this.#ended) this.#kept.unshift((adopter) => adopter.onOpen?.());
    this.#session.defer(() => {
      for (const deliver of this.#kept ?? []) this.#session.guard(() => deliver(events));
      this.#kept = undefined;
    });
  }

  /** @internal Nobody has adopted this offer. */
  get isOffer(): boolean {
    return this.#events === undefined;
  }

  /** @internal */
  handleOpen(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.logOpen();
    this.#tell((events) => events.onOpen?.());
  }

  /** @internal The handlers of a connection that the other side opened. */
  setEvents(events: ConnectionEvents): void {
    this.#events = events;
  }

  /** @internal */
  handleMessage(bytes: Uint8Array): void {
    if (this.#state !== 'open' || !this.#mayKeep(bytes.length)) return;
    // What is kept must not keep the packet that it came in.
    this.#tellMessage(this.#events === undefined ? bytes.slice() : bytes, true);
  }

  /** @internal From this number on unreliable packets are ours: what is older is of a former connection in our slot. */
  handleUnreliableFrom(sequence: number, now: number): void {
    this.#newest ??= { sequence: sequence - 1, packet: -1, at: now };
  }

  /** @internal False when it came too late, or twice. */
  handleUnreliable(bytes: Uint8Array, { sequence, packet, now }: Origin): boolean {
    const newest = this.#newest;
    if (this.#state !== 'open' || this.#events === undefined || newest === undefined) return false;
    if (packet !== newest.packet) {
      const distance = sequenceDistance(sequence, newest.sequence);
      const isRecent = now - newest.at < UNRELIABLE_SILENCE_MS;
      if (distance === 0 || (distance < 0 && isRecent)) return false;
    }
    newest.sequence = sequence;
    newest.packet = packet;
    newest.at = now;
    this.#tellMessage(bytes, false);
    return true;
  }

  /** @internal The end, told once. `state` is `closing` while the other side has to acknowledge. */
  handleEnd(state: 'closing' | 'closed', code: number, reason: string, error?: SteamError): void {
    if (this.#state !== 'closed') this.#state = state;
    if (this.#ended) return;
    this.#ended = true;
    this.#session.outbox.unreliable.forget(this.code);
    this.#session.log('connection-closed', { path: this.#path, code, reason });
    this.#tell((events) => events.onClose(code, reason, error));
  }

  /** @internal */
  logOpen(): void {
    this.#session.log('connection-opened', { path: this.#path });
  }

  /** @internal */
  inspect(): InspectedConnection {
    return { state: this.#state, openedBy: this.code & Code.OpenedBySender ? 'us' : 'peer', path: this.#path };
  }

  /** @internal */
  handleDrain(): void {
    if (this.#state === 'open') this.#tell((events) => events.onDrain?.());
  }

  /** As {@link #tell}, without closures: every message comes here. */
  #tellMessage(bytes: Uint8Array, reliable: boolean): void {
    const events = this.#events;
    if (events === undefined || this.#kept !== undefined) {
      this.#keepMessage(bytes, reliable);
      return;
    }
    try {
      events.onMessage(bytes, reliable);
    } catch (error) {
      this.#session.guard(() => {
        throw error;
      });
    }
  }

  #keepMessage(bytes: Uint8Array, reliable: boolean): void {
    this.#tell((events) => {
      if (!this.#hasClosed) events.onMessage(bytes, reliable);
    });
  }

  #tell(deliver: (events: ConnectionEvents) => void): void {
    const events = this.#events;
    if (events === undefined || this.#kept !== undefined) {
      this.#kept ??= [];
      this.#kept.push(deliver);
    } else {
      this.#session.guard(() => deliver(events));
    }
  }

  /** False, and the connection closed, when more came for an offer than it may keep. */
  #mayKeep(bytes: number): boolean {
    if (this.#events !== undefined) return true;
    this.#keptBytes += bytes + KEPT_OVERHEAD_BYTES;
    if (this.#keptBytes <= this.#session.maxKeptBytes) return true;
    this.close(CloseCode.SlowPeer, `more than ${this.#session.maxKeptBytes} bytes (maxQueueBytes) wait to be read`);
    return false;
  }
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return (query < 0 ? target : target.slice(0, query)).slice(0, PATH_LENGTH);
}
