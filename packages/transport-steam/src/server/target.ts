/** What a connection is for: the path and query that a WebSocket's URL would have. */
export interface Target {
  readonly sessionId: string | undefined;
  readonly roomId: string | undefined;
  readonly reconnectionToken: string | undefined;
  /** The player has the state's schema already. */
  readonly skipHandshake: boolean;
  readonly authToken: string | undefined;
}

/** `/processId/roomId`; which process is of no interest, as in `@colyseus/ws-transport`. */
const ROOM_PATH = /\/[a-zA-Z0-9_-]+\/([a-zA-Z0-9_-]+)$/;

/** Undefined when malformed: it is the peer's, so anything may come. */
export function parseTarget(target: string): Target | undefined {
  if (!target.startsWith('/') || !URL.canParse(`steam://host${target}`)) return undefined;
  const { pathname, searchParams } = new URL(`steam://host${target}`);
  return {
    // Empty is as good as absent, as in `@colyseus/ws-transport`.
    sessionId: searchParams.get('sessionId') || undefined,
    roomId: ROOM_PATH.exec(pathname)?.[1],
    reconnectionToken: searchParams.get('reconnectionToken') || undefined,
    skipHandshake: searchParams.has('skipHandshake'),
    authToken: searchParams.get('_authToken') || undefined,
  };
}

/** The target of a seat, as the SDK builds it for a seat that it dials itself. */
export function seatTarget(seat: {
  processId: string;
  roomId: string;
  sessionId: string;
  reconnectionToken?: string | undefined;
  authToken?: string | undefined;
}): string {
  const query = new URLSearchParams({ sessionId: seat.sessionId });
  if (seat.reconnectionToken !== undefined) query.set('reconnectionToken', seat.reconnectionToken);
  if (seat.authToken !== undefined) query.set('_authToken', seat.authToken);
  return `/${seat.processId}/${seat.roomId}?${query}`;
}
