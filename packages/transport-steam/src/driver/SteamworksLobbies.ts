import { checkLobbyData, checkLobbyId, checkNewLobby } from './checkLobby.ts';
import { wordsOf } from './describe.ts';
import { type DriverLobby, type LobbyDriver, LobbyError, type LobbyEvents, type LobbyType } from './LobbyDriver.ts';
import type { SteamCallbacks } from './SteamCallbacks.ts';
import { SteamworksLobby } from './SteamworksLobby.ts';
import { isIndividualSteamId } from './steamId.ts';
import { SteamCallback, type SteamworksLobbyHandle, type SteamworksMatchmaking } from './steamworksClient.ts';

/** Steam's lobbies, by steamworks.js. It has no list filters, and does not say why a lobby cannot be entered. */
export class SteamworksLobbies implements LobbyDriver {
  readonly #matchmaking: SteamworksMatchmaking;
  readonly #callbacks: SteamCallbacks;
  readonly #self: bigint;
  /** Those that we entered and did not leave. Whether Steam dropped us from one is for others to find out. */
  readonly #entered = new Map<bigint, SteamworksLobby>();

  /** `self`: the local user. */
  constructor(matchmaking: SteamworksMatchmaking, callbacks: SteamCallbacks, self: bigint) {
    this.#matchmaking = matchmaking;
    this.#callbacks = callbacks;
    this.#self = self;
  }

  create(type: LobbyType, maxMembers: number): Promise<DriverLobby> {
    checkNewLobby(type, maxMembers);
    return this.#enter(this.#matchmaking.createLobby(type, maxMembers), 'Steam did not make a lobby');
  }

  join(lobby: bigint): Promise<DriverLobby> {
    checkLobbyId(lobby);
    return this.#enter(this.#matchmaking.joinLobby(lobby), `Steam did not let us into lobby ${lobby}`);
  }

  list(wanted: Readonly<Record<string, string>> = {}): Promise<DriverLobby[]> {
    checkLobbyData(wanted);
    return this.#list();
  }

  /**
   * Registers with steamworks.js what `events` has, and nothing else: each registration keeps the process alive. Of members and owners nothing
   * tells: LobbyChatUpdate, which would, has the binding abort the process when it says two things at once.
   */
  subscribe(events: LobbyEvents): () => void {
    const ends: (() => void)[] = [];
    const tellChanged = (lobby: bigint) => events.onLobbyChanged?.(lobby);
    // There may have been another init meanwhile.
    this.#callbacks.renew();
    try {
      if (events.onJoinRequested !== undefined) {
        ends.push(
          this.#callbacks.on(SteamCallback.GameLobbyJoinRequested, ({ lobby_steam_id, friend_steam_id }) => {
            const friend = BigInt(friend_steam_id);
            events.onJoinRequested?.(BigInt(lobby_steam_id), isIndividualSteamId(friend) ? friend : undefined);
          }),
        );
      }
      if (events.onLobbyChanged !== undefined) {
        ends.push(
          this.#callbacks.on(SteamCallback.LobbyDataUpdate, ({ lobby }) => {
            // Also of lobbies that we are not in.
            if (this.#entered.has(BigInt(lobby))) tellChanged(BigInt(lobby));
          }),
        );
      }
    } catch (error) {
      for (const end of ends) end();
      throw error;
    }
    return () => {
      for (const end of ends.splice(0)) end();
    };
  }

  async #list(): Promise<DriverLobby[]> {
    const handles = await orLobbyError(this.#matchmaking.getLobbies(), 'Steam did not list lobbies');
    // Steam says how many there are, and then which: 0, when another list has come in between.
    return handles.map((handle) => this.#lobbyOf(handle)).filter(({ id }) => id !== 0n);
  }

  async #enter(handle: Promise<SteamworksLobbyHandle>, failure: string): Promise<DriverLobby> {
    const lobby = this.#lobbyOf(await orLobbyError(handle, failure));
    this.#entered.set(lobby.id, lobby);
    return lobby;
  }

  #lobbyOf(handle: SteamworksLobbyHandle): SteamworksLobby {
    const lobby: SteamworksLobby = new SteamworksLobby(handle, this.#self, () => this.#entered.delete(lobby.id));
    return lobby;
  }
}

async function orLobbyError<T>(answer: Promise<T>, failure: string): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new LobbyError(`${failure}: ${wordsOf(cause)}`, undefined, { cause });
  }
}
