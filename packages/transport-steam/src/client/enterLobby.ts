import { SteamError } from '../driver/SteamError.ts';
import { Deadlines } from '../lobby/Deadlines.ts';
import { type GameIdentity, type GameListing, LobbyKey, parseListing, readListing } from '../lobby/GameListing.ts';
import type { Lobbies } from '../lobby/Lobbies.ts';
import type { Lobby } from '../lobby/Lobby.ts';
import { abortable } from './abortable.ts';

/** What the host sets right after he made the lobby, or what Steam carries late, comes within this. Unit: ms. */
const COMPLETE_MS = 2_000;

export interface EnteredLobby {
  readonly lobby: Lobby;
  readonly listing: GameListing;
}

/**
 * Enters a lobby that leads to a game of ours whose host is there; what is anything else is left again.
 *
 * @throws SteamError (rejects) as {@link Lobbies.join} does, or as {@link readLobby} does; the signal's reason
 */
export async function enterLobby(
  lobbies: Lobbies,
  id: bigint,
  identity: GameIdentity,
  signal: AbortSignal | undefined,
): Promise<EnteredLobby> {
  const lobby = await abortable(lobbies.join(id), signal, (late) => late.leave());
  try {
    const listing = await readLobby(lobby, identity, signal);
    // One that we hosted before, or that somebody else says we host: our own game has a lobby that this process is in already.
    if (listing.host !== lobby.endpoint.steamId) return { lobby, listing };
    throw new SteamError('gone', `lobby ${id} names us as its host, and we are not`);
  } catch (error) {
    lobby.leave();
    throw error;
  }
}

/**
 * What a lobby that we are in leads to.
 *
 * @throws SteamError (rejects) `wrong-game`, `version-mismatch`, `schema-mismatch`, or `gone` when it leads to no game, or to one whose host
 *   is not there any more; the signal's reason
 */
export async function readLobby(lobby: Lobby, identity: GameIdentity, signal: AbortSignal | undefined): Promise<GameListing> {
  await untilComplete(lobby, signal);
  const listing = readListing(lobby.id, lobby.data, identity);
  if (listing.isClosed) throw new SteamError('gone', `the host of lobby ${lobby.id} has ended the game`);
  // The data stay when he leaves, and may name anybody: we dial nobody who is not there.
  if (!lobby.has(listing.host)) {
    throw new SteamError('gone', `Steam user ${listing.host}, who hosted the game of lobby ${lobby.id}, is not in it any more`);
  }
  return listing;
}

/** What is not there at once may come shortly. */
async function untilComplete(lobby: Lobby, signal: AbortSignal | undefined): Promise<void> {
  const isComplete = () => {
    if (lobby.isOver) return true;
    const { [LobbyKey.Game]: game, [LobbyKey.State]: state } = lobby.data;
    if (game === undefined) return state === 'closed';
    const listing = parseListing(lobby.data);
    return listing === undefined || lobby.has(listing.host);
  };
  if (isComplete()) return;
  lobby.hurry(COMPLETE_MS);
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (isComplete()) resolve();
  };
  const unwatch = lobby.watch({ onData: look, onMembers: look, onEnd: () => resolve() });
  try {
    await new Deadlines(lobby.endpoint).within(complete, COMPLETE_MS, () => new Error('incomplete'), signal);
  } catch {
    // Whoever reads it says what is missing.
    signal?.throwIfAborted();
  } finally {
    unwatch();
  }
}
