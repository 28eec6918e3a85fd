import { CloseCode, ErrorCode } from '@colyseus/sdk';
import { reasonIn } from '../connection/failures.ts';
import { SteamError, type SteamErrorCode } from '../driver/SteamError.ts';
import { steamErrorCode } from './steamErrorCode.ts';

/** HTTP's for a host who is there, but has no routes yet, or none any more. */
const UNAVAILABLE = 503;

/**
 * What a join of a lobby's room failed with, as a `SteamError` that keeps it as its `cause`. What is neither Steam's nor the host's doing, such
 * as join options that are no JSON, stays as it is.
 */
export function joinFailure(lobby: bigint, error: unknown): unknown {
  if (error instanceof SteamError) return error;
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const reason = typeof message === 'string' ? message : '';
  const why = steamErrorCode(error) ?? (typeof code === 'number' ? refusalOf(code, reason) : undefined);
  if (why === undefined) return error;
  return new SteamError(why, `we are not in the game of lobby ${lobby}: ${reason || `code ${String(code)}`}`, {
    cause: error,
    // Of who was let in as far as the room: what the room said. Else what the host did.
    reason: why === 'denied' ? (reasonIn(reason) ?? reason) : undefined,
  });
}

/** By Colyseus' codes, which have one for several reasons: then its words tell (0.18.17). What it does not know, the room itself said. */
function refusalOf(code: number, reason: string): SteamErrorCode {
  switch (code) {
    case ErrorCode.MATCHMAKE_INVALID_ROOM_ID:
      return / is locked$/.test(reason) ? 'full' : 'gone';
    case ErrorCode.MATCHMAKE_UNHANDLED:
      if (/ is already full\.$/.test(reason)) return 'full';
      return / is not available\.$/.test(reason) ? 'gone' : 'denied';
    case ErrorCode.MATCHMAKE_EXPIRED:
      return 'timed-out';
    case UNAVAILABLE:
    case CloseCode.GOING_AWAY:
    case CloseCode.SERVER_SHUTDOWN:
      return 'gone';
    case CloseCode.NO_STATUS_RECEIVED:
    case CloseCode.ABNORMAL_CLOSURE:
      return 'connection-lost';
    default:
      return 'denied';
  }
}
