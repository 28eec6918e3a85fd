import type { Room } from '@colyseus/sdk';
import { Deadlines } from '../lobby/Deadlines.ts';
import type { GameListing } from '../lobby/GameListing.ts';
import type { Lobbies } from '../lobby/Lobbies.ts';
import type { Lobby } from '../lobby/Lobby.ts';
import { type FollowedGame, LobbyFollower } from './LobbyFollower.ts';
import type { PlayerPresence } from './PlayerPresence.ts';
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
  /** @internal The lobby is somebody else's of this process, such as the host's own. */
  readonly isShared: boolean;
  readonly #follower: LobbyFollower;
  readonly #presence: PlayerPresence | undefined;
  readonly #deadlines: Deadlines;
  readonly #handlers = new Set<(lobby: Lobby) => void>();
  readonly #onOver: () => void;
  #isOver = false;
  #leaving: Promise<void> | undefined;

  /** @internal `onOver` is called once, when the lobby is left for good. */
  constructor(
    client: SteamSDK,
    room: Room<T, State>,
    place: { readonly lobbies: Lobbies; readonly lobby: Lobby; readonly game: FollowedGame },
    presence: PlayerPresence,
    onOver: () => void,
  ) {
    const { lobbies, lobby, game } = place;
    this.client = client;
    this.room = room;
    this.isShared = game.isShared;
    this.leave = () => {
      this.#leaving ??= this.#leave();
      return this.#leaving;
    };
    this.#onOver = onOver;
    this.#deadlines = new Deadlines(lobby.endpoint);
    // In the host's own process it is his to say.
    this.#presence = game.isShared ? undefined : presence;
    this.#follower = new LobbyFollower(lobbies, lobby, game, {
      onLobby: (next) => this.#tell(next),
      onListing: (of, listing: GameListing) => this.#presence?.show(of.id, listing),
      onNone: () => this.#presence?.clear(),
    });
    if (!lobby.isOver) this.#presence?.show(lobby.id, game.listing);
    // For good: while the SDK reconnects there is only `onDrop`.
    room.onLeave(() => {
      this.#end();
      // Whoever is told after us may have something to say still.
      queueMicrotask(() => client.close());
    });
  }

  /** The lobby that we are in. It may become another: see {@link onLobbyChanged}; `isOver` while there is none. */
  get lobby(): Lobby {
    return this.#follower.lobby;
  }

  /** We have left, or the room is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Has `handler` called with the next lobby of the game, when Steam dropped the host or us from the one before, until the returned function is.
   * The room does not notice any of it.
   */
  onLobbyChanged(handler: (lobby: Lobby) => void): () => void {
    const own = (lobby: Lobby) => handler(lobby);
    this.#handlers.add(own);
    return () => void this.#handlers.delete(own);
  }

  async #leave(): Promise<void> {
    const isAlreadyOver = this.#isOver;
    this.#end();
    // While the SDK reconnects there is nobody to say it to.
    if (!isAlreadyOver && this.room.connection.isOpen) {
      const left = this.room.leave();
      await this.#deadlines.within(left, GOODBYE_MS, () => new Error('no goodbye')).catch(() => undefined);
    }
    this.client.close();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#follower.stop();
    this.#presence?.clear();
    this.#handlers.clear();
    this.#onOver();
  }

  #tell(lobby: Lobby): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(lobby);
      } catch (error) {
        // Game code: its mistake is its to see.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
