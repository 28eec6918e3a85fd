import type { Endpoint } from '../connection/Endpoint.ts';
import { SteamError, type SteamErrorCode } from '../driver/SteamError.ts';
import { askForLobby } from '../lobby/lobbyRequest.ts';
import { abortable } from './abortable.ts';
import type { LobbyInfo } from './findLobbies.ts';

/** What a friend who was asked himself may answer: more than that he was not found. */
const REFUSALS: readonly SteamErrorCode[] = ['denied', 'full', 'version-mismatch', 'schema-mismatch', 'no-rights'];

/**
 * The lobby that leads to a friend: the one that Steam shows of him; else the one of `list` that he hosts; else the one that he names himself.
 *
 * @throws SteamError (rejects) `gone`, or what he answered, saying what was tried; the signal's reason
 */
export async function lobbyOfFriend(
  endpoint: Endpoint,
  friend: bigint,
  list: () => Promise<readonly LobbyInfo[]>,
  signal: AbortSignal,
): Promise<bigint> {
  const { lobbies } = endpoint.driver;
  const shown = lobbies?.lobbyOfFriend?.(friend);
  if (shown !== undefined) return shown;
  const tried = [
    lobbies?.lobbyOfFriend === undefined ? 'this binding does not tell lobbies of friends' : 'Steam shows no lobby of his',
  ];
  try {
    const listed = await abortable(list(), signal, () => undefined);
    const his = listed.find(({ host }) => host === friend);
    if (his !== undefined) return his.id;
    tried.push(`none of the ${listed.length} games in the list is his`);
  } catch (error) {
    signal.throwIfAborted();
    tried.push((error as Error).message);
  }
  const failure = (code: SteamErrorCode, last: string, options?: ErrorOptions) =>
    new SteamError(code, `no game of Steam user ${friend} was found: ${[...tried, last].join('; ')}`, options);
  let told: bigint | undefined;
  try {
    told = await askForLobby(endpoint, friend, signal);
  } catch (error) {
    signal.throwIfAborted();
    const refusal = error instanceof SteamError ? REFUSALS.find((code) => code === error.code) : undefined;
    throw failure(refusal ?? 'gone', (error as Error).message, { cause: error });
  }
  if (told === undefined) throw failure('gone', 'he is there, but in no lobby');
  return told;
}
