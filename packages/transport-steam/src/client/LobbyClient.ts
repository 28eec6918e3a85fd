import type { JoinOptions, Room } from '@colyseus/sdk';
import { resolveChannels } from '../connection/channels.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import { SteamError } from '../driver/SteamError.ts';
import { type GameIdentity, LobbyKey } from '../lobby/GameListing.ts';
import { Lobbies } from '../lobby/Lobbies.ts';
import { checkChannels, checkSameMessages } from '../messages/contract.ts';
import { abortable } from './abortable.ts';
import { enterLobby, readLobby } from './enterLobby.ts';
import { checkFindOptions, type FindLobbiesOptions, type LobbyInfo, lobbiesIn } from './findLobbies.ts';
import { JoinedLobby } from './JoinedLobby.ts';
import { joinFailure } from './joinFailure.ts';
import { LobbyStay } from './LobbyStay.ts';
import { friendIdOf, lobbyIdOf } from './lobbyIds.ts';
import { lobbyOfFriend } from './lobbyOfFriend.ts';
import { type LobbyClientOptions, splitLobbyOptions } from './lobbyOptions.ts';
import type { SteamSDKOptions } from './options.ts';
import { PlayerPresence } from './PlayerPresence.ts';
import { SteamSDK } from './SteamSDK.ts';
import type { RootSchema } from './sdkSeam.ts';

/** State of a room of the server's type `T`, as the SDK infers it. */
// biome-ignore lint/suspicious/noExplicitAny: as the SDK has it
export type StateOf<T> = Room<T> extends Room<any, infer State> ? State : never;

export interface JoinLobbyOptions<State = unknown> {
  /** Class of the room's state, as in `client.join()` of the SDK. */
  readonly rootSchema?: RootSchema<State>;
  /** Gives the join up: it rejects with the signal's reason, and we are in neither lobby nor room. */
  readonly signal?: AbortSignal;
}

/**
 * The player's side of lobbies: finds games, joins them through their lobby, and stays in it.
 *
 * ```ts
 * const lobbies = new LobbyClient({ driver, game: 'my-studio.my-game' });
 * const [lobby] = await lobbies.findLobbies({ filter: { hasRoom: true } });
 * if (lobby !== undefined) await lobbies.joinLobby(lobby); // resolves to { room, client, lobby, leave }
 * ```
 */
export class LobbyClient {
  /** Shared by all that this process does over the driver. */
  readonly endpoint: Endpoint;
  readonly #lobbies: Lobbies;
  readonly #identity: GameIdentity;
  readonly #sdkOptions: SteamSDKOptions;
  readonly #presence: PlayerPresence;
  readonly #subscriptions = new Set<() => void>();
  #stay: LobbyStay | undefined;
  #joined: JoinedLobby | undefined;
  #closed = new AbortController();
  /** One join after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** @throws TypeError | RangeError for bad options, naming the value and what is expected; TypeError for a driver without lobbies */
  constructor(options: LobbyClientOptions) {
    const { identity, status, sdk, split } = splitLobbyOptions(options);
    const { driver, messages, endpoint } = split;
    // Before the endpoint, whose first options stay.
    if (messages !== undefined) checkChannels(messages, resolveChannels(endpoint.channels, driver.limits.channels));
    this.endpoint = Endpoint.of(driver, endpoint);
    checkSameMessages(messages, this.endpoint.options.contract);
    this.#lobbies = Lobbies.of(this.endpoint);
    this.#identity = identity;
    this.#sdkOptions = sdk;
    this.#presence = new PlayerPresence(driver, status);
  }

  /** The game that we are in. */
  get joined(): JoinedLobby | undefined {
    return this.#joined;
  }

  /**
   * The games of this key that Steam lists: public ones that have room, at most 50, and without those that this build cannot join.
   *
   * Steam picks the 50 from all lobbies of the app, where the binding has no list filters (steamworks.js 0.4.0 has none): on app 480, which is
   * everybody's, strangers' lobbies can leave no room for ours. Then only an own app id helps, or an invite, for which there is no list.
   *
   * @throws TypeError (rejects) for bad options; SteamError (rejects) `timed-out` or `steam-failed`
   */
  async findLobbies(options: FindLobbiesOptions = {}): Promise<LobbyInfo[]> {
    const checked = checkFindOptions(options);
    const listed = await this.#lobbies.list({ [LobbyKey.Game]: this.#identity.game });
    return lobbiesIn(listed, this.#identity, checked);
  }

  /**
   * Enters a lobby, and joins the room that its host opened. Leaves the game that we are in first; of two joins at once, the second waits for the
   * end of the first. To the process that hosts the game, its own lobby is one like any other; it is not left with the room.
   *
   * @param lobby of a list, or its id
   * @param joinOptions for the room's `onAuth` and `onJoin`
   * @throws TypeError | RangeError (rejects) for what is no lobby; Error (rejects) when we play there already, or host another game; SteamError
   *   (rejects) `full`, `denied`, `gone`, `wrong-game`, `version-mismatch`, `schema-mismatch`, `timed-out` and so on; the signal's reason. Then
   *   we are in neither lobby nor room.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own default, which means an untyped room
  async joinLobby<T = any, State = StateOf<T>>(
    lobby: LobbyInfo | bigint | string,
    joinOptions?: JoinOptions,
    options: JoinLobbyOptions<State> = {},
  ): Promise<JoinedLobby<T, State>> {
    const id = lobbyIdOf(lobby);
    const signal = this.#signalOf(options.signal);
    const turn = this.#inTurn(() => this.#join<T, State>(id, joinOptions, options.rootSchema, signal));
    return await abortable(turn, signal, (late) => void late.leave());
  }

  /**
   * Joins the game that a friend is in, or hosts: through the lobby that Steam shows of him, where the binding can tell; else through one of the
   * list; else he is asked himself, who answers when he hosts and lets us in.
   *
   * @throws as {@link joinLobby}, and SteamError (rejects) `gone` that says what was tried
   */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own default, which means an untyped room
  async joinFriend<T = any, State = StateOf<T>>(
    friend: bigint | string,
    joinOptions?: JoinOptions,
    options: JoinLobbyOptions<State> = {},
  ): Promise<JoinedLobby<T, State>> {
    const signal = this.#signalOf(options.signal);
    const lobby = await this.lobbyOf(friend, signal);
    // With the same signal: a `close()` meanwhile is meant for this, too.
    return await this.joinLobby<T, State>(lobby, joinOptions, { ...options, signal });
  }

  /** @internal The lobby of a friend: see {@link joinFriend}. */
  async lobbyOf(friend: bigint | string, signal?: AbortSignal): Promise<bigint> {
    const id = friendIdOf(friend);
    if (id === this.endpoint.steamId) throw new RangeError(`friend ${id} is ourselves`);
    const list = () => this.findLobbies({ includeIncompatible: true });
    return await lobbyOfFriend(this.endpoint, id, list, this.#signalOf(signal));
  }

  /** @internal As {@link joinLobby} does, and no room: for whoever has that in another process. He ends the stay, too. */
  async enterLobby(lobby: bigint | string, signal?: AbortSignal): Promise<LobbyStay> {
    const id = lobbyIdOf(lobby);
    const own = this.#signalOf(signal);
    const turn = this.#inTurn(() => this.#enter(id, own));
    return await abortable(turn, own, (late) => late.end());
  }

  /**
   * Has `handler` called when the player accepts an invite, or chooses "Join game" in the overlay, while this process runs; until the returned
   * function is. `friend` is whose, where Steam says it. A game that does not run yet is started with `+connect_lobby`:
   * `lobbyFromCommandLine(process.argv)`.
   */
  onJoinRequested(handler: (lobby: bigint, friend: bigint | undefined) => void): () => void {
    const unsubscribe = this.#lobbies.onJoinRequested(handler);
    const end = () => {
      this.#subscriptions.delete(end);
      unsubscribe();
    };
    this.#subscriptions.add(end);
    return end;
  }

  /**
   * Leaves lobby and room, gives up what is under way, and ends what {@link onJoinRequested} began. To be awaited before `driver.close()`: the host
   * has heard it then. It can be used again.
   */
  async close(): Promise<void> {
    for (const end of [...this.#subscriptions]) end();
    this.#closed.abort(new SteamError('closed', 'the LobbyClient was closed'));
    this.#closed = new AbortController();
    await this.#joined?.leave();
    this.#stay?.end();
    await this.#last;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #signalOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  async #join<T, State>(
    id: bigint,
    joinOptions: JoinOptions,
    rootSchema: RootSchema<State> | undefined,
    signal: AbortSignal,
  ): Promise<JoinedLobby<T, State>> {
    const stay = await this.#enter(id, signal);
    let client: SteamSDK | undefined;
    try {
      const { listing } = stay.game;
      client = new SteamSDK(`steam://${listing.host}`, this.#sdkOptions);
      const joining = client.joinById<State>(listing.roomId, joinOptions, rootSchema) as Promise<Room<T, State>>;
      const room = await abortable(joining, signal, (late) => void late.leave());
      // A close may come in the same packet as the welcome, and then nobody has been told yet.
      if (!room.connection.isOpen) throw new SteamError('denied', `the host of lobby ${id} let us in, and out again at once`);
      const joined = new JoinedLobby<T, State>(client, room, stay);
      this.#joined = joined;
      return joined;
    } catch (error) {
      client?.close();
      stay.end();
      throw signal.aborted ? signal.reason : joinFailure(id, error);
    }
  }

  /** Afterwards we are in no lobby, or in this one with the host. */
  async #leaveFor(next: bigint): Promise<void> {
    const former = this.#stay;
    const { current } = this.#lobbies;
    if (former?.lobby.id === next) throw new Error(`we are in the game of lobby ${next} already: leave() it before another join`);
    const isOurs = former !== undefined && !former.game.isShared && former.lobby === current;
    if (current !== undefined && current.id !== next && !isOurs) {
      const what = current.data[LobbyKey.Host] === String(this.endpoint.steamId) ? 'hosts the game of' : 'is in';
      throw new Error(
        `this process ${what} lobby ${current.id}, and a user can be in one only: leave that one for lobby ${next}`,
      );
    }
    await this.#joined?.leave();
    former?.end();
  }

  /** One after the other, behind a {@link #leaveFor} of what was before. */
  async #enter(id: bigint, signal: AbortSignal): Promise<LobbyStay> {
    signal.throwIfAborted();
    await this.#leaveFor(id);
    signal.throwIfAborted();
    // Somebody else in this process, such as its host, is in it: then it is his to leave.
    const { current } = this.#lobbies;
    const isShared = current?.id === id;
    const { lobby, listing } = isShared
      ? { lobby: current, listing: await readLobby(current, this.#identity, signal) }
      : await enterLobby(this.#lobbies, id, this.#identity, signal);
    const game = { identity: this.#identity, listing, isShared };
    const stay = new LobbyStay(this.#lobbies, lobby, game, this.#presence, () => {
      if (this.#stay !== stay) return;
      this.#stay = undefined;
      this.#joined = undefined;
    });
    this.#stay = stay;
    return stay;
  }
}
