import type { ConnectionState } from '../connection/Connection.ts';
import type { ConnectionEvents, Delivery, SendOptions, SteamRequest, SteamResponse } from '../connection/types.ts';

/** What a room of the SDK needs of the connection to its host: one of this process, or of another, at the far end of a bridge. */
export interface PlayerConnection {
  readonly state: ConnectionState;
  send(bytes: Uint8Array, delivery?: Delivery, how?: SendOptions): void;
  close(code?: number, reason?: string): void;
  countReceived(label: string, bytes: number, reliable: boolean): void;
  countRejected(): void;
}

/** What one SDK does over Steam: its requests and its connections, whoever has them. */
export abstract class PlayerLink {
  /** Both ends have declared the same messages. */
  abstract readonly knowsMessages: boolean;
  #closed = new AbortController();
  #generation = 0;
  #isMatchmaking = false;

  /** How often it was closed: what began before a {@link close} must not go on after it. */
  get generation(): number {
    return this.#generation;
  }

  /** The request that begins now is followed by a {@link dial} of the seat in its answer. */
  get isMatchmaking(): boolean {
    return this.#isMatchmaking;
  }

  /** Runs `ask`; what it requests before it returns is matchmaking. */
  matchmake<T>(ask: () => T): T {
    this.#isMatchmaking = true;
    try {
      return ask();
    } finally {
      this.#isMatchmaking = false;
    }
  }

  /** Aborted with `signal`, and by {@link close}: for a request that begins now. */
  signalFor(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  /** Asks a host, and keeps the connection that comes with the answer. */
  abstract request(host: bigint, request: SteamRequest, signal: AbortSignal): Promise<SteamResponse>;

  /**
   * Opens a connection, or takes the one that the host has opened for the same seat: then `onOpen` comes as if it had been dialled.
   *
   * @param lingerMs asked at the end: how soon the next one may come.
   */
  abstract dial(host: bigint, target: string, events: ConnectionEvents, lingerMs?: () => number | undefined): PlayerConnection;

  /** Leaves everything with consent, and gives up what waits for an answer. It can be used again. */
  close(): void {
    this.#generation++;
    this.#closed.abort(new DOMException('the client was closed', 'AbortError'));
    this.#closed = new AbortController();
  }
}
