/** The SteamID of account 0: public universe, individual account, desktop instance. The first user is this + 1n. */
export const STEAM_ID_BASE = 76561197960265728n;

/** Whether `id` is a person's: universe 1, account type 1, instance 1, account number not 0. */
export function isIndividualSteamId(id: unknown): id is bigint {
  return typeof id === 'bigint' && id > STEAM_ID_BASE && id <= STEAM_ID_BASE + 0xffff_ffffn;
}

/** @throws TypeError, RangeError naming the value */
export function checkSteamId(id: unknown): bigint {
  if (typeof id !== 'bigint') {
    throw new TypeError(`steamId is ${String(id)} (${typeof id}), but must be a bigint such as ${STEAM_ID_BASE + 1n}n`);
  }
  if (!isIndividualSteamId(id)) {
    throw new RangeError(
      `steamId ${id}n is not that of a person: it must be from ${STEAM_ID_BASE + 1n}n to ${STEAM_ID_BASE + 0xffff_ffffn}n`,
    );
  }
  return id;
}
