/** Arguments of a command. SteamIDs are decimal strings: JSON has no bigint. */
export type Args = readonly unknown[];

/** @throws TypeError for what is no decimal number */
export function id(value: unknown): bigint {
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new TypeError(`${String(value)} is no SteamID`);
  return BigInt(value);
}
