import type { Room } from '@colyseus/sdk';
import { Deadlines } from '../lobby/Deadlines.ts';
import type { Lobby } from '../lobby/Lobby.ts';
import type { LobbyStay } from './LobbyStay.ts';
import type { SteamSDK } from './SteamSDK.ts';

/** For the host's goodbye. Unit: ms. */
const GOODBYE_MS = 2_000;

/** A game that was joined through its lobby: both end together. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own default, which means an untyped room
export class JoinedLobby<T = any, State = any> {
  readonly room: Room<T, State>;
  /** With which the room was joined; closed with it. */
  readonly client: SteamSDK;
  /** Leaves the lobby, which is done at once, and the room with consent. May be called twice. */
  readonly leave: () => Promise<void>;
  readonly #stay: LobbyStay;
  readonly #deadlines: Deadlines;
  #leaving: Promise<void> | undefined;

  /** @internal */
  constructor(client: SteamSDK, room: Room<T, State>, stay: LobbyStay) {
    this.client = client;
    this.room = room;
    this.leave = () => {
      this.#leaving ??= this.#leave();
      return this.#leaving;
    };
    this.#stay = stay;
    this.#deadlines = new Deadlines(stay.lobby.endpoint);
    stay.begin();
    // For good: while the SDK reconnects there is only `onDrop`.
    room.onLeave(() => {
      stay.end();
      // Whoever is told after us may have something to say still.
      queueMicrotask(() => client.close());
    });
  }

  /** The lobby that we are in. It may become another: see {@link onLobbyChanged}; `isOver` while there is none. */
  get lobby(): Lobby {
    return this.#stay.lobby;
  }

  /** We have left, or the room is over. */
  get isOver(): boolean {
    return this.#stay.isOver;
  }

  /**
   * Has `handler` called with the next lobby of the game, when Steam dropped the host or us from the one before, until the returned function is.
   * The room does not notice any of it.
   */
  onLobbyChanged(handler: (lobby: Lobby) => void): () => void {
    return this.#stay.onLobbyChanged(handler);
  }

  async #leave(): Promise<void> {
    const isAlreadyOver = this.isOver;
    this.#stay.end();
    // While the SDK reconnects there is nobody to say it to.
    if (!isAlreadyOver && this.room.connection.isOpen) {
      const left = this.room.leave();
      await this.#deadlines.within(left, GOODBYE_MS, () => new Error('no goodbye')).catch(() => undefined);
    }
    this.client.close();
  }
}
