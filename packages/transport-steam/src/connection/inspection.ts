import type { ConnectionState } from './Connection.ts';
import type { LoggedEvent } from './EventLog.ts';
import type { FaultStats, PeerStats, StrangerStats } from './types.ts';

/**
 * What a process does over Steam, at one moment: plain JSON, SteamIDs in decimal. Made by `inspect()` of `SteamTransport`, `SteamSDK`, a
 * `Bridge` or an `Endpoint`. It has no ticket, no token, nothing of what a connection carries; names and reasons are as others wrote them.
 */
export interface Inspection {
  readonly steamId: string;
  /** What the user calls himself; empty where the driver does not know. */
  readonly personaName: string;
  /** Of this process, in milliseconds that never go back: the clock of {@link LoggedEvent.at}. */
  readonly now: number;
  /** `idle`: nothing of this process uses Steam; `lost`: Steam went away, `closed`: the driver was closed. */
  readonly steam: 'idle' | 'running' | 'lost' | 'closed';
  readonly isHosting: boolean;
  readonly peers: readonly InspectedPeer[];
  readonly strangers: StrangerStats;
  readonly faults: FaultStats;
  /** How many users are banned. */
  readonly bans: number;
  /** Packets of the game's own that nobody wanted. */
  readonly foreignPackets: number;
  /** The last ones, oldest first: at most 150, 100 of connections and pauses, and 50 about users who asked to come in. */
  readonly events: readonly LoggedEvent[];
  /** Of a client: the SteamID of the host whose game it is for. */
  readonly host?: string;
  /** Of a host that listens: its rooms, oldest first. */
  readonly rooms?: readonly InspectedRoom[];
  /** The Steam lobby that this process is in, or that its host has made. */
  readonly lobby?: InspectedLobby;
}

/** One session: its statistics, who it is with and what is in it. */
export interface InspectedPeer extends Omit<PeerStats, 'peer' | 'connections'> {
  readonly peer: string;
  /** His word. Empty until he has said hello. */
  readonly personaName: string;
  /** Our own player at our own host, or the other end of that. */
  readonly isSelf: boolean;
  readonly connections: readonly InspectedConnection[];
}

/** A virtual connection. */
export interface InspectedConnection {
  readonly state: ConnectionState;
  readonly openedBy: 'us' | 'peer';
  /** What it was opened to, without the query, 200 characters at most: `/processId/roomId` for a room. */
  readonly path: string;
}

/** A room of a host. */
export interface InspectedRoom {
  readonly roomId: string;
  readonly name: string;
  /** Players of whatever transport. */
  readonly clients: number;
  /** Undefined: no bound. */
  readonly maxClients?: number;
  /** Nobody can join now. */
  readonly isLocked: boolean;
  /** The game keeps it from those who look for a room. */
  readonly isHidden: boolean;
}

/** A lobby of Steam's. */
export interface InspectedLobby {
  /** `joined`: somebody else hosts; the others are those of a `HostLobby`. */
  readonly state: 'joined' | 'opening' | 'open' | 'healing' | 'closed';
  /** Undefined while Steam is asked to make it. */
  readonly id?: string;
  readonly owner?: string;
  readonly members: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  /** Of a host: which room it shows. */
  readonly roomId?: string;
}
