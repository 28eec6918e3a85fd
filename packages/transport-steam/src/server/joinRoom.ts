import {
  type AuthContext,
  CloseCode,
  connectClientToRoom,
  createAuthContext,
  debugConnection,
  ErrorCode,
  isDevMode,
  matchMaker,
  Protocol,
  Room,
  ServerError,
} from '@colyseus/core';
import type { Departures } from './Departures.ts';
import type { FaultLog } from './FaultLog.ts';
import type { SeatOwners } from './SeatOwners.ts';
import { SteamClient } from './SteamClient.ts';
import { ReadyState, type SteamSocket } from './SteamSocket.ts';
import { parseTarget, type Target } from './target.ts';

/** How long a latency probe may stay: as in `@colyseus/ws-transport`. */
const PROBE_MS = 1_000;

/** What a join needs of its host. */
export interface JoinParts {
  readonly seats: SeatOwners;
  readonly departures: Departures;
  readonly faults: FaultLog;
}

/**
 * Brings a new link to what it was opened for: a seat in a room, or the latency probe. Resolves to whether it is in a room now. Never
 * throws or rejects: what is wrong goes to the player, as an ERROR frame and a close.
 */
export async function joinRoom(socket: SteamSocket, target: string, parts: JoinParts): Promise<boolean> {
  const parsed = parseTarget(target);
  if (parsed === undefined) {
    debugConnection('Steam user %s: malformed target %j', socket.steamId, target);
    refuse(new SteamClient('', socket), new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, 'malformed target'), CloseCode.WITH_ERROR);
  } else if (parsed.sessionId === undefined && parsed.roomId === undefined) {
    answerProbe(socket);
  } else {
    return await takeSeat(socket, parsed, parts);
  }
  return false;
}

async function takeSeat(socket: SteamSocket, target: Target, { seats, departures, faults }: JoinParts): Promise<boolean> {
  const { sessionId = '', skipHandshake } = target;
  const reconnectionToken = seats.latestToken(target.reconnectionToken);
  const client = new SteamClient(sessionId, socket);
  let isSettled = true;
  let tellLoss: (() => void) | undefined;
  try {
    const room = localRoom(target.roomId);
    const isHis = room === undefined || seats.mayTake(room, sessionId, socket.steamId);
    const isValid = reconnectionToken === undefined || seats.mayReturn(room, reconnectionToken, socket.steamId);
    if (!isHis || !isValid) {
      // In the words for a seat that does not exist: whether it does is not his to know.
      throw new ServerError(ErrorCode.MATCHMAKE_EXPIRED, 'seat reservation expired.');
    }
    if (room !== undefined && reconnectionToken !== undefined) {
      isSettled = await departures.settle(room, reconnectionToken, socket.steamId);
      // He has gone meanwhile: the seat is not for a link that is no more.
      if (socket.readyState !== ReadyState.OPEN) return false;
      if (!isSettled) throw new ServerError(ErrorCode.MATCHMAKE_EXPIRED, 'the room has not decided on this seat yet.');
      tellLoss = socket.holdLoss();
    }
    const joining = connectClientToRoom(room, client, authContext(socket.steamId, target.authToken), {
      ...(reconnectionToken !== undefined && { reconnectionToken }),
      skipHandshake,
    });
    // Core has put him into the room by now, with another token.
    if (reconnectionToken !== undefined && room?.clients.includes(client))
      seats.renewToken(reconnectionToken, client.reconnectionToken);
    await joining;
    if (room !== undefined) seats.set(room, sessionId, socket.steamId);
    if (reconnectionToken !== undefined) {
      // He was in the room before: core would hold no seat for him until he has acknowledged this link, too.
      socket.prependOnceListener('close', () => delete client._enqueuedMessages);
      socket.once('message', () => seats.forgetToken(reconnectionToken));
    }
    // Behind core's own listener.
    socket.once('close', () => {
      if (socket.left !== undefined) departures.add(client, socket.left);
    });
    return true;
  } catch (error) {
    faults.add(socket.steamId, error);
    refuse(client, error, refusalCode(reconnectionToken, isSettled));
    return false;
  } finally {
    tellLoss?.();
  }
}

/** The room, when it is in this process. Also for names that any object has. */
export function localRoom(roomId: string | undefined): Room | undefined {
  const room: unknown = roomId === undefined ? undefined : matchMaker.getLocalRoomById(roomId);
  return room instanceof Room ? room : undefined;
}

function authContext(steamId: bigint, token: string | undefined): AuthContext {
  const id = String(steamId);
  return createAuthContext({ headers: { 'x-steam-id': id }, token: token ?? null, remoteAddress: id });
}

/** A player with a token tries again where that may help: the room has not decided yet, or, in devMode, may not be restored. */
function refusalCode(reconnectionToken: string | undefined, isSettled: boolean): number {
  if (reconnectionToken === undefined) return CloseCode.WITH_ERROR;
  return isDevMode || !isSettled ? CloseCode.MAY_TRY_RECONNECT : CloseCode.FAILED_TO_RECONNECT;
}

/** What a game throws need not be an Error, and its code, if any, need not be a number (`ECONNREFUSED`). */
function refuse(client: SteamClient, error: unknown, closeCode: number): void {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  client.error(
    typeof code === 'number' ? code : ErrorCode.APPLICATION_ERROR,
    typeof message === 'string' ? message : String(error),
    () => client.leave(closeCode),
  );
}

/** `client.getLatency()`: every frame is answered, for a second. */
function answerProbe(socket: SteamSocket): void {
  const timeout = setTimeout(() => socket.close(CloseCode.NORMAL_CLOSURE), PROBE_MS);
  socket.on('message', () => {
    if (socket.readyState === ReadyState.OPEN) socket.send(Uint8Array.of(Protocol.PING));
  });
  socket.once('close', () => clearTimeout(timeout));
}
