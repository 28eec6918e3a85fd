import { CloseCode, type Connection } from '../connection/Connection.ts';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { ConnectionEvents } from '../connection/types.ts';
import { LobbyLimits } from '../driver/LobbyDriver.ts';

/** A member can arrive before the lobby shows him, and then he waits at the door so long at most. Unit: ms. */
const GRACE_MS = 3_000;

export interface MeshDoorEvents {
  /** Whether he is a member of the lobby, asking Steam itself. */
  isMember(peer: bigint): boolean;
  /** Somebody waits for the lobby to show him: it may look more often for so long. */
  onWaiting(ms: number): void;
  /** A member has dialled. Returns the handlers of the connection from now on. */
  welcome(connection: Connection): ConnectionEvents;
}

interface Waiting {
  readonly peer: bigint;
  readonly until: number;
  settle(isMember: boolean): void;
}

/** Where the members of a mesh come in: those whose SteamID is the lower one, and nobody who is not in the lobby. */
export class MeshDoor {
  /** What is dialled. */
  readonly target: string;
  readonly #endpoint: Endpoint;
  readonly #events: MeshDoorEvents;
  readonly #stop: () => void;
  /** Who waits longest first. */
  readonly #waiting = new Set<Waiting>();

  /** @throws Error when the lobby has a mesh in this process */
  constructor(endpoint: Endpoint, lobby: bigint, events: MeshDoorEvents) {
    this.target = `/.steam/mesh/${lobby}`;
    this.#endpoint = endpoint;
    this.#events = events;
    this.#stop = endpoint.accept(this.target, {
      onSessionRequest: (peer) => this.#mayCome(peer),
      onConnection: (connection) => this.#receive(connection),
    });
  }

  /** The lobby may show more members than before. */
  look(): void {
    for (const waiting of this.#waiting) if (this.#events.isMember(waiting.peer)) this.#settle(waiting, true);
  }

  tick(now: number): void {
    for (const waiting of this.#waiting) {
      if (now < waiting.until) return;
      this.#settle(waiting, this.#events.isMember(waiting.peer));
    }
  }

  close(): void {
    this.#stop();
    for (const waiting of this.#waiting) this.#settle(waiting, false);
  }

  #mayCome(peer: bigint): boolean | Promise<boolean> {
    if (this.#events.isMember(peer)) return true;
    return new Promise((resolve) => {
      this.#wait(peer, resolve);
    });
  }

  /** He may be in at once, or in a moment; until then he has nothing to say. */
  #receive(connection: Connection): ConnectionEvents {
    const { peer } = connection;
    const refuse = (reason: string): ConnectionEvents => {
      connection.close(CloseCode.PolicyViolation, reason);
      return { onMessage: () => undefined, onClose: () => undefined };
    };
    if (peer >= this.#endpoint.steamId) return refuse('the one with the lower SteamID dials');
    if (this.#events.isMember(peer)) return this.#events.welcome(connection);
    let events: ConnectionEvents | undefined;
    this.#wait(peer, (isMember) => {
      if (isMember && connection.state === 'open') events = this.#events.welcome(connection);
      else refuse('not a member of the lobby');
    });
    return {
      onMessage: (frame, reliable) => {
        if (events !== undefined) events.onMessage(frame, reliable);
        else connection.close(CloseCode.PolicyViolation, 'a message before the welcome');
      },
      onClose: (...end) => events?.onClose(...end),
    };
  }

  #wait(peer: bigint, settle: (isMember: boolean) => void): void {
    this.#events.onWaiting(GRACE_MS);
    this.#waiting.add({ peer, until: this.#endpoint.now() + GRACE_MS, settle });
    // So many at most: the oldest gives way.
    const oldest = this.#waiting.values().next().value;
    if (oldest !== undefined && this.#waiting.size > LobbyLimits.members) this.#settle(oldest, false);
  }

  #settle(waiting: Waiting, isMember: boolean): void {
    if (this.#waiting.delete(waiting)) waiting.settle(isMember);
  }
}
