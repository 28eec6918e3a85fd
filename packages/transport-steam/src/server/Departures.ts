import type { Room } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import { SteamClient } from './SteamClient.ts';
import { ReadyState } from './SteamSocket.ts';

/**
 * Players whose link has ended, and whose room still thinks about it: `onDrop` may ask a database before it allows the reconnection. Who comes back
 * meanwhile waits for that. Core takes his token for one that is not valid, unless it still holds his former link.
 */
export class Departures {
  readonly #endpoint: Pick<Endpoint, 'onTick'>;
  /** By the token that they come back with. */
  readonly #leaving = new Map<string, SteamClient>();

  constructor(endpoint: Pick<Endpoint, 'onTick'>) {
    this.#endpoint = endpoint;
  }

  /** The room hears of the end of this player's link; `heard` settles when it is through with it. */
  add(client: SteamClient, heard: Promise<unknown>): void {
    const { reconnectionToken } = client;
    this.#leaving.set(reconnectionToken, client);
    // What the game throws in `onLeave` stays an unhandled rejection.
    void heard.finally(() => this.#leaving.delete(reconnectionToken));
  }

  /**
   * Somebody comes back with a token. A link of his that the room still has gives way: he is here, so it is lost. Resolves when the room has
   * decided on the seat, or need not: true; after `withinMs` false.
   */
  async settle(room: Room, reconnectionToken: string, steamId: bigint, withinMs = seatMs(room)): Promise<boolean> {
    const present = room.clients.find((client) => client.reconnectionToken === reconnectionToken);
    const link = present instanceof SteamClient && present.ref.steamId === steamId ? present.ref : undefined;
    if (link?.readyState === ReadyState.OPEN) link.giveWay();
    const isSettled = () => {
      if (link !== undefined && link.readyState !== ReadyState.CLOSED) return false;
      const client = this.#leaving.get(reconnectionToken);
      return client?.ref.steamId !== steamId || room.hasReservedSeat(client.sessionId, reconnectionToken);
    };
    return isSettled() || (await this.#until(isSettled, withinMs));
  }

  /** Looks with every tick: core tells nobody that it holds a seat. */
  #until(isSettled: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      let since: number | undefined;
      const stop = this.#endpoint.onTick((now) => {
        since ??= now;
        if (!isSettled() && now - since < withinMs) return;
        stop();
        resolve(isSettled());
      });
    });
  }
}

/** As long as a seat is kept for anybody who was told of it. */
function seatMs(room: Room): number {
  return room.seatReservationTimeout * 1_000;
}
