import { checkSteamId } from '../driver/steamId.ts';

/** A user, by SteamID or by a driver of his. */
export type UserRef = bigint | { readonly steamId: bigint };

/** @throws TypeError, RangeError naming the value */
export function idOf(ref: UserRef): bigint {
  return checkSteamId(typeof ref === 'object' ? ref.steamId : ref);
}
