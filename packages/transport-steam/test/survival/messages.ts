import type { EndpointOptions } from '../../src/index.ts';

/** What a process of `GameProcess.ts` is to be: the one argument of `hostProcess.ts` and `playerProcess.ts`, as JSON. */
export interface Role {
  /** `hub`: the simulated Steam of this machine. `steamworks`: the addon, over whatever Steam its environment gives it. */
  readonly driver: 'hub' | 'steamworks';
  readonly hub: { readonly name: string };
  /** Decimal: JSON has no bigint. */
  readonly steamId: string;
  readonly endpoint: EndpointOptions;
  /** Of a player: whom he plays with. */
  readonly host?: string;
  /** Of a player: the seat that he comes back to, in the place of a new one. */
  readonly token?: string;
  /** Of a player: {@link https://docs.colyseus.io} `room.reconnection`, as far as a test changes it. */
  readonly reconnection?: { readonly maxRetries?: number; readonly enabled?: boolean };
  /** No timer of the process is faster than this: a page in the background. Unit: ms. */
  readonly leastTimerMs?: number;
}

/** What the test tells a process to do. */
export type Command =
  /** The host says so many numbers to all. */
  | { readonly do: 'say'; readonly count: number }
  /** The event loop stands still: a level loads. Announced or not. */
  | { readonly do: 'block'; readonly ms: number; readonly announced: boolean }
  /** The host throws what nobody catches. */
  | { readonly do: 'throw' }
  | { readonly do: 'join' };

/** What a process says of itself, in the order in which it happens. */
export type Report =
  | { readonly is: 'ready'; readonly steamId: string }
  | { readonly is: 'joined'; readonly sessionId: string; readonly token: string }
  | { readonly is: 'heard'; readonly number: number }
  | { readonly is: 'accepted'; readonly sessionId: string; readonly number: number }
  | { readonly is: 'dropped' | 'left'; readonly code: number; readonly reason: string }
  | { readonly is: 'back' }
  | { readonly is: 'awake' }
  | { readonly is: 'failed'; readonly code: unknown; readonly message: string };
