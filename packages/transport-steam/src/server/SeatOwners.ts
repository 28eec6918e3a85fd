import type { Room } from '@colyseus/core';

/** Seats remembered for one room; the oldest are forgotten first, long after their players have left. */
const MAX_SEATS = 4_096;

/**
 * Who reserved which seat: a session id or a reconnection token that somebody else got hold of is of no use to him.
 *
 * Seats that the game reserves itself (`matchMaker.reserveSeatFor`, a QueueRoom) have no owner until somebody takes them.
 */
export class SeatOwners {
  readonly #rooms = new WeakMap<Room, Map<string, bigint>>();

  set(room: Room, sessionId: string, steamId: bigint): void {
    let seats = this.#rooms.get(room);
    if (seats === undefined) {
      seats = new Map();
      this.#rooms.set(room, seats);
    }
    seats.delete(sessionId);
    seats.set(sessionId, steamId);
    if (seats.size > MAX_SEATS) seats.delete(seats.keys().next().value as string);
  }

  mayTake(room: Room, sessionId: string, steamId: bigint): boolean {
    const owner = this.#rooms.get(room)?.get(sessionId);
    return owner === undefined || owner === steamId;
  }
}
