/** The SteamID of account 0: public universe, individual account, desktop instance. The first user is this + 1n. */
export const STEAM_ID_BASE = 76561197960265728n;

const LAST_STEAM_ID = STEAM_ID_BASE + 0xffff_ffffn;

/** Whether `id` is a person's: universe 1, account type 1, instance 1, account number not 0. */
export function isIndividualSteamId(id: unknown): id is bigint {
  return typeof id === 'bigint' && id > STEAM_ID_BASE && id <= LAST_STEAM_ID;
}

/** @throws TypeError, RangeError naming the value, as `what` */
export function checkSteamId(id: unknown, what = 'steamId'): bigint {
  if (typeof id !== 'bigint') {
    throw new TypeError(`${what} is ${String(id)} (${typeof id}), but must be a bigint such as ${STEAM_ID_BASE + 1n}n`);
  }
  if (!isIndividualSteamId(id)) {
    throw new RangeError(`${what} ${id}n is not that of a person: it must be from ${STEAM_ID_BASE + 1n}n to ${LAST_STEAM_ID}n`);
  }
  return id;
}

/**
 * Where a SteamID has what (Valve: `CSteamID`): account number 32 bits, instance 20, account type 4, universe 8. For a chat the
 * upper bits of the instance are flags.
 */
const PUBLIC_UNIVERSE = 1n;
const CHAT_ACCOUNT = 8n;
/** `k_EChatInstanceFlagLobby`. Lobbies that Steam hands out today have `k_EChatInstanceFlagMMSLobby`, 0x20000, as well. */
const LOBBY_INSTANCE_FLAG = 0x4_0000n;

/**
 * Whether `id` is a lobby's: universe 1, account type chat, and the flag that tells a lobby from a clan's chat (Valve:
 * `IsLobby`).
 */
export function isLobbyId(id: unknown): id is bigint {
  if (typeof id !== 'bigint' || id < 0n || id >> 52n !== ((PUBLIC_UNIVERSE << 4n) | CHAT_ACCOUNT)) return false;
  return ((id >> 32n) & LOBBY_INSTANCE_FLAG) !== 0n;
}
