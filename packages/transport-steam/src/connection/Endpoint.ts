import type { SteamDriver } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { AwakeClock } from './AwakeClock.ts';
import { BanList } from './BanList.ts';
import { CloseCode, type Connection } from './Connection.ts';
import { EndOfTurn } from './EndOfTurn.ts';
import { EventLog } from './EventLog.ts';
import { connectionLost } from './failures.ts';
import { guard } from './guard.ts';
import type { Inspection } from './inspection.ts';
import { Linger } from './Linger.ts';
import { checkSameOptions, type EndpointOptions, type ResolvedOptions, resolveEndpointOptions } from './options.ts';
import { Poller } from './Poller.ts';
import { checkPause } from './pause.ts';
import { cleanPersonaName } from './personaName.ts';
import { Roles } from './Roles.ts';
import type {
  ConnectionEvents,
  FaultStats,
  HostHandlers,
  PeerStats,
  RequestHandler,
  RequestResult,
  SteamRequest,
  StrangerStats,
  TargetHandlers,
} from './types.ts';
import { Users } from './Users.ts';

/** Deadlines are looked at no more often than this. */
const TICK_MS = 5;

/** On the driver itself, so that the ESM and the CommonJS copy of this module find the same endpoint. */
const ENDPOINT = Symbol.for('colyseus-transport-steam.endpoint');

/** Time and chance, for tests that decide both. */
export interface Environment {
  /** Milliseconds that never go back. `performance.now` by default. */
  readonly now: () => number;
  /** From 0 to 1, as `Math.random`, the default: names sessions, secures nothing. */
  readonly random: () => number;
}

/**
 * All that one process has to do with Steam P2P. Steam gives a process one identity and one packet queue, so one endpoint owns the
 * driver and its poll, and serves every role at once: host, player of this host, player of another.
 */
export class Endpoint {
  readonly driver: SteamDriver;
  readonly options: ResolvedOptions;
  /** Whom our host does not take, whatever it says itself. */
  readonly bans = new BanList();
  /** @internal What happened last: see {@link inspect}. */
  readonly log: EventLog;
  readonly #environment: Environment;
  readonly #clock: AwakeClock;
  readonly #poller: Poller;
  readonly #roles: Roles;
  readonly #users: Users;
  readonly #endOfTurn = new EndOfTurn(
    () => this.#wake(),
    () => this.#clock.now(),
  );
  readonly #linger: Linger;
  readonly #onTick = new Set<(now: number) => void>();
  #holders = 0;
  #started = false;
  #isSteamLost = false;
  #tickedAt = 0;

  private constructor(driver: SteamDriver, options: ResolvedOptions, environment: Environment) {
    this.driver = driver;
    this.options = options;
    this.#environment = environment;
    this.log = new EventLog(environment.now);
    this.#clock = new AwakeClock(environment.now, options.deadAfterMs);
    this.#poller = new Poller(
      () => this.poll(),
      () => this.flush(),
      environment.now,
    );
    this.#roles = new Roles(driver.steamId, () => this.#users.forgetDecisions());
    this.#users = new Users({
      driver,
      options,
      bans: this.bans,
      log: this.log,
      random: environment.random,
      now: () => this.#clock.now(),
      isHeld: () => this.#holders > 0,
      host: () => this.#roles.host,
      answerer: (path) => this.#roles.answerer(path),
      complain: (peer, what) => {
        const { onComplaint } = this.#roles.host ?? {};
        if (onComplaint !== undefined) guard(() => onComplaint(peer, what));
      },
      guard,
      defer: (task) => this.#endOfTurn.defer(task),
      dirty: (session) => this.#endOfTurn.add(session),
      hurry: () => this.#poller.hurry(),
      wake: () => this.#wake(),
      transmit: (peer, packet, sendType, steamChannel) =>
        !this.#linger.isMute && driver.send(peer, packet, sendType, steamChannel),
    });
    this.#linger = new Linger({
      driver,
      now: () => this.#clock.now(),
      peers: () => this.#users.peers(),
      turn: () => {
        this.#clock.turn();
        this.#users.read(this.#clock.turnedAt);
        this.flush();
      },
      endAll: (why) => {
        this.#users.endAll(why);
        this.flush();
      },
      rest: () => {
        if (this.#holders === 0) this.#poller.stop();
      },
    });
  }

  /**
   * The endpoint of a driver: always the same one. Options count when it is made.
   *
   * @throws TypeError when it is there already, with other options than these.
   * @throws TypeError | RangeError for bad options: see {@link resolveEndpointOptions}.
   */
  static of(driver: SteamDriver, options: EndpointOptions = {}, environment: Partial<Environment> = {}): Endpoint {
    const carrier = driver as SteamDriver & { [ENDPOINT]?: Endpoint };
    const existing = carrier[ENDPOINT];
    if (existing === undefined) {
      const { now = () => performance.now(), random = Math.random } = environment;
      const endpoint = new Endpoint(driver, resolveEndpointOptions(options, driver.limits.channels), { now, random });
      Object.defineProperty(carrier, ENDPOINT, { value: endpoint });
      return endpoint;
    }
    checkSameOptions(options, existing.options, driver.limits.channels);
    return existing;
  }

  get steamId(): bigint {
    return this.driver.steamId;
  }

  /** Packets of the game's own that nobody wanted: see {@link EndpointOptions.onForeignPacket}. */
  get foreignPackets(): number {
    return this.#users.foreignPackets;
  }

  /**
   * Starts polling, until as many {@link release} as `acquire` were called. The first one starts the driver, which stays started: whoever
   * made it closes it, when nobody in the process uses it any more.
   */
  acquire(): void {
    if (!this.#started) {
      this.driver.start({
        onSessionRequest: (peer) => this.#users.receiveRequest(peer),
        onSessionFailed: (peer, error) => this.#users.find(peer)?.handleSessionFailed(error),
        onPacket: (peer, packet, channel) => this.#users.receive(peer, packet, channel),
        onSteamLost: (reason) => this.#loseSteam(reason),
        onSteamRestored: () => this.#restoreSteam(),
      });
      this.#started = true;
    }
    if (this.#linger.isOn) this.#linger.end();
    this.#holders++;
    if (this.#holders > 1) return;
    this.#clock.begin();
    this.#tickedAt = this.#clock.now();
    if (this.options.poll === 'auto') this.#poller.start();
  }

  /**
   * Ends what {@link acquire} began. The last one closes every connection (1001), gives that to Steam, and is done: only that it looks for the
   * acknowledgements, and gives Steam what it does not take at once, for 2 s at most, or until the next `acquire`: see {@link drained}.
   */
  release(): void {
    if (this.#holders === 0) return;
    this.#holders--;
    if (this.#holders > 0) return;
    for (const peer of this.#users.peers()) peer.session?.closeAll(CloseCode.GoingAway, 'the other side stopped');
    this.flush();
    // Whoever was told may have begun anew.
    if (this.#holders > 0) this.#linger.end();
    else this.#linger.begin();
  }

  /**
   * Resolves when all peers have what was sent to them before the last {@link release}, or were given up: 2 s after it at most, and at once when
   * it is not released. For whoever ends the process next: `server.onShutdown(() => transport.endpoint.drained())`.
   */
  drained(): Promise<void> {
    return this.#linger.drained();
  }

  /**
   * Becomes a host. Returns what ends that: connections that are open stay open.
   *
   * @throws Error when this endpoint hosts already.
   */
  serve(handlers: HostHandlers): () => void {
    return this.#roles.serve(handlers);
  }

  /**
   * Answers requests for one path, from every peer that there is a session with, whether this endpoint hosts or not: a host asks his players, as
   * they ask him. The query is no part of the path. They count against what a peer may ask, as all his requests do. Returns what ends it.
   *
   * @throws TypeError when `path` does not begin with `/` or has a query; Error when it is answered already.
   */
  answer(path: string, handler: RequestHandler): () => void {
    return this.#roles.answer(path, handler);
  }

  /**
   * Takes connections for one target, from every peer who may talk to us, whether this endpoint hosts or not. Where it does, the host says who may;
   * else, those whom one of these lets in. Returns what ends it: connections that are open stay open.
   *
   * @throws TypeError when `target` does not begin with `/` or has a query; Error when it is taken already.
   */
  accept(target: string, handlers: TargetHandlers): () => void {
    return this.#roles.accept(target, handlers);
  }

  /** Opens a connection to a target at a peer. What goes wrong comes by `events.onClose`, with 1006 and a {@link SteamError}. */
  connect(peer: bigint, target: string, events: ConnectionEvents): Connection {
    return this.#users.reach(peer).reach().dial(target, events);
  }

  /**
   * Asks a peer. Several at once are fine; order is kept.
   *
   * @throws SteamError (rejects) when it could not be answered; RangeError when the request is over the limits; the signal's reason.
   */
  request(peer: bigint, request: SteamRequest, signal?: AbortSignal): Promise<RequestResult> {
    return this.#users.reach(peer).reach().request(request, signal);
  }

  /**
   * Ends everything with a peer, in good order: his connections close with this code and reason, after what was sent before; requests of his that
   * are being answered are refused with the reason; then the session ends, within 3 s whatever he does. Calling it again does nothing, nor does
   * calling it without a session. He may come back, unless he is banned ({@link bans}) or the host says no.
   */
  expel(peer: bigint, code: number, reason: string): void {
    this.#users.find(peer)?.expel(code, reason);
  }

  /**
   * Says that this user is to be expected: he is a member of our lobby, or was invited. Then he need not wait behind strangers, and if the host
   * refused him a moment ago, he waits for his turn or may have been passed over, the host is asked about him at once. It decides as before. Holds for 10 minutes, and for
   * the last 1024 users.
   */
  expect(peer: bigint): void {
    this.#users.expect(peer);
  }

  /** Whether this peer flooded ({@link EndpointOptions.maxWorkPerSecond}) less than 30 s ago: nothing of his is looked at. */
  isShutOut(peer: bigint): boolean {
    return this.#users.isShutOut(peer);
  }

  /** What a peer with a session calls himself, fit to be shown on one line; undefined when he does not say. His word, and nobody's identity. */
  personaOf(peer: bigint): string | undefined {
    if (peer === this.steamId) return cleanPersonaName(this.driver.personaName ?? '');
    return this.#users.find(peer)?.personaName;
  }

  /** The time that deadlines of those above are counted in: milliseconds that never go back. */
  now(): number {
    return this.#environment.now();
  }

  /**
   * Says to all peers that this process may be silent for `ms`: a level loads, and the event loop stands still. They wait for so long, as far as
   * their `maxPauseMs` goes, and then `deadAfterMs` as ever. Holds for its time or until {@link resume}, whatever is sent meanwhile; a
   * new one takes its place. It has been given to Steam when this returns: the next line may stand still.
   *
   * Who has no session with us yet is not told: he waits for `connectTimeoutMs`.
   *
   * @throws TypeError | RangeError when `ms` is not from 0 to 3 600 000
   */
  announcePause(ms: number): void {
    const pauseMs = checkPause(ms);
    for (const { session } of this.#users.peers()) session?.announcePause(pauseMs);
    this.flush();
  }

  /** The pause is over before its time: from now on silence means what it always does. */
  resume(): void {
    this.announcePause(0);
  }

  /**
   * Calls `handler` with the time while the endpoint is held ({@link acquire}): about every 5 ms while there is traffic, every 50 ms in silence.
   * For deadlines of those above, who need no timer of their own. Returns what ends it.
   */
  onTick(handler: (now: number) => void): () => void {
    const own = (now: number) => handler(now);
    this.#onTick.add(own);
    return () => void this.#onTick.delete(own);
  }

  /** Reads, looks at deadlines, sends: one turn. Returns the number of packets read. With `poll: 'manual'` the game calls it. */
  poll(): number {
    if (this.#holders === 0) {
      this.#linger.turn();
      return 0;
    }
    const stoodStillMs = this.#clock.turn();
    const now = this.#clock.turnedAt;
    // Before what came meanwhile is read, and paid for.
    if (stoodStillMs > 0) this.#users.forgive(stoodStillMs);
    try {
      return this.#users.read(now);
    } finally {
      this.#tick(now);
      this.flush();
    }
  }

  /** Gives all that was sent to Steam now, rather than at the end of the turn. */
  flush(): void {
    this.#endOfTurn.flush();
    if (!this.#users.isQuiet) this.#wake();
  }

  /** A snapshot of every peer that there is a session with. */
  stats(): PeerStats[] {
    // Those who linger have been left.
    if (this.#holders === 0) return [];
    return this.#users.peers().flatMap((peer) => peer.stats() ?? []);
  }

  /** All of it, for people to look at: plain JSON. */
  inspect(): Inspection {
    const { isClosed, personaName = '' } = this.driver;
    const isRunning = this.#holders > 0;
    return {
      steamId: String(this.steamId),
      personaName: cleanPersonaName(personaName) ?? '',
      now: this.now(),
      steam: !isRunning ? 'idle' : isClosed ? 'closed' : this.#isSteamLost ? 'lost' : 'running',
      isHosting: this.#roles.isHosting,
      peers: isRunning ? this.#users.peers().flatMap((peer) => peer.inspect() ?? []) : [],
      strangers: this.strangers,
      faults: this.faults,
      bans: this.bans.size,
      foreignPackets: this.foreignPackets,
      events: this.log.all,
    };
  }

  /** What users without a session do here. */
  get strangers(): StrangerStats {
    return this.#users.strangers;
  }

  /** What peers did that nobody honest does. */
  get faults(): FaultStats {
    return this.#users.faults;
  }

  #loseSteam(reason: string): void {
    this.#isSteamLost = true;
    this.log.add('steam-lost', { reason });
    this.#users.endAll((peer) => connectionLost(peer.id, `Steam went away (${reason})`));
  }

  #restoreSteam(): void {
    this.#isSteamLost = false;
    this.log.add('steam-restored');
  }

  #tick(now: number): void {
    const elapsed = now - this.#tickedAt;
    if (elapsed < TICK_MS) return;
    this.#tickedAt = now;
    if (this.driver.isClosed) {
      const message = `the driver of Steam user ${this.steamId} was closed in this process`;
      this.#users.endAll(() => new SteamError('closed', message));
    }
    this.#users.tick(now);
    for (const handler of this.#onTick) guard(() => handler(this.now()));
  }

  #wake(): void {
    this.#poller.wake();
  }
}
