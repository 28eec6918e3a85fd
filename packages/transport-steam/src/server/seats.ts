import type { Room } from '@colyseus/core';
import { OFFER_HEADER } from '../connection/offerHeader.ts';
import type { SteamRequest, SteamResponse } from '../connection/types.ts';
import { utf8 } from '../wire/bytes.ts';
import { localRoom } from './joinRoom.ts';
import { seatTarget } from './target.ts';

/** A seat that matchmaking gave away. */
export interface Seat {
  /** When it is in this process. */
  readonly room: Room | undefined;
  readonly processId: string;
  readonly roomId: string;
  readonly sessionId: string;
  /** Of a seat that its player comes back to. */
  readonly reconnectionToken: string | undefined;
  /** What its connection is for, so that the host can open it himself. */
  readonly target: string;
}

/** Whether he wants a connection to the seat along with the answer: who does not takes his seat when he likes. */
export function wantsOffer({ headers }: SteamRequest): boolean {
  return headers.some(([name, value]) => name === OFFER_HEADER && value === '1');
}

/** The seat in an answer to `POST /matchmake/…`; undefined for any other answer. */
export function seatIn(request: SteamRequest, response: SteamResponse): Seat | undefined {
  if (response.status < 200 || response.status > 299) return undefined;
  const path = pathname(request);
  if (request.method !== 'POST' || !path.startsWith('/matchmake/')) return undefined;
  const { processId, roomId, sessionId } = textFields(response.body);
  if (processId === undefined || roomId === undefined || sessionId === undefined) return undefined;
  // The SDK adds the token to the seat itself: matchmaking does not repeat it. In other requests it is an option of the game.
  const { reconnectionToken } = path.startsWith('/matchmake/reconnect/') ? textFields(request.body) : {};
  const target = seatTarget({ processId, roomId, sessionId, reconnectionToken, authToken: bearerToken(request) });
  return { room: localRoom(roomId), processId, roomId, sessionId, reconnectionToken, target };
}

/** An answer with a seat that says who has it, whatever `publicAddress` the server has for players who come another way. */
export function addressed(response: SteamResponse, host: bigint): SteamResponse {
  const seat: object = JSON.parse(new TextDecoder().decode(response.body));
  const body = utf8(JSON.stringify({ ...seat, publicAddress: `${host}.steam` }));
  const headers = response.headers.filter(([name]) => name.toLowerCase() !== 'content-length');
  return { ...response, headers, body };
}

/** As the router sees it: `/./matchmake/…` leads there, too. */
export function pathname({ path }: SteamRequest): string {
  return new URL(`http://host${path}`).pathname;
}

export function textFields(body: Uint8Array): Record<string, string | undefined> {
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
