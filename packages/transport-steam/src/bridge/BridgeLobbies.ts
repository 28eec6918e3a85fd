import type { JoinOptions, Room } from '@colyseus/sdk';
import { abortable } from '../client/abortable.ts';
import type { FindLobbiesOptions, LobbyInfo } from '../client/findLobbies.ts';
import { joinFailure } from '../client/joinFailure.ts';
import type { JoinLobbyOptions, StateOf } from '../client/LobbyClient.ts';
import { friendIdOf, lobbyIdOf } from '../client/lobbyIds.ts';
import type { PlayerSDK } from '../client/PlayerSDK.ts';
import { guard } from '../connection/guard.ts';
import { SteamError } from '../driver/SteamError.ts';
import { BridgeGame } from './BridgeGame.ts';
import type { BridgeLobby } from './BridgeLobby.ts';
import { CallName, EventName } from './frames.ts';
import { enteredOf, infoOf, type JoinRequest, type LobbySnapshot, requestOf, snapshotOf } from './lobbyJson.ts';
import type { PageSession } from './PageSession.ts';

type JoinHandler = (lobby: bigint, friend: bigint | undefined) => void;

/**
 * The lobbies of a page: `LobbyClient`, but for its rooms, is in the process that owns Steam. What it cannot do it rejects with.
 */
export class BridgeLobbies {
  readonly #session: PageSession;
  readonly #clientOf: (host: bigint) => PlayerSDK;
  readonly #handlers = new Set<JoinHandler>();
  /** The last request that nobody has heard: an invite may have started the game. */
  #unheard: JoinRequest | undefined;
  #joined: BridgeGame | undefined;
  /** One join after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(session: PageSession, clientOf: (host: bigint) => PlayerSDK) {
    this.#session = session;
    this.#clientOf = clientOf;
    session.onEvent((name, json) => {
      if (name === EventName.JoinRequested) this.#requested(requestOf(JSON.parse(json)));
      if (name === EventName.LobbyChanged) this.#joined?.handleLobby(this.#lobbyOf(snapshotOf(JSON.parse(json))));
    });
  }

  /** Whether the owner lets the page use lobbies. */
  get isAvailable(): boolean {
    return this.#session.welcome.hasLobbies;
  }

  /** The game that we are in. */
  get joined(): BridgeGame | undefined {
    return this.#joined;
  }

  /** As `LobbyClient.findLobbies()`. @throws TypeError | Error (rejects) for bad options; SteamError (rejects) */
  async findLobbies(options: FindLobbiesOptions = {}): Promise<LobbyInfo[]> {
    const { filter, ...rest } = options;
    // A function stays here, and what it is to choose from comes.
    const isFunction = typeof filter === 'function';
    const found = (await this.#session.call(CallName.FindLobbies, isFunction ? rest : options)) as unknown[];
    const lobbies = found.map(infoOf);
    return isFunction ? lobbies.filter((lobby) => filter(lobby)) : lobbies;
  }

  /**
   * Enters a lobby, and joins the room that its host opened, which the page may reach by that. As `LobbyClient.joinLobby()`.
   *
   * @throws TypeError | RangeError (rejects) for what is no lobby; SteamError (rejects) `full`, `denied`, `gone`, `wrong-game`,
   *   `version-mismatch`, `schema-mismatch`, `timed-out` and so on; Error (rejects) in what the owner says; the signal's reason
   */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own default, which means an untyped room
  async joinLobby<T = any, State = StateOf<T>>(
    lobby: LobbyInfo | bigint | string,
    joinOptions?: JoinOptions,
    options: JoinLobbyOptions<State> = {},
  ): Promise<BridgeGame<T, State>> {
    const id = lobbyIdOf(lobby);
    const turn = this.#last.then(() => this.#join<T, State>(id, joinOptions, options));
    this.#last = turn.catch(() => undefined);
    return await abortable(turn, options.signal, (late) => void late.leave());
  }

  /** Joins the game that a friend is in, or hosts. As `LobbyClient.joinFriend()`. */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own default, which means an untyped room
  async joinFriend<T = any, State = StateOf<T>>(
    friend: bigint | string,
    joinOptions?: JoinOptions,
    options: JoinLobbyOptions<State> = {},
  ): Promise<BridgeGame<T, State>> {
    const lobby = await this.#session.call(CallName.LobbyOfFriend, String(friendIdOf(friend)), options.signal);
    return await this.joinLobby<T, State>(String(lobby), joinOptions, options);
  }

  /**
   * Has `handler` called when the player accepts an invite, or chooses "Join game" in the overlay, until the returned function is. The first one
   * hears what came before there was any: also the lobby with which the game was started, if the owner says so.
   */
  onJoinRequested(handler: JoinHandler): () => void {
    const own: JoinHandler = (lobby, friend) => handler(lobby, friend);
    this.#handlers.add(own);
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (unheard !== undefined) queueMicrotask(() => this.#requested(unheard));
    return () => void this.#handlers.delete(own);
  }

  async #join<T, State>(id: bigint, joinOptions: JoinOptions, options: JoinLobbyOptions<State>): Promise<BridgeGame<T, State>> {
    const { rootSchema, signal } = options;
    signal?.throwIfAborted();
    if (this.#joined?.lobby.id === id)
      throw new Error(`we are in the game of lobby ${id} already: leave() it before another join`);
    await this.#joined?.leave();
    let client: PlayerSDK | undefined;
    try {
      const { lobby, host, roomId } = enteredOf(await this.#session.call(CallName.EnterLobby, String(id), signal));
      client = this.#clientOf(host);
      const joining = client.joinById<State>(roomId, joinOptions, rootSchema) as Promise<Room<T, State>>;
      const room = await abortable(joining, signal, (late) => void late.leave());
      // A close may come in the same packet as the welcome, and then nobody has been told yet.
      if (!room.connection.isOpen) throw new SteamError('denied', `the host of lobby ${id} let us in, and out again at once`);
      const game = new BridgeGame<T, State>(client, room, this.#lobbyOf(lobby), () => {
        if (this.#joined === game) this.#joined = undefined;
        this.#do(CallName.LeaveLobby);
      });
      this.#joined = game;
      this.#do(CallName.StayInLobby);
      return game;
    } catch (error) {
      client?.close();
      this.#do(CallName.LeaveLobby);
      throw signal?.aborted ? signal.reason : joinFailure(id, error);
    }
  }

  #lobbyOf(snapshot: LobbySnapshot): BridgeLobby {
    return { ...snapshot, openInviteDialog: () => this.#do(CallName.OpenInviteDialog) };
  }

  #requested(request: JoinRequest): void {
    if (this.#handlers.size === 0) this.#unheard = request;
    for (const handler of [...this.#handlers]) guard(() => handler(request.lobby, request.friend));
  }

  /** What comes of it is nothing to the caller: without a bridge there is no lobby either. */
  #do(name: number): void {
    this.#session.call(name, null).catch(() => undefined);
  }
}
