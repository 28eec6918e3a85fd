import { SteamError, type SteamErrorCode } from '../connection/SteamError.ts';

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
  return typeof code === 'string' && Object.hasOwn(CODES, code) ? (code as SteamErrorCode) : steamErrorCode(cause);
}

const CODES: Record<SteamErrorCode, true> = {
  'not-hosting': true,
  denied: true,
  'version-mismatch': true,
  'no-rights': true,
  'timed-out': true,
  'connection-lost': true,
  closed: true,
  full: true,
  'protocol-error': true,
};
