// What the director of the demo and its three processes tell each other, over the channel that Node gives to a child process.

import type { Point } from '../shared/arena.ts';

export type Order =
  | { readonly order: 'join'; readonly host: bigint }
  | { readonly order: 'say'; readonly text: string }
  | { readonly order: 'stand' }
  | { readonly order: 'leave' }
  /** To the host: nobody is left, close the server. */
  | { readonly order: 'end' };

export type Report =
  /** The process is a Steam user now; the host's also listens. */
  | { readonly report: 'online'; readonly steamId: bigint }
  /** In the room, with its first state. */
  | { readonly report: 'joined'; readonly sessionId: string; readonly afterMs: number }
  | { readonly report: 'heard'; readonly from: string; readonly text: string }
  | { readonly report: 'dropped' }
  | { readonly report: 'back'; readonly sessionId: string }
  | { readonly report: 'left'; readonly code: number }
  | ({ readonly report: 'status' } & Status);

/** Sent several times a second: what this process sees of the game, and of its links. */
export interface Status {
  readonly sight: Sight;
  readonly links: readonly Link[];
}

export interface Sight {
  readonly players: readonly SeenPlayer[];
  readonly balls: readonly Point[];
  readonly heaps: readonly Point[];
  /** Scores begin anew with each. */
  readonly round: number;
}

export interface SeenPlayer extends Point {
  readonly name: string;
  readonly steamId: string;
  readonly score: number;
  /** To a snowman, for a while. */
  readonly frozen: boolean;
  readonly connected: boolean;
}

export const channels = ['control', 'messages', 'state', 'bulk'] as const;
export type Channel = (typeof channels)[number];

export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** The session with one other Steam user: that of `endpoint.stats()` which is shown. */
export interface Link {
  readonly peer: bigint;
  readonly state: 'greeting' | 'established' | 'closed';
  /** -1: not measured yet. */
  readonly rttMs: number;
  readonly jitterMs: number;
  readonly sent: Traffic;
  readonly channels: Readonly<Record<Channel, { readonly sent: Traffic }>>;
}
