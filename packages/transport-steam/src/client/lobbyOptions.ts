import type { MessageContract } from '../connection/types.ts';
import { checkGameKey, type GameIdentity } from '../lobby/GameListing.ts';
import type { SteamSDKOptions } from './options.ts';
import { type SplitOptions, splitClientOptions } from './options.ts';
import { checkStatus, type LobbyStatus } from './PlayerPresence.ts';

/** Options of a {@link LobbyClient}: its own, and those of the {@link SteamSDK} of each game that it joins. */
export interface LobbyClientOptions extends SteamSDKOptions {
  /** The game's key in lobbies, as its hosts give it: 1 to 64 characters, such as `my-studio.my-game`. App 480 is everybody's. */
  game: string;
  /**
   * What friends see of the player while he is in a lobby (Steam's rich presence `status`), or what makes it of what the lobby says.
   * @default none: he is in the game
   */
  status?: LobbyStatus;
}

export interface SplitLobbyOptions {
  readonly identity: GameIdentity;
  readonly status: LobbyStatus | undefined;
  /** For each SDK. */
  readonly sdk: SteamSDKOptions;
  readonly split: SplitOptions;
}

/** @throws TypeError | RangeError naming the option and what is allowed */
export function splitLobbyOptions(options: LobbyClientOptions): SplitLobbyOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`new LobbyClient(options) needs options, at least { driver, game }, not ${String(options)}`);
  }
  const { game, status, ...sdk } = options;
  const split = splitClientOptions(sdk, { whose: 'LobbyClient', others: ['game', 'status'] });
  const contract: MessageContract | undefined = split.endpoint.contract;
  return { identity: { game: checkGameKey(game), contract }, status: checkStatus(status), sdk, split };
}
