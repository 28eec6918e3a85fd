import { debugAndPrintError, matchMaker, type Room, requestFromIPC, subscribeIPC } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { Departures } from './Departures.ts';
import { localRoom } from './joinRoom.ts';
import type { SeatOwners } from './SeatOwners.ts';
import type { Seat } from './seats.ts';

/** What processes ask each other, and the arguments, all of them text: the presence carries JSON, which has no bigint. */
interface Questions {
  /** Who are you? */
  host: [];
  /** This player reserved that seat of yours. */
  claim: [roomId: string, sessionId: string, steamId: string];
  /** Is this token of use to this player? */
  mayReturn: [roomId: string, reconnectionToken: string, steamId: string];
}

type Question = keyof Questions;

/** What another host waits for a room of ours to decide on a seat: he waits 2 s for any answer. */
const SETTLE_MS = 1_000;

/** Nobody said on behalf of a process what Steam user it has: it is gone, stands still, or is on another transport only. */
export class UnreachableHost extends Error {
  constructor(processId: string) {
    super(`process ${processId}, which has the room, does not answer, or is not on Steam`);
    this.name = 'UnreachableHost';
  }
}

/**
 * The hosts that share a presence: each a process with a Steam user of its own. Core's matchmaking gives seats in rooms of all of them, and knows
 * nothing of SteamIDs; so who reserved the seat tells the process that has it whose it is, before the player hears of it, and the player is told where
 * to go. A host that is alone asks nobody.
 */
export class Cluster {
  readonly #endpoint: Endpoint;
  readonly #seats: SeatOwners;
  readonly #departures: Departures;

  constructor(endpoint: Endpoint, seats: SeatOwners, departures: Departures) {
    this.#endpoint = endpoint;
    this.#seats = seats;
    this.#departures = departures;
  }

  /** Hosting begins: others are answered. What it returns ends it. */
  open(): () => void {
    const { presence, processId } = matchMaker;
    // A transport without a Server, which no room can be in.
    if (presence === undefined) return () => undefined;
    const channel = channelOf(processId);
    subscribeIPC(presence, channel, (question, args) => this.#answer(question as Question, args)).catch(debugAndPrintError);
    return () => {
      // Whoever shuts down may have closed it already.
      Promise.resolve(presence.unsubscribe(channel)).catch(() => undefined);
    };
  }

  /** The Steam user of a process. @throws UnreachableHost (rejects) */
  async hostOf(processId: string): Promise<bigint> {
    return processId === matchMaker.processId ? this.#endpoint.steamId : BigInt(await this.#ask<string>(processId, 'host'));
  }

  /**
   * From now on this seat is for this player only. Returns the host whom he has to dial; undefined when it is somebody else's already.
   *
   * @throws UnreachableHost (rejects)
   */
  async claim({ room, processId, roomId, sessionId }: Seat, steamId: bigint): Promise<bigint | undefined> {
    if (processId === matchMaker.processId) {
      const isHis = room === undefined || this.#seats.claim(room, sessionId, steamId);
      return isHis ? this.#endpoint.steamId : undefined;
    }
    const host = await this.#ask<string | false>(processId, 'claim', roomId, sessionId, String(steamId));
    return host === false ? undefined : BigInt(host);
  }

  /** As {@link SeatOwners.mayReturn}, for a room of whatever host, when that has decided on the seat. @throws UnreachableHost (rejects) */
  async mayReturn(roomId: string, reconnectionToken: string, steamId: bigint): Promise<boolean> {
    const room = localRoom(roomId);
    const processId = room === undefined ? (await matchMaker.getRoomById(roomId))?.processId : undefined;
    // What is nowhere, core says in its own words.
    if (processId === undefined || processId === matchMaker.processId) {
      return this.#mayReturn(room, reconnectionToken, steamId);
    }
    return await this.#ask<boolean>(processId, 'mayReturn', roomId, reconnectionToken, String(steamId));
  }

  async #mayReturn(room: Room | undefined, reconnectionToken: string, steamId: bigint, withinMs?: number): Promise<boolean> {
    if (!this.#seats.mayReturn(room, reconnectionToken, steamId)) return false;
    // When it has not decided by then, core says so in its own words.
    if (room !== undefined) await this.#departures.settle(room, reconnectionToken, steamId, withinMs);
    return true;
  }

  async #ask<Answer>(processId: string, question: Question, ...args: Questions[Question]): Promise<Answer> {
    try {
      return await requestFromIPC<Answer>(matchMaker.presence, channelOf(processId), question, args);
    } catch {
      throw new UnreachableHost(processId);
    }
  }

  /** Another host asks: whoever has the presence is one of us. */
  #answer(question: Question, args: readonly string[]): string | boolean | Promise<boolean> {
    const [roomId, secret = '', steamId = ''] = args;
    const room = localRoom(roomId);
    switch (question) {
      case 'host':
        return String(this.#endpoint.steamId);
      case 'claim': {
        if (room !== undefined && !this.#seats.claim(room, secret, BigInt(steamId))) return false;
        // He comes next: under a flood of strangers he must not wait behind them.
        this.#endpoint.expect(BigInt(steamId));
        return String(this.#endpoint.steamId);
      }
      case 'mayReturn':
        return this.#mayReturn(room, secret, BigInt(steamId), SETTLE_MS);
      default:
        throw new TypeError(`unknown question ${String(question)}`);
    }
  }
}

function channelOf(processId: string): string {
  return `steam:${processId}`;
}
