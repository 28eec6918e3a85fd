import type { SteamError } from '../driver/SteamError.ts';
import type { RequestContent, ResponseContent } from '../wire/requestCodec.ts';
import type { Connection } from './Connection.ts';

/**
 * How a message travels. Order is kept among what is `reliable` and `buffered`; `unreliable` and `unreliableNoDelay` arrive
 * in order or not at all, never twice. No order is promised between the two pairs.
 */
export type Delivery = 'reliable' | 'buffered' | 'unreliable' | 'unreliableNoDelay';

/** What happens to a connection, told to its owner. Nothing is called from inside a method of the connection. */
export interface ConnectionEvents {
  /** The connection is open: the other side took it, or we adopted its offer. At most once; never at a host whom it was opened to. */
  onOpen?(): void;

  /**
   * One whole message. The bytes belong to the receiver and are never written to again, but may be a view of a larger buffer.
   * `reliable` tells the lane it came on.
   */
  onMessage(bytes: Uint8Array, reliable: boolean): void;

  /**
   * The end: exactly once for every connection, and nothing after it. `code` and `reason` are those given to `close()` on either
   * side; 1006 when it was not closed by anybody (refused, timed out, lost), and then `error` says why.
   */
  onClose(code: number, reason: string, error?: SteamError): void;

  /** What was queued has gone to Steam, after a `send` that left `bufferedAmount` above zero. */
  onDrain?(): void;
}

/** An HTTP-like request over the control channel. The path has the query and begins with `/`; header names are lower case. */
export type SteamRequest = RequestContent;

/** What a host answers to a {@link SteamRequest}. */
export type SteamResponse = ResponseContent;

/** What {@link Endpoint.request} resolves to. */
export interface RequestResult extends SteamResponse {
  /**
   * The connection that the host opened along with its answer, with the target that it is for, saving a round trip.
   * It keeps what arrives until `connection.adopt(events)`, and is closed when nobody adopts it within `connectTimeoutMs`.
   */
  readonly offer?: { readonly target: string; readonly connection: Connection };
}

/** What a host does for its peers. See {@link Endpoint.serve}. */
export interface HostHandlers {
  /**
   * May this user talk to us? `true`: yes. `false`: he hears nothing, as if nobody was there, and keeps waiting until his
   * time-out. A string: he is refused with that reason (which tells him that we are here). A throw, a rejection or anything else counts
   * as `false`. Asked once for each session: when Steam
   * announces him, when he says hello without that, or when he wants something of our host on a session that we began.
   */
  onSessionRequest(peer: bigint): boolean | string | Promise<boolean | string>;

  /** A player opened a connection. Returns the handlers of its events; to refuse, `connection.close(code, reason)`. */
  onConnection(connection: Connection, target: string): ConnectionEvents;

  /**
   * A player asks. `offer(target, events)` opens a connection to him that arrives before the answer does
   * (see {@link RequestResult.offer}); at most once, and only before the answer. A rejection answers with status 500.
   */
  onRequest(
    peer: bigint,
    request: SteamRequest,
    offer: (target: string, events: ConnectionEvents) => Connection,
  ): Promise<SteamResponse>;
}

/** Counters of one direction. Bytes are those of packets as given to Steam, or of frames with their headers. */
export interface Traffic {
  packets: number;
  bytes: number;
}

/** The logical channels (design.md): what is counted apart. */
export type LogicalChannel = 'control' | 'messages' | 'state' | 'bulk';

/** A snapshot of the session with one peer. Times in milliseconds. */
export interface PeerStats {
  readonly peer: bigint;
  /** `greeting` until the peer has said hello. */
  readonly state: 'greeting' | 'established';
  readonly connections: number;
  /** Smoothed round trip of the reliable stream, RFC 6298 weights; -1 before the first answer. */
  readonly rttMs: number;
  /** Smoothed variation of the round trip. */
  readonly jitterMs: number;
  readonly sent: Readonly<Traffic>;
  readonly received: Readonly<Traffic>;
  /** Frames and their bytes, by logical channel. */
  readonly sentBy: Readonly<Record<LogicalChannel, Readonly<Traffic>>>;
  readonly receivedBy: Readonly<Record<LogicalChannel, Readonly<Traffic>>>;
  /** Bytes that Steam has not taken yet. */
  readonly queuedBytes: number;
  /** Bytes held for messages of which parts are still to come. */
  readonly heldBytes: number;
  /** Unreliable packets thrown away here: queue full, or too late when they came. */
  readonly dropped: number;
  /** Packets that were refused: stale, malformed. */
  readonly rejected: number;
}
