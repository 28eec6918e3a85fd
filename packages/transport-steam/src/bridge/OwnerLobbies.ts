import type { LobbyClient } from '../client/LobbyClient.ts';
import type { LobbyStay } from '../client/LobbyStay.ts';
import { SteamError } from '../driver/SteamError.ts';
import { CallName, EventName } from './frames.ts';
import { infoJson, requestJson, snapshotJson } from './lobbyJson.ts';

/** What a page may do with lobbies: as the player of this process, in the game that its owner names. */
export class OwnerLobbies {
  readonly #client: LobbyClient;
  readonly #tell: (event: number, content: unknown) => void;
  #stay: LobbyStay | undefined;
  #unwatch: () => void = () => undefined;

  /** `invited`: to what lobby the player was invited before there was a page to hear it. */
  constructor(client: LobbyClient, tell: (event: number, content: unknown) => void, invited: bigint | undefined) {
    this.#client = client;
    this.#tell = tell;
    if (invited !== undefined) tell(EventName.JoinRequested, requestJson(invited, undefined));
    client.onJoinRequested((lobby, friend) => tell(EventName.JoinRequested, requestJson(lobby, friend)));
  }

  /** Whose game the page is in, by its lobby. */
  get host(): bigint | undefined {
    return this.#stay?.isOver === false ? this.#stay.game.listing.host : undefined;
  }

  /** What a call comes to, for JSON. Undefined when it is none about lobbies. */
  call(name: number, argument: unknown, signal: AbortSignal): Promise<unknown> | undefined {
    switch (name) {
      case CallName.FindLobbies:
        return this.#client.findLobbies(argument as never).then((found) => found.map(infoJson));
      case CallName.LobbyOfFriend:
        return this.#client.lobbyOf(argument as never, signal).then(String);
      case CallName.EnterLobby:
        return this.#enter(argument, signal);
      case CallName.StayInLobby:
        return this.#in((stay) => stay.begin());
      case CallName.LeaveLobby:
        return Promise.resolve(this.#stay?.end());
      case CallName.OpenInviteDialog:
        return this.#in((stay) => stay.lobby.openInviteDialog());
      default:
        return undefined;
    }
  }

  /** Leaves the lobby. */
  async close(): Promise<void> {
    this.#unwatch();
    await this.#client.close();
  }

  async #enter(lobby: unknown, signal: AbortSignal): Promise<object> {
    const stay = await this.#client.enterLobby(lobby as never, signal);
    const { host, roomId } = stay.game.listing;
    this.#stay = stay;
    this.#watch(stay);
    return { lobby: snapshotJson(stay.lobby), host: String(host), roomId };
  }

  async #in(act: (stay: LobbyStay) => void): Promise<void> {
    const stay = this.#stay;
    if (stay === undefined || stay.isOver) throw new SteamError('gone', 'the page is in no lobby');
    act(stay);
  }

  #watch(stay: LobbyStay): void {
    this.#unwatch();
    const say = () => this.#tell(EventName.LobbyChanged, snapshotJson(stay.lobby));
    const watch = () => stay.lobby.watch({ onMembers: say, onOwner: say, onData: say, onEnd: say });
    let unwatch = watch();
    const unfollow = stay.onLobbyChanged(() => {
      unwatch();
      unwatch = watch();
      say();
    });
    this.#unwatch = () => {
      unwatch();
      unfollow();
    };
  }
}
