import { logger, type Room } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { EventName } from '../connection/EventLog.ts';
import { guard } from '../connection/guard.ts';
import type { InspectedLobby } from '../connection/inspection.ts';
import { SteamError } from '../driver/SteamError.ts';
import { type GameListing, LobbyKey } from '../lobby/GameListing.ts';
import { contentOf } from '../lobby/inspectLobby.ts';
import { Lobbies } from '../lobby/Lobbies.ts';
import type { Lobby } from '../lobby/Lobby.ts';
import { checkStatus, lobbyTypes, membersOf, type ResolvedLobbyOptions } from './lobbyOptions.ts';
import { changesOf, Publication } from './Publication.ts';
import { RichPresence } from './RichPresence.ts';
import { isShut, roomListing } from './roomListing.ts';

/** Between two looks at the room: what changes in one goes to Steam together. Unit: ms. */
const LOOK_MS = 250;

/** Pause before a lobby is made again: doubled with each, and none for one that stood so long. Unit: ms. */
const PAUSE_MS = { shortest: 1_000, longest: 30_000 } as const;
const STEADY_MS = 30_000;

/**
 * Who was in a lobby that Steam took from us counts as a member so long after the next one stands: he has to find it first. Unit:
 * ms.
 */
const FORMER_MS = 60_000;

export type HostLobbyState =
  /** Steam is asked to make it. */
  | 'opening'
  | 'open'
  /** Steam took it from us, and is asked to make another one. */
  | 'healing'
  | 'closed';

/**
 * The lobby of a room: shows in Steam what the room is, for as long as there is the room. It outlives any one lobby of Steam's:
 * when that is lost, another one is made, with the same data. Made by {@link SteamTransport}; ends with its room, with `close()`,
 * and with the transport.
 */
export class HostLobby {
  readonly room: Room;
  readonly #endpoint: Endpoint;
  readonly #lobbies: Lobbies;
  readonly #options: ResolvedLobbyOptions;
  readonly #publication: Publication;
  readonly #presence: RichPresence;
  readonly #abort = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  #state: HostLobbyState = 'opening';
  #lobby: Lobby | undefined;
  #isJoinable: boolean | undefined;
  #members: ReadonlySet<bigint> = new Set();
  #former: ReadonlySet<bigint> = new Set();
  #stoodSince = 0;
  #lookAt = 0;
  /** When the next one is to be made; undefined while Steam is asked, and while there is one. */
  #makeAt: number | undefined;
  #pauseMs = 0;
  /** What went wrong with making it, and with what it shows, is logged once: it would be every second, or four times in one. */
  #isFailing = false;
  #isComplaining = false;

  /** @internal */
  constructor(endpoint: Endpoint, room: Room, options: ResolvedLobbyOptions) {
    this.room = room;
    this.#endpoint = endpoint;
    this.#lobbies = Lobbies.of(endpoint);
    this.#options = options;
    this.#publication = new Publication({ game: options.game, contract: endpoint.options.contract });
    this.#presence = new RichPresence(endpoint.driver);
    // Whoever does not wait for it hears of what goes wrong in the log.
    this.#opened.promise.catch(() => undefined);
    this.#make();
  }

  get state(): HostLobbyState {
    return this.#state;
  }

  /** Of the lobby that Steam has for it now; undefined while it makes one. Another one after `onLost`. */
  get id(): bigint | undefined {
    return this.#lobby?.id;
  }

  get game(): string {
    return this.#options.game;
  }

  /** Everybody in it, the host included, as seen a second ago at most. While it is made anew: who was in the former one. */
  get members(): readonly bigint[] {
    return [...this.#members];
  }

  /**
   * What a player who looks for a game is shown, at this moment; a lobby list may be behind by seconds. Metadata that Steam does not take is here
   * all the same, and not in the list.
   */
  get listing(): GameListing {
    const { type } = this.#options;
    return roomListing(this.#endpoint, this.room, {
      isForFriends: type === 'public' || type === 'friendsOnly',
      isClosed: this.#state === 'closed',
    });
  }

  /**
   * When Steam has made it. Rejects when the first attempt fails, as {@link Lobbies.create} says, though it is tried again; or
   * when it is closed before.
   */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /**
   * Whether a user is in it, as we saw last; or was, when Steam took it from us: until a minute after the next one stands. A
   * joiner may be a member before it is seen here, see {@link hurry}.
   */
  has(steamId: bigint): boolean {
    return this.#members.has(steamId) || this.#former.has(steamId);
  }

  /** Looks ten times a second for so long: somebody waits for a member to appear. */
  hurry(ms: number): void {
    this.#lobby?.hurry(ms);
  }

  /** Opens the overlay's dialog in which the host picks friends to invite. False while Steam has no lobby for it. */
  openInviteDialog(): boolean {
    this.#lobby?.openInviteDialog();
    return this.#lobby !== undefined;
  }

  /**
   * Ends it at once: those who find it are told that it is closed, nobody can enter, and we are out. The room goes on, and who is
   * in it stays. May be called twice.
   */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const lobby = this.#lobby;
    this.#lobby = undefined;
    if (lobby !== undefined) {
      // Another member will own it: nobody may find it, or take it for ours.
      this.#careful(() => lobby.setJoinable(false));
      this.#careful(() => lobby.setData({ [LobbyKey.State]: 'closed', [LobbyKey.Game]: '' }));
      lobby.leave();
    }
    this.#members = this.#former = new Set();
    this.#log('lobby-closed', lobby);
    this.#presence.clear();
    const ended = new SteamError('closed', `the lobby of room ${this.room.roomId} was closed`);
    this.#abort.abort(ended);
    this.#opened.reject(ended);
    guard(() => this.#options.onClose?.(this));
  }

  /** @internal For `SteamTransport.inspect()`. */
  inspect(): InspectedLobby {
    const { roomId } = this.room;
    const lobby = this.#lobby === undefined ? { members: this.members.map(String), data: {} } : contentOf(this.#lobby);
    return { state: this.#state, ...lobby, roomId };
  }

  /** @internal To be called often. */
  tick(now: number): void {
    if (this.#makeAt !== undefined && now >= this.#makeAt) this.#make();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    if (this.#former.size > 0 && this.#state === 'open' && now - this.#stoodSince >= FORMER_MS) this.#former = new Set();
    if (this.#lobby !== undefined) this.#publish(this.#lobby);
  }

  #make(): void {
    this.#makeAt = undefined;
    this.#pauseMs = Math.min(Math.max(PAUSE_MS.shortest, 2 * this.#pauseMs), PAUSE_MS.longest);
    this.#lobbies.create(lobbyTypes[this.#options.type], membersOf(this.room, this.#options), this.#abort.signal).then(
      (lobby) => this.#stand(lobby),
      (error) => this.#fail(error),
    );
  }

  #stand(lobby: Lobby): void {
    if (this.#state === 'closed') {
      lobby.leave();
      return;
    }
    lobby.watch({
      onMembers: (joined, left) => this.#seeMembers(lobby, joined, left),
      onOwner: (owner) => owner !== this.#endpoint.steamId && this.#lose(lobby, 'owner'),
      // By somebody else in this process, it is as if Steam did.
      onEnd: () => this.#lose(lobby, 'dropped'),
    });
    if (this.#isFailing) logger.info(`${this.#logged} stands again`);
    this.#log(this.#state === 'healing' ? 'lobby-healed' : 'lobby-opened', lobby);
    this.#state = 'open';
    this.#lobby = lobby;
    this.#former = new Set([...this.#former, ...this.#members]);
    this.#members = new Set(lobby.members);
    this.#stoodSince = this.#endpoint.now();
    this.#lookAt = this.#stoodSince + LOOK_MS;
    this.#isJoinable = undefined;
    this.#isFailing = this.#isComplaining = false;
    this.#presence.repeat();
    this.#publish(lobby);
    this.#opened.resolve();
    guard(() => this.#options.onOpen?.(this));
  }

  /** Hosting goes on without. */
  #fail(error: unknown): void {
    if (this.#state === 'closed') return;
    this.#makeAt = this.#endpoint.now() + this.#pauseMs;
    if (!this.#isFailing)
      logger.error(`${this.#logged}: ${(error as Error).message}; it is tried again, the game goes on without`);
    this.#isFailing = true;
    this.#opened.reject(error);
  }

  #lose(lobby: Lobby, why: 'dropped' | 'owner'): void {
    if (this.#lobby !== lobby) return;
    const now = this.#endpoint.now();
    this.#lobby = undefined;
    this.#state = 'healing';
    if (now - this.#stoodSince >= STEADY_MS) this.#pauseMs = 0;
    this.#makeAt = now + this.#pauseMs;
    this.#presence.show('connect', undefined);
    lobby.leave();
    const cause = why === 'owner' ? 'another member owns it' : 'Steam dropped us from it';
    logger.warn(`${this.#logged} is lost (${cause}): making another one`);
    this.#log('lobby-lost', lobby, cause);
    guard(() => this.#options.onLost?.(this, why));
  }

  #seeMembers(lobby: Lobby, joined: readonly bigint[], left: readonly bigint[]): void {
    this.#members = new Set(lobby.members);
    // He may have asked already, and been refused, or wait behind strangers.
    for (const member of joined) if (member !== this.#endpoint.steamId) this.#endpoint.expect(member);
    guard(() => this.#options.onMembers?.(this, joined, left));
  }

  #publish(lobby: Lobby): void {
    const { listing } = this;
    const changes = changesOf(lobby.data, this.#publication.data(listing));
    this.#careful(() => {
      if (Object.keys(changes).length > 0 && !lobby.setData(changes) && this.#lobby === lobby) this.#notOurs(lobby);
    });
    // A full one is left open: only the room can say so. Steam would say no more than that the lobby is not for them.
    const isJoinable = !isShut(this.room);
    // False: Steam did not take it. It is tried again with the next look.
    if (this.#isJoinable !== isJoinable && lobby.setJoinable(isJoinable)) this.#isJoinable = isJoinable;
    this.#showPresence(lobby, listing);
  }

  /** Only its owner can write to a lobby: the first thing by which a hand-over is noticed. */
  #notOurs(lobby: Lobby): void {
    if (lobby.owner !== undefined && !lobby.isOwner) this.#lose(lobby, 'owner');
  }

  #showPresence(lobby: Lobby, listing: GameListing): void {
    if (this.#lobby !== lobby) return;
    const { status } = this.#options;
    // "Join game" in the friends list, where friends may see it and would get in.
    this.#presence.show('connect', listing.isForFriends && !listing.isLocked ? `+connect_lobby ${lobby.id}` : undefined);
    if (status === undefined) return;
    this.#careful(() => this.#presence.show('status', checkStatus(typeof status === 'function' ? status(listing) : status)));
  }

  /** What Steam or the game does not take is no reason to stop. */
  #careful(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!this.#isComplaining) logger.error(`${this.#logged}: ${(error as Error).message}`);
      this.#isComplaining = true;
    }
  }

  #log(what: EventName, lobby: Lobby | undefined, reason?: string): void {
    const id = lobby === undefined ? {} : { lobby: String(lobby.id) };
    this.#endpoint.log.add(what, { ...id, ...(reason !== undefined && { reason }) });
  }

  get #logged(): string {
    return `colyseus-transport-steam: the lobby of room ${this.room.roomId}`;
  }
}
