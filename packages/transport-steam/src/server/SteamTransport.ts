import { CloseCode, debugAndPrintError, ErrorCode, type Router, Server, Transport } from '@colyseus/core';
import type { Connection } from '../connection/Connection.ts';
import { resolveChannels } from '../connection/channels.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import type { ConnectionEvents, HostHandlers, SteamRequest, SteamResponse } from '../connection/types.ts';
import { checkChannels, checkSameMessages } from '../messages/contract.ts';
import { carefully } from './admission.ts';
import { DelayLine } from './DelayLine.ts';
import { withoutClaimedIdentity } from './httpIdentity.ts';
import { joinRoom } from './joinRoom.ts';
import { type SplitOptions, type SteamTransportOptions, splitTransportOptions } from './options.ts';
import { createExpressApp, type ExpressApp } from './requireExpress.ts';
import { answerRequest, jsonResponse } from './routes.ts';
import { SeatOwners } from './SeatOwners.ts';
import { ReadyState, SteamSocket } from './SteamSocket.ts';
import { seatIn, wantsOffer } from './seats.ts';
import { useMessagesOverSteam } from './useMessages.ts';

type ListenCallback = (error?: Error) => void;

/**
 * A Colyseus transport over Steam P2P. Players reach the server by the SteamID of the one who runs it; no port is opened.
 *
 * ```ts
 * const server = new Server({ transport: new SteamTransport({ driver }) });
 * await server.listen(0);
 * ```
 */
export class SteamTransport extends Transport {
  /** Shared by all that this process does over the driver: its `stats()` are of interest. */
  readonly endpoint: Endpoint;
  readonly #options: SplitOptions['own'];
  readonly #line = new DelayLine();
  readonly #sockets = new Set<SteamSocket>();
  readonly #seats = new SeatOwners();
  #router: Router | undefined;
  #expressApp: ExpressApp;
  #stopServing: (() => void) | undefined;
  #isShutDown = false;

  /** @throws TypeError | RangeError for bad options, naming the option, the value and what is allowed. */
  constructor(options: SteamTransportOptions) {
    super();
    const { own, endpoint } = splitTransportOptions(options);
    this.#options = own;
    // Before the endpoint, whose first options stay.
    if (own.messages !== undefined) checkChannels(own.messages, resolveChannels(endpoint.channels, own.driver.limits.channels));
    this.endpoint = Endpoint.of(own.driver, endpoint);
    checkSameMessages(own.messages, this.endpoint.options.contract);
    if (own.server !== undefined) {
      this.server = own.server;
      // Core listens for errors only after the first listen: an 'error' that nobody hears would end the process.
      own.server.on('error', (error) => debugAndPrintError(error));
    }
  }

  /**
   * Begins to host. The arguments are those of the HTTP server in option `server`, and mean nothing without one. `callback` is called
   * exactly once: with the error when the port is taken, or when this Steam user hosts already in this process.
   */
  override listen(port?: number | string, hostname?: string, backlog?: number, callback?: ListenCallback): this {
    this.#isShutDown = false;
    const { server } = this;
    if (server === undefined) {
      this.#host(callback);
      return this;
    }
    // Whichever comes takes the other one away: what stayed would answer the next listen, too.
    const failed = (error: Error) => {
      server.off('listening', listening);
      callback?.(error);
    };
    const listening = () => {
      server.off('error', failed);
      if (this.#isShutDown) callback?.(new Error('shut down before it listened'));
      else this.#host(callback);
    };
    server.once('error', failed);
    server.once('listening', listening);
    try {
      // Node takes the path of a Unix socket in the place of the port, too.
      server.listen(port as number, hostname, backlog);
    } catch (error) {
      server.off('error', failed);
      server.off('listening', listening);
      throw error;
    }
    return this;
  }

  /**
   * Stops hosting. What was sent before, and the closes, have been given to Steam when this returns: core ends the process next.
   * May be called twice, and before {@link listen}.
   */
  override shutdown(): void {
    this.#isShutDown = true;
    this.server?.close();
    if (this.#stopServing === undefined) return;
    this.#stopServing();
    this.#stopServing = undefined;
    for (const socket of this.#sockets) socket.close(CloseCode.GOING_AWAY, 'the host stopped');
    this.#line.flush();
    this.endpoint.flush();
    this.endpoint.release();
  }

  /** Delays what goes out, both lanes alike, by `milliseconds` from now on; 0 ends it. `server.simulateLatency()` calls this. */
  override simulateLatency(milliseconds: number): void {
    this.#line.setDelay(milliseconds);
  }

  /** Core calls it with the routes when there is no HTTP server. */
  override bindRouter(router: Router): void {
    this.#router = router;
  }

  /**
   * The Express application for the pages beside the game, on the HTTP server of option `server`. Players do not reach it over Steam:
   * they reach the Colyseus routes.
   *
   * @throws Error without option `server`, or without Express installed.
   */
  override getExpressApp(): ExpressApp {
    if (this.server === undefined) {
      throw new Error(
        "the server's option express needs an HTTP server: new SteamTransport({ driver, server: http.createServer() })",
      );
    }
    if (this.#expressApp === undefined) {
      const app = createExpressApp();
      this.server.on('request', app);
      this.#expressApp = app;
    }
    return this.#expressApp;
  }

  /** Calls `callback` whatever happens: without it `server.listen()` waits for ever. */
  #host(callback: ListenCallback | undefined): void {
    let error: Error | undefined;
    try {
      this.#serve();
    } catch (caught) {
      error = caught as Error;
      this.server?.close();
    }
    callback?.(error);
    if (error === undefined && this.server !== undefined) this.#bindBesideHttp(this.server);
  }

  #serve(): void {
    if (this.#stopServing !== undefined) throw new Error('this SteamTransport listens already');
    const handlers: HostHandlers = {
      onSessionRequest: carefully(this.#options.onSessionRequest),
      onConnection: (connection, target) => this.#admit(target, () => connection).events,
      onRequest: async (peer, request, offer) => {
        try {
          return await this.#answer(peer, request, offer);
        } catch (error) {
          debugAndPrintError(error as Error);
          return jsonResponse(500, 'the host failed to answer');
        }
      },
    };
    const { messages } = this.#options;
    const stops = [this.endpoint.serve(handlers)];
    const stop = () => {
      for (const one of stops.splice(0)) one();
    };
    try {
      if (messages !== undefined) stops.push(useMessagesOverSteam(messages));
      this.endpoint.acquire();
    } catch (error) {
      stop();
      throw error;
    }
    this.#stopServing = stop;
  }

  /**
   * With an HTTP server, core binds its routes there and never calls {@link bindRouter}. By the time that core's own callback of
   * `listen` has returned, the server that owns this transport has its router.
   */
  #bindBesideHttp(server: NonNullable<Transport['server']>): void {
    if (Server.current?.transport === this) this.#router = Server.current.router as Router;
    else
      debugAndPrintError(
        new Error('SteamTransport has no routes for its players: another Colyseus Server was made after its own'),
      );
    server.prependListener('request', withoutClaimedIdentity);
  }

  #admit(target: string, connect: (events: ConnectionEvents) => Connection): SteamSocket {
    const socket = new SteamSocket(this.#line, this.#options.messages !== undefined, connect);
    // An offer to a player who has no room for another connection, or has gone: his seat stays free.
    if (socket.readyState !== ReadyState.OPEN) return socket;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    void joinRoom(socket, target, this.#seats);
    return socket;
  }

  async #answer(
    peer: bigint,
    request: SteamRequest,
    offer: (target: string, events: ConnectionEvents) => Connection,
  ): Promise<SteamResponse> {
    if (this.#router === undefined) return jsonResponse(503, 'the host has no routes yet: it is still starting');
    const serving = this.#stopServing;
    const response = await answerRequest(this.#router, peer, request, this.#options.exposeRoute);
    // The session may go on: our own player's does, as long as he uses it.
    if (this.#stopServing !== serving) return jsonResponse(503, 'the host stopped');
    const seat = seatIn(request, response);
    if (seat !== undefined) {
      // A reconnection token that somebody else got hold of: in core's words for one that is not valid.
      if (!this.#seats.mayTake(seat.room, seat.sessionId, peer)) {
        return jsonResponse(ErrorCode.MATCHMAKE_EXPIRED, 'reconnection token invalid or expired.');
      }
      this.#seats.set(seat.room, seat.sessionId, peer);
      // The player says that he dials this seat next: having it dialled here spares him a round trip. One that is not there yet, because
      // `onDrop` takes its time before it allows the reconnection, may be when he dials himself.
      if (wantsOffer(request) && seat.room.hasReservedSeat(seat.sessionId, seat.reconnectionToken)) {
        this.#admit(seat.target, (events) => offer(seat.target, events));
      }
    }
    return response;
  }
}
