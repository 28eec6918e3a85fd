import { SteamError } from '../driver/SteamError.ts';
import { utf8 } from '../wire/bytes.ts';
import { type Control, TARGET_BYTES } from '../wire/control.ts';
import { RefuseCode } from '../wire/hello.ts';
import { Code, flipCode, SLOTS } from '../wire/packet.ts';
import { CloseCode, Connection, type ConnectionSession } from './Connection.ts';
import type { Rejection } from './context.ts';
import { refusal } from './failures.ts';
import type { ConnectionEvents, HostHandlers } from './types.ts';

/** What the connections need of the session that they are in. */
export interface ConnectionsSession extends ConnectionSession {
  admit(): HostHandlers | Rejection;
  now(): number;
  readonly connectTimeoutMs: number;
  sendControl(control: Control): void;
}

/** Finds the request that an offer answers: false when nobody waits for one. */
export type TakeOffer = (requestId: number, target: string, connection: Connection) => boolean;

/**
 * The virtual connections of one session: who has which slot, and how each begins and ends.
 *
 * A slot is free again when its close was acknowledged. Open, data and close of a connection are in one ordered stream, so no frame
 * of a former connection can reach the next one in its slot.
 */
export class Connections {
  readonly #session: ConnectionsSession;
  /** By data code: 16 to 30 are ours, 0 to 14 the peer's. */
  readonly #byCode = new Map<number, Connection>();
  /** Why nothing begins in it any more. */
  #ended: SteamError | undefined;
  /** Those that must be taken or adopted before their deadline, oldest first, and since when. Made with the first one: a host has none. */
  #waiting: Map<Connection, number> | undefined;

  constructor(session: ConnectionsSession) {
    this.#session = session;
  }

  get size(): number {
    return this.#byCode.size;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#byCode.values();
  }

  get(code: number): Connection | undefined {
    return this.#byCode.get(code);
  }

  /** Opens a connection to a target at the peer: as an offer along with the answer to his request `offerFor`, or for him to take. */
  open(target: string, events: ConnectionEvents, offerFor?: number): Connection {
    const code = this.#freeCode();
    const bytes = utf8(target).length;
    // The host took its time over an answer, and the player has gone meanwhile, or was sent away.
    if (this.#ended !== undefined) return this.#stillborn(target, events, 'closed', this.#ended.message);
    if (code === undefined) {
      return this.#stillborn(
        target,
        events,
        'full',
        `${SLOTS} connections to Steam user ${this.#session.peer} are open: no more are possible`,
      );
    }
    if (bytes > TARGET_BYTES) {
      return this.#stillborn(target, events, 'closed', `target of ${bytes} bytes is over the limit of ${TARGET_BYTES} bytes`);
    }
    const state = offerFor === undefined ? 'opening' : 'open';
    const connection = new Connection(this.#session, { code, target, state, events });
    this.#byCode.set(code, connection);
    if (offerFor === undefined) this.#awaitTaking(connection);
    else connection.logOpen();
    const unreliableFrom = this.#session.outbox.unreliable.sequence;
    this.#session.sendControl({ type: 'open', connection: code, unreliableFrom, offerFor, target });
    return connection;
  }

  /** We take what the peer opened. */
  accept(connection: Connection): void {
    this.#waiting?.delete(connection);
    if (connection.state !== 'open') return;
    const unreliableFrom = this.#session.outbox.unreliable.sequence;
    this.#session.sendControl({ type: 'accept', connection: connection.code, unreliableFrom });
  }

  /** Nobody need take it any more. */
  settled(connection: Connection): void {
    this.#waiting?.delete(connection);
  }

  /** False when the peer may not open this. */
  receiveOpen(open: Extract<Control, { type: 'open' }>, takeOffer: TakeOffer): boolean {
    const code = flipCode(open.connection);
    if (code >= SLOTS || this.#byCode.has(code)) return false;
    const { target } = open;
    const connection = new Connection(this.#session, { code, target, state: 'open', events: undefined });
    connection.handleUnreliableFrom(open.unreliableFrom, this.#session.now());
    if (open.offerFor !== undefined) {
      if (!takeOffer(open.offerFor, open.target, connection)) {
        this.#refuse(code, RefuseCode.Denied, 'nobody asked for this connection');
        return true;
      }
      this.#byCode.set(code, connection);
      this.#awaitTaking(connection);
      connection.logOpen();
      return true;
    }
    const host = this.#session.admit();
    if ('code' in host) {
      this.#refuse(code, host.code, host.reason);
    } else {
      this.#byCode.set(code, connection);
      connection.logOpen();
      this.accept(connection);
      this.#session.guard(() => this.#introduce(connection, host, open.target));
    }
    return true;
  }

  /** False when it is not for the peer to say: whether a connection of his is taken, we say. */
  receive(control: Extract<Control, { type: 'accept' | 'refuse' | 'close' | 'closed' }>): boolean {
    const code = flipCode(control.connection);
    const isOurs = code >= Code.OpenedBySender;
    if (!isOurs && (control.type === 'accept' || control.type === 'refuse')) return false;
    if (control.type === 'close') this.#session.sendControl({ type: 'closed', connection: code });
    const connection = this.#byCode.get(code);
    if (connection !== undefined) this.#handle(connection, control);
    return true;
  }

  #handle(connection: Connection, control: Parameters<Connections['receive']>[0]): void {
    switch (control.type) {
      case 'accept':
        this.#waiting?.delete(connection);
        connection.handleUnreliableFrom(control.unreliableFrom, this.#session.now());
        connection.handleOpen();
        return;
      case 'refuse': {
        // Refused while we closed it: the close is acknowledged as well, and only that frees the slot.
        if (connection.state === 'closing') return;
        const error = refusal(this.#session.peer, control.code, control.reason);
        this.#remove(connection);
        connection.handleEnd('closed', CloseCode.Abnormal, error.message, error);
        return;
      }
      case 'close':
        // Both closed at once: the slot is ours until our own close is acknowledged.
        if (connection.state === 'closing') return;
        this.#remove(connection);
        connection.handleEnd('closed', control.code, control.reason);
        return;
      case 'closed':
        if (connection.state !== 'closing') return;
        this.#remove(connection);
        connection.handleEnd('closed', CloseCode.NoStatus, '');
    }
  }

  tick(now: number): void {
    if (this.#waiting === undefined || this.#waiting.size === 0) return;
    for (const [connection, since] of this.#waiting) {
      if (now - since < this.#session.connectTimeoutMs) return;
      this.#giveUp(connection);
    }
  }

  closeAll(code: number, reason: string): void {
    for (const connection of this.#byCode.values()) connection.close(code, reason);
  }

  /** Closes all, and opens none any more: who is sent away gets nothing that his requests are answered with meanwhile. */
  dismiss(code: number, reason: string): void {
    this.#ended ??= new SteamError('closed', `Steam user ${this.#session.peer} is sent away: ${reason}`);
    this.closeAll(code, reason);
  }

  /** The session is over, and with it everything in it. */
  end(error: SteamError): void {
    this.#ended = error;
    const connections = [...this.#byCode.values()];
    this.#byCode.clear();
    this.#waiting = undefined;
    for (const connection of connections) connection.handleEnd('closed', CloseCode.Abnormal, error.message, error);
  }

  #awaitTaking(connection: Connection): void {
    this.#waiting ??= new Map();
    this.#waiting.set(connection, this.#session.now());
  }

  #freeCode(): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) {
      const code = Code.OpenedBySender | slot;
      if (!this.#byCode.has(code)) return code;
    }
    return undefined;
  }

  /** A connection that ends before it begins: its owner is told as of any other. */
  #stillborn(target: string, events: ConnectionEvents, code: 'full' | 'closed', message: string): Connection {
    const connection = new Connection(this.#session, { code: -1, target, state: 'closed', events });
    this.#session.defer(() => connection.handleEnd('closed', CloseCode.Abnormal, message, new SteamError(code, message)));
    return connection;
  }

  #introduce(connection: Connection, host: HostHandlers, target: string): void {
    try {
      connection.setEvents(host.onConnection(connection, target));
    } catch (error) {
      connection.close(CloseCode.InternalError, 'the host failed to take the connection');
      throw error;
    }
  }

  #refuse(connection: number, code: RefuseCode, reason: string): void {
    this.#session.sendControl({ type: 'refuse', connection, code, reason });
  }

  #giveUp(connection: Connection): void {
    this.#waiting?.delete(connection);
    const { connectTimeoutMs, peer } = this.#session;
    const message = connection.isOffer
      ? `nobody took the offered connection within ${connectTimeoutMs} ms (connectTimeoutMs)`
      : `Steam user ${peer} did not take the connection within ${connectTimeoutMs} ms (connectTimeoutMs)`;
    this.#session.sendControl({ type: 'close', connection: connection.code, code: CloseCode.GoingAway, reason: message });
    connection.handleEnd('closing', CloseCode.Abnormal, message, new SteamError('timed-out', message));
  }

  #remove(connection: Connection): void {
    this.#byCode.delete(connection.code);
    this.#waiting?.delete(connection);
  }
}
