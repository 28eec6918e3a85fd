import type { IRoomCache, Room } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { GameListing } from '../lobby/GameListing.ts';

/** A room as its lobby shows it, at this moment. */
export function roomListing(
  endpoint: Endpoint,
  room: Room,
  { isForFriends, isClosed }: Pick<GameListing, 'isForFriends' | 'isClosed'>,
): GameListing {
  return {
    host: endpoint.steamId,
    hostName: endpoint.driver.personaName ?? '',
    roomName: room.roomName,
    roomId: room.roomId,
    players: room.clients.length,
    maxPlayers: room.maxClients,
    isLocked: !takesPlayers(room),
    isForFriends,
    isClosed,
    metadata: room.metadata as unknown,
  };
}

/**
 * Whether the game keeps players out of the room: it locked or hid it. Steam cannot hide a lobby from lists and let people in who were
 * invited: that is what the type `private` is for.
 */
export function isShut(room: Room): boolean {
  // Core locks a full room, too, and unlocks it by itself.
  const { _listing: listing, _lockedExplicitly: isLocked } = room as unknown as {
    readonly _listing: IRoomCache;
    readonly _lockedExplicitly: boolean;
  };
  return isLocked || listing.private === true || listing.unlisted === true;
}

/** Whether a player who finds the room may come in: it is not shut, full or being disposed. */
function takesPlayers(room: Room): boolean {
  return !isShut(room) && !room.locked && !room.hasReachedMaxClients();
}
