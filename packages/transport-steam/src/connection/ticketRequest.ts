import type { SteamRequest } from './types.ts';

/** What a host asks a player for a ticket with. The player knows who asks: there is nothing to say. */
export const ticketRequest = {
  method: 'POST',
  path: '/.steam/ticket',
  headers: [],
  body: new Uint8Array(),
} as const satisfies SteamRequest;

/**
 * Whom the ticket is for that a host gets: him. The player makes it of the SteamID that Steam says, so that no host gets a ticket that
 * is good with another.
 *
 * 26 characters. Valve names no limit, but a `SteamNetworkingIdentity`, which such a string becomes by all appearances, has room for 31.
 */
export function ticketIdentity(host: bigint): string {
  return `colyseus:${host}`;
}
