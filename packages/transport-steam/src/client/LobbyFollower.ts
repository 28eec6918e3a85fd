import { Deadlines } from '../lobby/Deadlines.ts';
import { type GameIdentity, type GameListing, parseListing } from '../lobby/GameListing.ts';
import type { Lobbies } from '../lobby/Lobbies.ts';
import type { Lobby } from '../lobby/Lobby.ts';
import { askForLobby } from '../lobby/lobbyRequest.ts';
import { type EnteredLobby, enterLobby, readLobby } from './enterLobby.ts';

/** Before each time that the host is asked: he has to notice it himself, and to make another lobby. Unit: ms. */
const PAUSES_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000] as const;

/** A game that is played, by its first lobby. */
export interface FollowedGame {
  readonly identity: GameIdentity;
  readonly listing: GameListing;
  /** The lobby is somebody else's of this process, such as the host's own: we share what he is in, and enter and leave nothing. */
  readonly isShared: boolean;
}

export interface LobbyFollowerEvents {
  /** Another lobby is the game's, and we are in it. */
  onLobby(lobby: Lobby): void;
  /** What the lobby says is other than before, or it is another lobby. */
  onListing(lobby: Lobby, listing: GameListing): void;
  /** We are in no lobby of the host's now. Another may follow. */
  onNone(): void;
}

/**
 * Keeps a player in the lobby of the game that he plays. Steam drops a host or a player from a lobby while their sessions go on: then the
 * player asks his host, over P2P, which lobby it is now. He plays on meanwhile, and when there is none.
 */
export class LobbyFollower {
  readonly #lobbies: Lobbies;
  readonly #game: FollowedGame;
  readonly #events: LobbyFollowerEvents;
  readonly #deadlines: Deadlines;
  readonly #stopped = new AbortController();
  #lobby: Lobby;
  #unwatch: () => void = () => undefined;
  #isLooking = false;

  constructor(lobbies: Lobbies, lobby: Lobby, game: FollowedGame, events: LobbyFollowerEvents) {
    this.#lobbies = lobbies;
    this.#lobby = lobby;
    this.#game = game;
    this.#events = events;
    this.#deadlines = new Deadlines(lobby.endpoint);
    this.#watch(lobby);
  }

  /** The last one that we were in: `isOver` while there is no other. */
  get lobby(): Lobby {
    return this.#lobby;
  }

  /** Leaves the lobby, unless it is shared, and follows no other. */
  stop(): void {
    this.#stopped.abort();
    this.#unwatch();
    if (!this.#game.isShared) this.#lobby.leave();
  }

  #watch(lobby: Lobby): void {
    const { host } = this.#game.listing;
    this.#unwatch = lobby.watch({
      onOwner: (owner) => {
        if (owner === host) this.#tellListing(lobby);
        else this.#seeHeir(lobby);
      },
      onMembers: (_joined, left) => {
        if (left.includes(host)) void this.#look();
      },
      onData: () => this.#tellListing(lobby),
      onEnd: (why) => {
        this.#events.onNone();
        // Who has left it has done so on purpose; but a host leaves a lobby for another.
        if (why === 'dropped' || this.#game.isShared) void this.#look();
      },
    });
    // It may have ended since we entered it, or have gone to another: coming into the room takes its time.
    if (lobby.isOver || !lobby.members.includes(host)) void this.#look();
    if (lobby.owner !== undefined && lobby.owner !== host) this.#seeHeir(lobby);
  }

  /** Another member than the host owns it. */
  #seeHeir(lobby: Lobby): void {
    // He may write into it whatever he likes: friends of ours are not to come after us by it.
    this.#events.onNone();
    // Ours now, and it leads nobody to the game.
    if (lobby.isOwner && !this.#game.isShared && !lobby.has(this.#game.listing.host)) lobby.setJoinable(false);
    void this.#look();
  }

  /** What its host says of it, and nobody else. */
  #tellListing(lobby: Lobby): void {
    const { host } = this.#game.listing;
    const listing = parseListing(lobby.data);
    if (listing?.host === host && lobby.owner === host) this.#events.onListing(lobby, listing);
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopped;
    if (this.#isLooking || signal.aborted) return;
    this.#isLooking = true;
    for (const pause of PAUSES_MS) {
      await this.#deadlines.after(pause, signal);
      if (signal.aborted || ((await this.#isFound()) && !this.#lobby.isOver)) break;
    }
    this.#isLooking = false;
  }

  async #isFound(): Promise<boolean> {
    const { host } = this.#game.listing;
    try {
      const id = await this.#ask();
      if (id === undefined) return false;
      if (id === this.#lobby.id && !this.#lobby.isOver) return this.#lobby.has(host);
      const { lobby } = await this.#enter(id);
      this.#lobby = lobby;
      this.#watch(lobby);
      this.#tellListing(lobby);
      this.#events.onLobby(lobby);
      return true;
    } catch {
      // He does not answer, or there is nothing where he sends us: the next time, perhaps.
      return false;
    }
  }

  async #ask(): Promise<bigint | undefined> {
    if (this.#game.isShared) return this.#lobbies.current?.id;
    return await askForLobby(this.#lobby.endpoint, this.#game.listing.host, this.#stopped.signal);
  }

  async #enter(id: bigint): Promise<EnteredLobby> {
    const { identity, listing, isShared } = this.#game;
    const { signal } = this.#stopped;
    // A mesh over our lobby goes back to it by itself, and may have been first.
    const isThere = isShared || this.#lobbies.current?.id === id;
    const entered = isThere ? await this.#share() : await enterLobby(this.#lobbies, this.#leaveFor(id), identity, signal);
    if (entered.listing.host === listing.host && !signal.aborted) return entered;
    if (!isThere) entered.lobby.leave();
    throw new Error('the lobby is of another game');
  }

  async #share(): Promise<EnteredLobby> {
    const lobby = this.#lobbies.current;
    if (lobby === undefined) throw new Error('there is none any more');
    return { lobby, listing: await readLobby(lobby, this.#game.identity, this.#stopped.signal) };
  }

  /** A user can be in one lobby only, and in ours there is no host. */
  #leaveFor(id: bigint): bigint {
    if (!this.#lobby.isOver) {
      this.#unwatch();
      this.#lobby.leave();
      this.#events.onNone();
    }
    return id;
  }
}
