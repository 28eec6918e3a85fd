import { isIndividualSteamId, isLobbyId } from '../driver/steamId.ts';

const LOBBY =
  'a lobby is a bigint or its digits, as in 109775240917155376n, from findLobbies(), an invite or lobbyFromCommandLine()';
const FRIEND = 'a friend is his SteamID64, as a bigint or its digits, as in 76561197960265729n';

const MAX_ID = 2n ** 64n - 1n;

/**
 * The lobby that a caller names: by its id, or by what a list said of it.
 *
 * @throws TypeError | RangeError saying what it is instead
 */
export function lobbyIdOf(lobby: unknown): bigint {
  const isListed = typeof lobby === 'object' && lobby !== null && 'id' in lobby;
  const id = idOf('lobby', isListed ? lobby.id : lobby, LOBBY);
  if (isLobbyId(id)) return id;
  if (isIndividualSteamId(id)) {
    throw new RangeError(`lobby ${id} is the SteamID of a person, for whom there is joinFriend(); ${LOBBY}`);
  }
  throw new RangeError(`lobby ${id} is no lobby's id (a group, a game server, or a typing error?); ${LOBBY}`);
}

/** @throws TypeError | RangeError saying what it is instead */
export function friendIdOf(friend: unknown): bigint {
  const id = idOf('friend', friend, FRIEND);
  if (isIndividualSteamId(id)) return id;
  if (isLobbyId(id)) throw new RangeError(`friend ${id} is the id of a lobby, for which there is joinLobby(); ${FRIEND}`);
  throw new RangeError(`friend ${id} is no person's SteamID (a group, a game server, or a typing error?); ${FRIEND}`);
}

function idOf(what: string, value: unknown, expected: string): bigint {
  if (typeof value === 'number') {
    throw new TypeError(`${what} ${value} is a number, which has no room for all of its digits; ${expected}`);
  }
  if (typeof value === 'string' && !/^\d+$/.test(value)) {
    throw new TypeError(`${what} ${JSON.stringify(value.slice(0, 40))} is not the digits of a number; ${expected}`);
  }
  if (typeof value !== 'bigint' && typeof value !== 'string') {
    throw new TypeError(`${what} is ${value === null ? 'null' : typeof value}; ${expected}`);
  }
  const isTooLong = typeof value === 'string' && value.length > 20;
  const id = isTooLong ? MAX_ID + 1n : BigInt(value);
  if (id >= 0n && id <= MAX_ID) return id;
  throw new RangeError(
    `${what} ${String(value).slice(0, 40)} has more than the 64 bits of a SteamID, or is below 0; ${expected}`,
  );
}
