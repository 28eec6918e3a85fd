import { guard } from '../connection/guard.ts';
import type { GameListing } from '../lobby/GameListing.ts';
import type { Lobbies } from '../lobby/Lobbies.ts';
import type { Lobby } from '../lobby/Lobby.ts';
import { type FollowedGame, LobbyFollower } from './LobbyFollower.ts';
import type { PlayerPresence } from './PlayerPresence.ts';

/** A stay in the lobby of a game: from the moment that we are in it until its room is over, in whatever lobby the game is then. */
export class LobbyStay {
  readonly game: FollowedGame;
  readonly #lobbies: Lobbies;
  readonly #entered: Lobby;
  readonly #presence: PlayerPresence | undefined;
  readonly #onOver: () => void;
  readonly #handlers = new Set<(lobby: Lobby) => void>();
  #follower: LobbyFollower | undefined;
  #isOver = false;

  /** `onOver` is called once, when the lobby is left for good. */
  constructor(lobbies: Lobbies, lobby: Lobby, game: FollowedGame, presence: PlayerPresence, onOver: () => void) {
    this.game = game;
    this.#lobbies = lobbies;
    this.#entered = lobby;
    // In the host's own process it is his to say.
    this.#presence = game.isShared ? undefined : presence;
    this.#onOver = onOver;
  }

  /** The lobby that we are in. It may become another: see {@link onLobbyChanged}; `isOver` while there is none. */
  get lobby(): Lobby {
    return this.#follower?.lobby ?? this.#entered;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** We are in the room, too: from now on friends see the game, and it is followed from one lobby to the next. */
  begin(): void {
    if (this.#isOver || this.#follower !== undefined) return;
    const lobby = this.#entered;
    this.#follower = new LobbyFollower(this.#lobbies, lobby, this.game, {
      onLobby: (next) => this.#tell(next),
      onListing: (of, listing: GameListing) => this.#presence?.show(of.id, listing),
      onNone: () => this.#presence?.clear(),
    });
    if (lobby.owner === this.game.listing.host) this.#presence?.show(lobby.id, this.game.listing);
  }

  /** Has `handler` called with the next lobby of the game, until the returned function is. */
  onLobbyChanged(handler: (lobby: Lobby) => void): () => void {
    const own = (lobby: Lobby) => handler(lobby);
    this.#handlers.add(own);
    return () => void this.#handlers.delete(own);
  }

  /** Leaves the lobby, unless it is somebody else's. May be called twice. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#follower !== undefined) this.#follower.stop();
    else if (!this.game.isShared) this.#entered.leave();
    this.#presence?.clear();
    this.#handlers.clear();
    this.#onOver();
  }

  #tell(lobby: Lobby): void {
    for (const handler of [...this.#handlers]) guard(() => handler(lobby));
  }
}
