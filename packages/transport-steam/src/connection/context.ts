import type { SendType } from '../driver/SteamDriver.ts';
import type { RefuseCode } from '../wire/hello.ts';
import type { Decision } from './Admissions.ts';
import type { EndedSessions } from './EndedSessions.ts';
import type { EventLog } from './EventLog.ts';
import type { ResolvedOptions } from './options.ts';
import type { FindResponder, Serving } from './Requests.ts';
import type { Session } from './Session.ts';
import type { Terms } from './Terms.ts';
import type { FaultStats, HostHandlers, RequestHandler } from './types.ts';

/** Why nobody here answers a peer. */
export interface Rejection {
  readonly code: RefuseCode;
  readonly reason: string;
}

/** What everything in an endpoint needs of it. */
export interface EndpointContext {
  readonly options: ResolvedOptions;
  readonly log: EventLog;
  now(): number;
  /** Runs `task` soon, outside of the caller's stack, before the next packets go. */
  defer(task: () => void): void;
  /** Calls game code: what it throws must not end the loop that called it. */
  guard(call: () => void): void;
  /** What a peer did wrong, for the one who runs the host: in words, and not more than once a second about each. */
  complain(peer: bigint, what: string): void;
  /** There is traffic, not heartbeats alone: more may come soon. */
  hurry(): void;
}

/** What a session needs of its peer. */
export interface SessionContext extends EndpointContext {
  /** Who answers what the peer asks of a host, or why nobody does. */
  admit(): HostHandlers | Rejection;
  /** The same for a request: see {@link FindResponder}. */
  readonly responder: FindResponder;
  /** Takes so much of what the peer may make us do: see {@link InboundBudget}. False when he has gone too far. */
  spend(units: number, now: number): boolean;
  /** He did what nobody honest does. */
  fine(now: number): void;
  readonly serving: Serving;
  /** See {@link RequestStream.nextTurn}. */
  nextTurn(task: () => void): void;
}

/** What a peer needs of the endpoint. */
export interface PeerContext extends EndpointContext {
  /** The peer is this process itself. */
  readonly isSelf: boolean;
  readonly terms: Terms;
  readonly endedSessions: EndedSessions;
  /** How many sessions there are; with our own player they are not counted. */
  readonly sessions: { count: number };
  readonly faults: { -readonly [Fault in keyof FaultStats]: FaultStats[Fault] };
  /** Who hosts here, if anybody does. */
  host(): HostHandlers | undefined;
  /** Who answers requests for this path, host or not: {@link Endpoint.answer}. */
  answerer(path: string): RequestHandler | undefined;
  /** Why our host does not take this peer; undefined when nobody said that he should not. */
  banOf(peer: bigint): string | undefined;
  /** The host's word on a peer with whom we began the session. */
  decide(peer: bigint): Decision;
  /** Whether a peer may be told now that there is nothing for him here. */
  mayAnswer(peer: bigint): boolean;
  /** Gives a packet to Steam, which has copied it when this returns. False: not now. */
  transmit(peer: bigint, packet: Uint8Array, sendType: SendType, steamChannel: number): boolean;
  accept(peer: bigint): void;
  /** Has Steam take nothing more from a peer, where the driver can: {@link SteamDriver.closeSession}. */
  close(peer: bigint): void;
  /** A session here has something to send. */
  dirty(session: Session): void;
  /** A session with him is over. `livedMs`: since he said hello; undefined when he never did. */
  ended(peer: bigint, livedMs: number | undefined): void;
  /** A packet of his came for which there is no session any more. */
  receiveUnknown(peer: bigint, packet: Uint8Array, now: number, steamChannel: number): void;
  /** A tag that the last 63 sessions of this endpoint did not have. */
  newTag(): number;
  newEpoch(): number;
  /** Runs `task` when the next turn begins, before anything is read. */
  nextTurn(task: () => void): void;
}
