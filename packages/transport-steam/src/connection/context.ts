import type { SendType } from '../driver/SteamDriver.ts';
import type { RefuseCode } from '../wire/hello.ts';
import type { ResolvedOptions } from './options.ts';
import type { Session } from './Session.ts';
import type { HostHandlers } from './types.ts';

/** Why nobody here answers a peer. */
export interface Rejection {
  readonly code: RefuseCode;
  readonly reason: string;
}

/** What everything in an endpoint needs of it. */
export interface EndpointContext {
  readonly options: ResolvedOptions;
  now(): number;
  /** Runs `task` soon, outside of the caller's stack, before the next packets go. */
  defer(task: () => void): void;
  /** Calls game code: what it throws must not end the loop that called it. */
  guard(call: () => void): void;
  /** There is traffic, not heartbeats alone: more may come soon. */
  hurry(): void;
}

/** What a session needs of its peer. */
export interface SessionContext extends EndpointContext {
  /** Who answers what the peer asks of a host, or why nobody does. */
  admit(): HostHandlers | Rejection;
  /** The peer's requests that are being answered, in this session and in those before: he cannot have more by beginning anew. */
  readonly serving: { count: number };
}

/** What a peer needs of the endpoint. */
export interface PeerContext extends EndpointContext {
  /** The peer is this process itself. */
  readonly isSelf: boolean;
  /** Who hosts here, if anybody does. */
  host(): HostHandlers | undefined;
  /** Gives a packet to Steam, which has copied it when this returns. False: not now. */
  transmit(peer: bigint, packet: Uint8Array, sendType: SendType, steamChannel: number): boolean;
  accept(peer: bigint): void;
  /** A session here has something to send. */
  dirty(session: Session): void;
  /** A tag that the last 63 sessions of this endpoint did not have. */
  newTag(): number;
  newEpoch(): number;
  /** Whether there is room for another peer; our own player takes none. */
  hasRoom(): boolean;
}
