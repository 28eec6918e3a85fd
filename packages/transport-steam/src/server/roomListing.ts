import type { IRoomCache, Room } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { GameListing } from '../lobby/GameListing.ts';

/** A room as its lobby shows it, at this moment. */
export function roomListing(endpoint: Endpoint, room: Room, isClosed: boolean): GameListing {
  return {
    host: endpoint.steamId,
    hostName: endpoint.driver.personaName ?? '',
    roomName: room.roomName,
    roomId: room.roomId,
    players: room.clients.length,
    maxPlayers: room.maxClients,
    isLocked: !takesPlayers(room),
    isClosed,
    metadata: room.metadata as unknown,
  };
}

/**
 * Whether a player who finds the room may come in: it is not locked, full or being disposed, and the game did not hide it. Steam
 * cannot hide a lobby from lists and let people in who were invited: that is what the type `private` is for.
 */
function takesPlayers(room: Room): boolean {
  const { _listing: listing } = room as unknown as { readonly _listing: IRoomCache };
  return !room.locked && !listing.private && !listing.unlisted && !room.hasReachedMaxClients();
}
