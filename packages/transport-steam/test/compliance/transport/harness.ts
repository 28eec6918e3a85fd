import type { Client, Transport } from '@colyseus/core';
import type { ColyseusSDK, Room as SdkRoom } from '@colyseus/sdk';

/** One transport with its players, before a Colyseus server is built on it. Made anew for every test. */
export interface Arena {
  readonly transport: Transport;
  /** What `server.listen()` is given. */
  readonly port: number;
  /** A new player: another user, another machine. */
  player(options?: { headers?: Record<string, string> }): ColyseusSDK;
  /** Breaks the link under a joined room as a pulled cable does: neither side says goodbye. */
  cut(room: SdkRoom, client: Client): void;
  /** After the server's shutdown: ends the players, and fails when anything is left. */
  close(): Promise<void>;
}

export type ArenaSetup = () => Arena | Promise<Arena>;

/** Where transports may differ, with the reason. Everything else is the same for all. */
export interface Differences {
  /** Round trip that the network adds. Unit: ms. */
  readonly roundTripMs: number;
  /**
   * ws has no unreliable lane: core keeps `@unreliable` fields at their join-time value there, and the SDK sends unreliable
   * traffic reliably.
   */
  readonly unreliableLane: boolean;
  /** The lane loses packets, so an unreliable message may stay away for good. */
  readonly losesUnreliable: boolean;
  /** Steam says who a player is; ws knows an address only. */
  readonly steamIdentity: boolean;
}
