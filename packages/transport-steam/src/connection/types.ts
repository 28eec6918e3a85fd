import type { SteamError } from '../driver/SteamError.ts';
import type { RequestContent, ResponseContent } from '../wire/requestCodec.ts';
import type { Connection } from './Connection.ts';

/**
 * How a message travels. Order is kept among what is `reliable` and `buffered`; `unreliable` and `unreliableNoDelay` arrive
 * in order or not at all, never twice. No order is promised between the two pairs.
 */
export type Delivery = 'reliable' | 'buffered' | 'unreliable' | 'unreliableNoDelay';

/** How a message travels, beside its {@link Delivery}. Only read while it is sent: one object may serve for all messages of a kind. */
export interface SendOptions {
  /**
   * Only the newest matters: a newer message with this key on this connection takes the place of one that Steam does not have yet,
   * that is one of the same turn, or one that waits because Steam takes nothing. What comes too late, the receiver drops as everything
   * unreliable. Goes at the end of the turn, behind what else is unreliable. 0 to 4 294 967 295; unreliable deliveries only.
   */
  readonly latest?: number | undefined;
  /**
   * Where it is counted and, when unreliable, its Steam channel ({@link EndpointOptions.channels}).
   * @default `messages`, `bulk` when buffered, `state` when unreliable
   */
  readonly channel?: string | undefined;
  /**
   * These bytes are never written to again, and may go to others, too: what is compressed for one is compressed for all.
   * @default false
   */
  readonly isShared?: boolean | undefined;
  /** The type of the message, for the statistics: at most 255 a session are told apart, all others are counted as `other`. */
  readonly label?: string | undefined;
}

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
   * as `false`.
   *
   * Asked once for each attempt of his: when Steam announces him, when he says hello without that, or when he wants something of our host on a
   * session that we began. An answer that takes longer than `connectTimeoutMs` is none. A no is final for the attempt; who tries anew is asked
   * about again, once a second at most, and at once when somebody says {@link Endpoint.expect}. How many are asked about in a second, and thought
   * about at the same time, is bounded ({@link EndpointOptions.maxStrangers}).
   */
  onSessionRequest(peer: bigint): boolean | string | Promise<boolean | string>;

  /** A player opened a connection. Returns the handlers of its events; to refuse, `connection.close(code, reason)`. */
  onConnection(connection: Connection, target: string): ConnectionEvents;

  /**
   * A player asks. `offer(target, events)` opens a connection to him that arrives before the answer does
   * (see {@link RequestResult.offer}); at most once, and only before the answer. A rejection answers with status 500.
   */
  onRequest(...args: Parameters<RequestHandler>): Promise<SteamResponse>;

  /** What a peer did wrong, in words for a log: he flooded, or broke the protocol. At most once a second about each. */
  onComplaint?(peer: bigint, what: string): void;
}

/** Takes the connections for one target. See {@link Endpoint.accept}. */
export interface TargetHandlers {
  /** May this user talk to us? Asked where nobody hosts, as {@link HostHandlers.onSessionRequest}; who may not hears nothing. */
  onSessionRequest(peer: bigint): boolean | Promise<boolean>;

  /** A peer opened a connection. Returns the handlers of its events; to refuse, `connection.close(code, reason)`. */
  onConnection(connection: Connection): ConnectionEvents;
}

/** Answers a request: see {@link HostHandlers.onRequest} and {@link Endpoint.answer}. A rejection answers with status 500. */
export type RequestHandler = (
  peer: bigint,
  request: SteamRequest,
  offer: (target: string, events: ConnectionEvents) => Connection,
) => Promise<SteamResponse>;

/**
 * The game's message definitions, as far as this layer has to know them: to refuse a peer who has others, and to say where they differ.
 */
export interface MessageContract {
  /** 64 bits that are the same for the same definitions, in every build. 0: there are none. */
  readonly fingerprint: bigint;
  /**
   * What {@link firstDifference} of another contract reads. A peer with another fingerprint gets it, once the host has let him in: at most
   * 16 KiB of UTF-8, what is longer is cut.
   */
  readonly description: string;
  /**
   * The first message and field that differ, what is here and what is there, in words. `theirs` is another contract's description, or
   * whatever a peer says is one, and may be cut. Empty when no difference can be found in it.
   */
  firstDifference(theirs: string): string;
}

/** Counters of one direction. Bytes are those of packets as given to Steam. */
export interface Traffic {
  packets: number;
  bytes: number;
}

/**
 * Counters of messages in one direction, as they are before compression. Packets are the frames that they take: several for a message
 * over one packet. Bytes are their own, and two for each.
 */
export interface MessageTraffic extends Traffic {
  messages: number;
}

/** The logical channels that there always are. */
export type LogicalChannel = 'control' | 'messages' | 'state' | 'bulk';

/** What is counted for one channel, or for one type of message. */
export interface ChannelTraffic {
  readonly sent: Readonly<MessageTraffic>;
  readonly received: Readonly<MessageTraffic>;
  /** Thrown away here: frames for which there was no room in the queue, and messages that came too late. */
  readonly dropped: number;
  /** Messages that a newer one replaced before Steam had them: {@link SendOptions.latest}. */
  readonly replaced: number;
  /** How often Steam refused a packet with one of them, which was tried again. */
  readonly retries: number;
}

/** What users without a session do here. Counters go up as long as the endpoint lives. */
export interface StrangerStats {
  /** Users whom the host has not been asked about: it is asked about so many at once, and in a second, and chance says who is next. */
  readonly waiting: number;
  /** Users on whom it thinks. */
  readonly asking: number;
  /** What was passed over, because there was too much of it or it meant nothing: announcements, hellos, packets of no session. */
  readonly ignored: number;
  /** Announcements and packets of users who are banned. */
  readonly banned: number;
}

/** What peers did that nobody honest does. Counters go up as long as the endpoint lives. */
export interface FaultStats {
  /** How many times a peer was sent away, because he sent more than `maxWorkPerSecond`. */
  readonly floods: number;
  /** Sessions that ended because what came in them could not be right. */
  readonly breaches: number;
  /** Packets of peers who had flooded, which nobody looked at. */
  readonly unheard: number;
}

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
  /** Smoothed share of the peer's unreliable packets that do not arrive, 0 to 1, by the gaps in their numbers; -1 before the first. */
  readonly loss: number;
  readonly sent: Readonly<Traffic>;
  readonly received: Readonly<Traffic>;
  /**
   * By logical channel, those of the game's own included. The wire does not name them: what is received reliably counts as `messages`,
   * what is not as the first unreliable channel here that has the same Steam channel.
   */
  readonly channels: Readonly<Record<LogicalChannel, ChannelTraffic> & Record<string, ChannelTraffic>>;
  /** By type of message, as far as it was told: {@link SendOptions.label}, {@link Connection.countReceived}. */
  readonly types: Readonly<Record<string, ChannelTraffic>>;
  /** Frames that were sent compressed: their bytes before it. */
  readonly compressedFrom: number;
  /** And after it: the difference was saved. */
  readonly compressedTo: number;
  /** Reliable bytes that Steam has not taken yet. */
  readonly queuedBytes: number;
  /** Unreliable packets that it has not, and messages that wait to be replaced. */
  readonly queuedUnreliable: number;
  /** Bytes held for messages of which parts are still to come. */
  readonly heldBytes: number;
  /** Unreliable packets thrown away here: queue full, or too late when they came; and messages of which too many were begun and not completed. */
  readonly dropped: number;
  /** Messages that a newer one replaced before Steam had them: they are in no other counter. */
  readonly replaced: number;
  /** How often Steam refused a packet, which was tried again. */
  readonly retries: number;
  /** What was refused here: packets that are stale or malformed, and what the peer asked for beyond what he may. */
  readonly rejected: number;
}
