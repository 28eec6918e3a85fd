import { type Client, CloseCode, debugAndPrintError, type Room, type Router, Server, Transport } from '@colyseus/core';
import { resolveChannels } from '../connection/channels.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import type { Inspection } from '../connection/inspection.ts';
import { inspectLobby } from '../lobby/inspectLobby.ts';
import { checkChannels, checkSameMessages } from '../messages/contract.ts';
import { Cluster } from './Cluster.ts';
import { DelayLine } from './DelayLine.ts';
import { Departures } from './Departures.ts';
import { FaultLog } from './FaultLog.ts';
import { Gate } from './Gate.ts';
import { HostLobbies } from './HostLobbies.ts';
import type { HostLobby } from './HostLobby.ts';
import { withoutClaimedIdentity } from './httpIdentity.ts';
import type { LobbyOptions } from './lobbyOptions.ts';
import { Moderation } from './Moderation.ts';
import { type SplitOptions, type SteamTransportOptions, splitTransportOptions } from './options.ts';
import { Reception } from './Reception.ts';
import { createExpressApp, type ExpressApp } from './requireExpress.ts';
import { SeatOwners } from './SeatOwners.ts';
import { ticketOf, type VerifyPlayerOptions, verifyPlayer } from './tickets.ts';
import { useMessagesOverSteam } from './useMessages.ts';
import type { VerifiedTicket } from './verifyTicket.ts';

type ListenCallback = (error?: Error) => void;

/** No Steam user. */
const NOBODY = 0n;

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
  readonly #seats = new SeatOwners();
  readonly #cluster: Cluster;
  readonly #lobbies: HostLobbies;
  readonly #faults = new FaultLog();
  readonly #gate: Gate;
  readonly #reception: Reception;
  readonly #moderation: Moderation;
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
    const departures = new Departures(this.endpoint);
    this.#cluster = new Cluster(this.endpoint, this.#seats, departures);
    this.#lobbies = new HostLobbies(this.endpoint, own.lobby);
    this.#gate = new Gate(this.endpoint, this.#lobbies, own.onSessionRequest, this.#faults);
    this.#reception = new Reception({
      endpoint: this.endpoint,
      line: this.#line,
      faults: this.#faults,
      seats: this.#seats,
      departures,
      cluster: this.#cluster,
      lobbies: this.#lobbies,
      gate: this.#gate,
      exposeRoute: own.exposeRoute,
      knowsMessages: own.messages !== undefined,
    });
    this.#moderation = new Moderation(this.endpoint, this.#reception.sockets, this.#seats, own.bans);
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
    for (const socket of this.#reception.sockets) socket.close(CloseCode.GOING_AWAY, 'the host stopped');
    this.#line.flush();
    this.endpoint.flush();
    this.endpoint.release();
  }

  /** The lobby of one of our rooms, with option `lobby` or by {@link openLobby}; also while Steam is asked to make it. */
  get lobby(): HostLobby | undefined {
    return this.#lobbies.current;
  }

  /**
   * Shows a room of this process as a Steam lobby, until the room is disposed or `close()` is called. From now on players come
   * through the lobby, unless option `onSessionRequest` says otherwise. `options` are added to those of option `lobby`.
   *
   * @param room or its id, as `matchMaker.createRoom()` returns it, too
   * @throws TypeError | RangeError (rejects) for bad options, none of which names the game; Error (rejects) when there is a lobby
   *   already, no such room, or nobody listens; what `Lobbies.create` rejects with, when Steam does not make it. It can be tried
   *   again then.
   */
  openLobby(room: Pick<Room, 'roomId'> | string, options: Partial<LobbyOptions> = {}): Promise<HostLobby> {
    return this.#lobbies.open(room, options);
  }

  /**
   * Sends a player away from one room. His `room.onLeave` has the code 4020 (`RemovalCode.Kicked`) and the reason, the room's
   * `onLeave` has 4000 at once: it is no drop, and what seat the game may hold for him all the same, he cannot take. He may join
   * anew: {@link ban} keeps him out.
   *
   * @throws TypeError when `client` is not of this transport, or the reason is no string
   */
  kick(client: Client, reason?: string): void {
    this.#moderation.kick(client, reason);
  }

  /**
   * Sends a player away from all rooms, with 4021 (`RemovalCode.Banned`) and the reason, and refuses him from now on with the
   * reason (`denied`), until {@link unban} or the end of this transport. {@link bans} has them all, to be kept for option `bans`.
   *
   * @param who a client of a room, or a SteamID, also of somebody who is not here
   * @throws TypeError | RangeError naming the value: no client of this transport and no SteamID of a person, our own, or a reason
   *   that is no string
   */
  ban(who: Client | bigint, reason?: string): void {
    this.#moderation.ban(who, reason);
  }

  /** He may come back. False when he was not banned. @throws TypeError | RangeError for what is no SteamID of a person */
  unban(steamId: bigint): boolean {
    return this.#moderation.unban(steamId);
  }

  /** Who is banned, and the reason that he is told: as it is now. */
  get bans(): ReadonlyMap<bigint, string> {
    return this.#moderation.bans;
  }

  /** Delays what goes out, both lanes alike, by `milliseconds` from now on; 0 ends it. `server.simulateLatency()` calls this. */
  override simulateLatency(milliseconds: number): void {
    this.#line.setDelay(milliseconds);
  }

  /**
   * Asks a player for a Steam ticket that is good for this host only: `identity` is `ticketIdentity()` of our SteamID. His game
   * answers by itself, unless its `SteamSDK` has `tickets: false`. At most 10 within a minute.
   *
   * @throws TicketError (rejects) `no-ticket` when he gives none; SteamError (rejects) when there is no session with him, or it
   *   ends; the signal's reason (rejects)
   */
  ticketOf(player: Client | bigint, signal?: AbortSignal): Promise<Uint8Array> {
    return ticketOf(this.endpoint, player, signal);
  }

  /**
   * Asks a player for a ticket, and Steam whose it is: he owns the app, and is who he is here. For a host that the publisher
   * runs: nobody else may have the key.
   *
   * @throws TicketError (rejects) as `verifyTicket`, and `wrong-player` for the ticket of somebody else; and as {@link ticketOf}
   */
  verifyPlayer(player: Client | bigint, options: VerifyPlayerOptions): Promise<VerifiedTicket> {
    return verifyPlayer(this.endpoint, player, options);
  }

  /**
   * All that this process does over Steam, at this moment, with the rooms and the lobby of the host: plain JSON, for people to look at. See
   * `serveInspector` of `colyseus-transport-steam/inspect`.
   */
  inspect(): Inspection {
    return { ...this.endpoint.inspect(), ...inspectLobby(this.endpoint), ...this.#lobbies.inspect() };
  }

  /** Core calls it with the routes when there is no HTTP server. */
  override bindRouter(router: Router): void {
    this.#reception.router = router;
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

  /** Whether a seat is a Steam user's, and so nobody's who comes another way. */
  protected isSteamSeat(room: Room, sessionId: string): boolean {
    return !this.#seats.mayTake(room, sessionId, NOBODY);
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
    const { messages } = this.#options;
    const stops = [this.endpoint.serve(this.#reception)];
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
    stops.push(
      this.#reception.open(),
      this.#gate.open(),
      this.#moderation.enforce(),
      this.#lobbies.start(),
      this.#cluster.open(),
      this.endpoint.onTick(() => this.#faults.tick()),
    );
    this.#stopServing = stop;
  }

  /**
   * With an HTTP server, core binds its routes there and never calls {@link bindRouter}. By the time that core's own callback of
   * `listen` has returned, the server that owns this transport has its router.
   */
  #bindBesideHttp(server: NonNullable<Transport['server']>): void {
    if (Server.current?.transport === this) this.#reception.router = Server.current.router as Router;
    else
      debugAndPrintError(
        new Error('SteamTransport has no routes for its players: another Colyseus Server was made after its own'),
      );
    server.prependListener('request', withoutClaimedIdentity);
  }
}
