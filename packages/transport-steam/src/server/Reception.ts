import { ErrorCode, type Router } from '@colyseus/core';
import type { Connection } from '../connection/Connection.ts';
import type { Endpoint } from '../connection/Endpoint.ts';
import { hostAnswer, processAskedFor } from '../connection/hostOfProcess.ts';
import type { ConnectionEvents, HostHandlers, SteamRequest, SteamResponse } from '../connection/types.ts';
import { LOBBY_PATH, lobbyAnswer } from '../lobby/lobbyRequest.ts';
import { type Cluster, UnreachableHost } from './Cluster.ts';
import type { DelayLine } from './DelayLine.ts';
import type { Departures } from './Departures.ts';
import type { FaultLog } from './FaultLog.ts';
import type { Gate } from './Gate.ts';
import type { HostLobbies } from './HostLobbies.ts';
import { joinRoom } from './joinRoom.ts';
import type { SteamTransportOptions } from './options.ts';
import { namePlayer } from './persona.ts';
import { mayAskToReturn } from './returning.ts';
import { answerRequest, jsonResponse } from './routes.ts';
import type { SeatOwners } from './SeatOwners.ts';
import { ReadyState, SteamSocket } from './SteamSocket.ts';
import { addressed, seatIn, wantsOffer } from './seats.ts';

const INVALID_TOKEN = 'reconnection token invalid or expired.';

/** What a {@link Reception} needs of its host. */
export interface ReceptionParts extends Required<Pick<SteamTransportOptions, 'exposeRoute'>> {
  readonly endpoint: Endpoint;
  readonly line: DelayLine;
  readonly faults: FaultLog;
  readonly seats: SeatOwners;
  readonly departures: Departures;
  readonly cluster: Cluster;
  readonly lobbies: HostLobbies;
  readonly gate: Gate;
  /** Whether the game declares messages. */
  readonly knowsMessages: boolean;
}

/** What players open and ask, once they are let in. */
export class Reception implements HostHandlers {
  readonly #parts: ReceptionParts;
  readonly #sockets = new Set<SteamSocket>();
  #router: Router | undefined;
  /** Another one each time that hosting begins. */
  #hosting: symbol | undefined;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  /** Everybody's links to rooms, and those that are about to be. */
  get sockets(): ReadonlySet<SteamSocket> {
    return this.#sockets;
  }

  /** What requests are answered by. */
  set router(router: Router) {
    this.#router = router;
  }

  /** Hosting begins. What it returns ends it. */
  open(): () => void {
    this.#hosting = Symbol('hosting');
    return () => {
      this.#hosting = undefined;
    };
  }

  onSessionRequest(peer: bigint): ReturnType<HostHandlers['onSessionRequest']> {
    return this.#parts.gate.ask(peer);
  }

  onComplaint(peer: bigint, what: string): void {
    this.#parts.faults.add(peer, what);
  }

  onConnection(connection: Connection, target: string): ConnectionEvents {
    return this.#admit(target, () => connection).events;
  }

  async onRequest(...asked: Parameters<HostHandlers['onRequest']>): Promise<SteamResponse> {
    try {
      return await this.#answer(...asked);
    } catch (error) {
      if (error instanceof UnreachableHost) return jsonResponse(503, error.message);
      this.#parts.faults.add(asked[0], error);
      return jsonResponse(500, 'the host failed to answer');
    }
  }

  #admit(target: string, connect: (events: ConnectionEvents) => Connection): SteamSocket {
    const { endpoint, gate } = this.#parts;
    const socket = new SteamSocket(this.#parts, connect);
    // An offer to a player who has no room for another connection, or has gone: his seat stays free.
    if (socket.readyState !== ReadyState.OPEN) return socket;
    this.#sockets.add(socket);
    namePlayer(socket, () => endpoint.personaOf(socket.steamId));
    let isPlaying = false;
    socket.once('close', (code: number) => {
      this.#sockets.delete(socket);
      // A link that came to nothing was no player's.
      if (isPlaying) gate.noteEnd(socket.steamId, code);
    });
    void joinRoom(socket, target, this.#parts).then((isIn) => {
      isPlaying = isIn;
    });
    return socket;
  }

  async #answer(
    peer: bigint,
    request: SteamRequest,
    offer: (target: string, events: ConnectionEvents) => Connection,
  ): Promise<SteamResponse> {
    const { cluster, exposeRoute, lobbies } = this.#parts;
    if (request.path === LOBBY_PATH) return lobbyAnswer(lobbies.current?.id);
    const asked = processAskedFor(request);
    if (asked !== undefined) return hostAnswer(await cluster.hostOf(asked));
    if (this.#router === undefined) return jsonResponse(503, 'the host has no routes yet: it is still starting');
    const hosting = this.#hosting;
    // In core's words for a token that is not valid.
    if (!(await mayAskToReturn(request, peer, cluster))) return jsonResponse(ErrorCode.MATCHMAKE_EXPIRED, INVALID_TOKEN);
    // What it makes may be a room of a name that was defined just now.
    lobbies.refresh();
    const response = await answerRequest(this.#router, peer, request, exposeRoute);
    const seat = this.#hosting === hosting ? seatIn(request, response) : undefined;
    const host = seat && (await cluster.claim(seat, peer));
    // The session may go on: our own player's does, as long as he uses it.
    if (this.#hosting !== hosting) return jsonResponse(503, 'the host stopped');
    if (seat === undefined) return response;
    // A reconnection token that somebody else got hold of: in core's words for one that is not valid.
    if (host === undefined) return jsonResponse(ErrorCode.MATCHMAKE_EXPIRED, INVALID_TOKEN);
    // The player says that he dials this seat next: having it dialled here spares him a round trip. One of another host he dials himself.
    if (wantsOffer(request) && seat.room?.hasReservedSeat(seat.sessionId, seat.reconnectionToken)) {
      this.#admit(seat.target, (events) => offer(seat.target, events));
    }
    return addressed(response, host);
  }
}
