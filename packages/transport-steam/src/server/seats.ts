import { matchMaker, type Room } from '@colyseus/core';
import type { SteamRequest, SteamResponse } from '../connection/types.ts';
import { localRoom } from './joinRoom.ts';
import { seatTarget } from './target.ts';

/** A seat that matchmaking gave away, in a room of this process. */
export interface LocalSeat {
  readonly room: Room;
  readonly sessionId: string;
  /** What its connection is for, so that the host can open it himself. */
  readonly target: string;
}

/** The seat in an answer to `POST /matchmake/…`; undefined for any other answer, and for rooms elsewhere. */
export function seatIn(request: SteamRequest, response: SteamResponse): LocalSeat | undefined {
  if (request.method !== 'POST' || !request.path.startsWith('/matchmake/')) return undefined;
  if (response.status < 200 || response.status > 299) return undefined;
  const { processId, roomId, sessionId } = textFields(response.body);
  const room = localRoom(roomId);
  if (room === undefined || roomId === undefined || sessionId === undefined || processId !== matchMaker.processId)
    return undefined;
  // The SDK adds the token to the seat itself: matchmaking does not repeat it.
  const { reconnectionToken } = textFields(request.body);
  const target = seatTarget({ processId, roomId, sessionId, reconnectionToken, authToken: bearerToken(request) });
  return { room, sessionId, target };
}

function textFields(body: Uint8Array): Record<string, string | undefined> {
  try {
    const fields: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof fields !== 'object' || fields === null) return {};
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}

function bearerToken({ headers }: SteamRequest): string | undefined {
  const authorization = headers.find(([name]) => name === 'authorization')?.[1];
  return authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
}
