import { CloseCode, type Connection } from '../connection/Connection.ts';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { ConnectionEvents, Delivery, SendOptions } from '../connection/types.ts';
import { isWelcome, WELCOME } from './meshFrame.ts';

/** Pause before a member is dialled again: doubled with each try, and short again after a connection that stood so long. Unit: ms. */
const PAUSE_MS = { shortest: 500, longest: 15_000 } as const;
const STEADY_MS = 30_000;

export interface MeshLinkEvents {
  /** Both sides are in: messages go both ways from now on. */
  onOpen(): void;
  /** False when it is none. */
  onFrame(frame: Uint8Array, reliable: boolean, connection: Connection): boolean;
  /** After {@link onOpen}, once for each. */
  onLost(reason: string): void;
}

/**
 * One member of a mesh: the connection between him and us, made anew as often as it is lost. The one with the lower SteamID dials, the other one
 * welcomes, once he sees him in the lobby.
 */
export class MeshLink {
  readonly member: bigint;
  readonly #endpoint: Endpoint;
  readonly #target: string;
  readonly #events: MeshLinkEvents;
  #connection: Connection | undefined;
  #isOpen = false;
  #openedAt = 0;
  /** Of the next attempt, or of the end of the one that is under way. Infinity: it is his turn, or we are not to. */
  #dueAt: number;
  #pauseMs = 0;

  constructor(endpoint: Endpoint, member: bigint, target: string, events: MeshLinkEvents) {
    this.member = member;
    this.#endpoint = endpoint;
    this.#target = target;
    this.#events = events;
    this.#dueAt = this.isDialler ? endpoint.now() : Number.POSITIVE_INFINITY;
  }

  get isDialler(): boolean {
    return this.#endpoint.steamId < this.member;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Dials when it is time to. `mayDial`: he is a member, as far as we know. */
  tick(now: number, mayDial: boolean): void {
    if (now < this.#dueAt) return;
    const { connectTimeoutMs } = this.#endpoint.options;
    if (this.#connection !== undefined) {
      // He took the connection, and does not let us in.
      this.#connection.close(CloseCode.GoingAway, `no welcome within ${connectTimeoutMs} ms`);
    } else if (mayDial) {
      this.#dueAt = now + 2 * connectTimeoutMs;
      this.#connect((events) => this.#endpoint.connect(this.member, this.#target, events));
    }
  }

  /** He has dialled, and is let in. What was there before is over: he has begun anew. */
  welcome(connection: Connection): ConnectionEvents {
    const former = this.#connection;
    this.#lose('they connected anew');
    former?.close(CloseCode.GoingAway, 'connected anew');
    const events = this.#connect(() => connection);
    connection.send(WELCOME);
    this.#open();
    return events;
  }

  /** @throws RangeError when it is over the limits of the connection */
  send(frame: Uint8Array, delivery: Delivery, how: SendOptions): void {
    if (this.#isOpen) this.#connection?.send(frame, delivery, how);
  }

  /** Ends it for good: he is not a member any more, or we are not. Nothing is called after it. */
  end(reason: string): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#isOpen = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    connection?.close(CloseCode.Normal, reason);
  }

  #connect(make: (events: ConnectionEvents) => Connection): ConnectionEvents {
    const isCurrent = () => this.#connection === connection;
    const events: ConnectionEvents = {
      onMessage: (frame, reliable) => {
        if (isCurrent()) this.#receive(connection, frame, reliable);
      },
      onClose: (_code, reason, error) => {
        if (isCurrent()) this.#lose(error?.message ?? (reason || 'they closed the connection'));
      },
    };
    const connection = make(events);
    this.#connection = connection;
    return events;
  }

  #receive(connection: Connection, frame: Uint8Array, reliable: boolean): void {
    if (!this.#isOpen && this.isDialler && isWelcome(frame)) {
      this.#open();
    } else if (!this.#isOpen || !this.#events.onFrame(frame, reliable, connection)) {
      connection.countRejected();
      connection.close(CloseCode.InvalidPayload, 'a frame that is no message of this mesh');
    }
  }

  #open(): void {
    this.#isOpen = true;
    this.#openedAt = this.#endpoint.now();
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#events.onOpen();
  }

  #lose(reason: string): void {
    const now = this.#endpoint.now();
    const wasOpen = this.#isOpen;
    this.#connection = undefined;
    this.#isOpen = false;
    if (wasOpen && now - this.#openedAt >= STEADY_MS) this.#pauseMs = 0;
    this.#pauseMs = Math.min(Math.max(PAUSE_MS.shortest, 2 * this.#pauseMs), PAUSE_MS.longest);
    this.#dueAt = this.isDialler ? now + this.#pauseMs : Number.POSITIVE_INFINITY;
    if (wasOpen) this.#events.onLost(reason);
  }
}
