import type { Room } from '@colyseus/core';

/** Seats remembered for one room, and tokens; the oldest are forgotten first, those of players who are there last. */
const MAX_SEATS = 4_096;

/**
 * Who reserved which seat: a session id or a reconnection token that somebody else got hold of is of no use to him.
 *
 * Seats that the game reserves itself (`matchMaker.reserveSeatFor`, a QueueRoom) have no owner until somebody takes them.
 */
export class SeatOwners {
  readonly #rooms = new WeakMap<Room, Map<string, bigint>>();
  readonly #revoked = new Set<string>();
  /** From a token that somebody came back with to the next one. */
  readonly #renewed = new Map<string, string>();

  set(room: Room, sessionId: string, steamId: bigint): void {
    let seats = this.#rooms.get(room);
    if (seats === undefined) {
      seats = new Map();
      this.#rooms.set(room, seats);
    }
    seats.delete(sessionId);
    seats.set(sessionId, steamId);
    if (seats.size > MAX_SEATS) seats.delete(oldestEmpty(seats, room) ?? (seats.keys().next().value as string));
  }

  /** Makes it his; false when it is somebody else's. */
  claim(room: Room, sessionId: string, steamId: bigint): boolean {
    if (!this.mayTake(room, sessionId, steamId)) return false;
    this.set(room, sessionId, steamId);
    return true;
  }

  mayTake(room: Room, sessionId: string, steamId: bigint): boolean {
    const owner = this.#rooms.get(room)?.get(sessionId);
    return owner === undefined || owner === steamId;
  }

  /**
   * Whether this reconnection token is of use to him. To be asked before core is: it ends the link of the player who still has
   * the seat, whoever comes with his token.
   */
  mayReturn(room: Room | undefined, reconnectionToken: string, steamId: bigint): boolean {
    if (this.#revoked.has(reconnectionToken)) return false;
    const owner = room?.clients.find((client) => client.reconnectionToken === reconnectionToken);
    return room === undefined || owner === undefined || this.mayTake(room, owner.sessionId, steamId);
  }

  /** The room has taken somebody back, and has another token for him. Until {@link forgetToken} he may not have heard of that. */
  renewToken(former: string, next: string): void {
    this.#renewed.set(former, next);
    if (this.#renewed.size > MAX_SEATS) this.#renewed.delete(this.#renewed.keys().next().value as string);
  }

  /** He has heard of the next one. */
  forgetToken(former: string): void {
    this.#renewed.delete(former);
  }

  /** The token that the room knows him by, of one that he was given. */
  latestToken(given: string | undefined): string | undefined {
    const next = given === undefined ? undefined : this.#renewed.get(given);
    return next === undefined ? given : this.latestToken(next);
  }

  /** Nobody comes back with this token, though the game may hold the seat for it. */
  revoke(reconnectionToken: string): void {
    this.#revoked.add(reconnectionToken);
    if (this.#revoked.size > MAX_SEATS) this.#revoked.delete(this.#revoked.values().next().value as string);
  }
}

function oldestEmpty(seats: ReadonlyMap<string, bigint>, room: Room): string | undefined {
  for (const sessionId of seats.keys()) {
    if (room.clients.getById(sessionId) === undefined) return sessionId;
  }
  return undefined;
}
