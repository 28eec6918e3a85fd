import { describe } from './describe.ts';
import { LobbyLimits, LobbyType } from './LobbyDriver.ts';
import { RichPresenceLimits } from './SteamDriver.ts';
import { isLobbyId } from './steamId.ts';

// The caller's errors of `LobbyDriver`, and of what goes with it: the same words from every driver.

const utf8 = new TextEncoder();

/** @throws RangeError naming the value and the bound */
export function checkNewLobby(type: LobbyType, maxMembers: number): void {
  if (!Object.values(LobbyType).includes(type)) {
    throw new RangeError(`the type of a lobby is ${describe(type)}, but must be one of LobbyType, 0 to 3`);
  }
  if (!(Number.isInteger(maxMembers) && maxMembers >= 1 && maxMembers <= LobbyLimits.members)) {
    throw new RangeError(`maxMembers is ${describe(maxMembers)}, but must be an integer from 1 to ${LobbyLimits.members}`);
  }
}

/** @throws RangeError naming the value */
export function checkLobbyId(lobby: bigint): void {
  if (!isLobbyId(lobby)) {
    throw new RangeError(`lobby is ${describe(lobby)} (${typeof lobby}), but must be the SteamID of a lobby, as a bigint`);
  }
}

/**
 * The data of a lobby: to be set, where an empty value deletes, or wanted in a list.
 *
 * @throws TypeError for what is no text; RangeError naming the key and the bound
 */
export function checkLobbyData(data: Readonly<Record<string, string>>): void {
  if (typeof data !== 'object' || data === null) {
    throw new TypeError(
      `the data of a lobby is ${describe(data)}, but must be an object of keys and values, as in { mode: 'duel' }`,
    );
  }
  for (const [key, value] of Object.entries(data)) {
    checkText('a key of lobby data', key, 1, LobbyLimits.keyBytes);
    checkText(`the lobby data '${key}'`, value, 0, LobbyLimits.valueBytes);
  }
}

/** @throws TypeError for what is no text; RangeError naming the key and the bound */
export function checkRichPresence(key: string, value: string | undefined): void {
  checkText('a key of rich presence', key, 1, RichPresenceLimits.keyBytes);
  if (value !== undefined) checkText(`the rich presence '${key}'`, value, 0, RichPresenceLimits.valueBytes);
}

/** @throws TypeError for what is no text; RangeError when it has a NUL character */
export function checkTicketIdentity(identity: string): void {
  checkText('the identity of a ticket', identity, 0, Number.POSITIVE_INFINITY);
}

/** A NUL would end the text inside Steam, and makes steamworks.js abort the process. */
function checkText(what: string, text: unknown, minBytes: number, maxBytes: number): void {
  if (typeof text !== 'string') throw new TypeError(`${what} is ${describe(text)} (${typeof text}), but must be a string`);
  if (text.includes('\0')) throw new RangeError(`${what} has a NUL character, which Steam does not take`);
  const bytes = utf8.encode(text).length;
  if (bytes < minBytes || bytes > maxBytes) {
    throw new RangeError(`${what} has ${bytes} bytes of UTF-8, but must have ${minBytes} to ${maxBytes}`);
  }
}
