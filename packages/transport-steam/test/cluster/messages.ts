/** What a host of `ClusterHost.ts` is to be: the one argument of `hostProcess.ts`, as JSON. */
export interface Role {
  /** Name of the simulated Steam. */
  readonly hub: string;
  /** Decimal: JSON has no bigint. */
  readonly steamId: string;
  /** Of the Redis server. */
  readonly redis: string;
}

/** What a test has a host do, with the arguments and the answer. */
export interface Orders {
  /** He is on Steam and in the cluster. */
  ready(): { readonly processId: string };
  /** Rooms of this name, that nobody says where to make, are made by that process from now on. */
  place(name: string, processId: string): void;
  /** What happened in his rooms. */
  events(): readonly RoomEvent[];
  /** Ends the link of a player, as a network that fails does. */
  cut(sessionId: string): void;
  ban(steamId: string, reason: string): void;
  unban(steamId: string): void;
  /** Answers this user's `onSessionRequest` with a reason, or again with yes. */
  refuse(steamId: string, reason: string | undefined): void;
  /** He plays himself, in a room of another host, and says what he was answered there. */
  play(roomId: string): Promise<unknown>;
}

export type Order = keyof Orders;

export interface RoomEvent {
  readonly what: 'joined' | 'dropped' | 'back' | 'left';
  readonly roomId: string;
  readonly sessionId: string;
  readonly steamId: string;
}

/** To a host: an order with a number, and back: its answer with the same. */
export interface OrderMessage {
  readonly number: number;
  readonly order: Order;
  readonly args: readonly unknown[];
}

export interface AnswerMessage {
  readonly number: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** What a player is told who asks in a room where he is. */
export interface Whereabouts {
  /** Of who hosts the room. */
  readonly host: string;
  /** His own, as the host has it from Steam. */
  readonly you: string;
}
