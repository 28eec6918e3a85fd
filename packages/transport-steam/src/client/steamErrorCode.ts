import { SteamError, type SteamErrorCode, steamErrorCodes } from '../driver/SteamError.ts';

/**
 * Why Steam failed, when it did: from what `joinOrCreate()`, `client.http`, `reconnect()` or anything else of the SDK rejected with.
 * Undefined when the reason is another one, such as a room that does not exist.
 *
 * The SDK makes errors of its own (`MatchMakeError`, `ServerError`) of ours, which keep the code in `code`, where the SDK's types expect
 * a number, or the error itself in `cause`.
 */
export function steamErrorCode(error: unknown): SteamErrorCode | undefined {
  if (error instanceof SteamError) return error.code;
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return steamErrorCodes.find((known) => known === code) ?? steamErrorCode(cause);
}
