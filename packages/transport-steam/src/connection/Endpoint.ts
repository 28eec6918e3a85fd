import type { SteamDriver } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { isProtocolPacket, TAG_MASK } from '../wire/packet.ts';
import { Acceptors } from './Acceptors.ts';
import { Answerers } from './Answerers.ts';
import { AwakeClock } from './AwakeClock.ts';
import { Backlog } from './Backlog.ts';
import { BanList } from './BanList.ts';
import { CloseCode, type Connection } from './Connection.ts';
import type { PeerContext } from './context.ts';
import { EndedSessions } from './EndedSessions.ts';
import { EventLog } from './EventLog.ts';
import { connectionLost } from './failures.ts';
import type { Inspection } from './inspection.ts';
import { checkSameOptions, type EndpointOptions, type ResolvedOptions, resolveEndpointOptions } from './options.ts';
import type { Peer } from './Peer.ts';
import { Peers } from './Peers.ts';
import { Poller } from './Poller.ts';
import { checkPause } from './pause.ts';
import { cleanPersonaName } from './personaName.ts';
import type { Session } from './Session.ts';
import { Strangers } from './Strangers.ts';
import { Terms } from './Terms.ts';
import type {
  ConnectionEvents,
  HostHandlers,
  PeerStats,
  RequestHandler,
  RequestResult,
  SteamRequest,
  StrangerStats,
  TargetHandlers,
} from './types.ts';

/** Deadlines are looked at no more often than this. */
const TICK_MS = 5;

/** A longer pause between two turns means that this process stood still, not its peers. So much of it counts for its deadlines. */
const STOOD_STILL_MS = 1_000;

/** So many pauses in a row make a peer dead of whom nothing comes: after one, what he said meanwhile may still have to be read. */
const STANDSTILLS = 4;

/** Packets are read in parts of so many, until they have so many bytes: then others have their turn. */
const READ_PACKETS = 32;
const READ_BYTES = 1_048_576;

/**
 * Packets of those who flood are thrown away, those of who has had his share of the turn wait, and neither are a part of these. So many are
 * read in one turn: others' are behind them.
 */
const READ_ASIDE = 4_096;

/** When everybody has let go, so long peers may take to acknowledge the last words, and the goodbye behind them. */
const LINGER_MS = 2_000;

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
  readonly #peers: Peers;
  readonly #strangers: Strangers;
  readonly #answerers = new Answerers();
  readonly #acceptors = new Acceptors();
  readonly #onTick = new Set<(now: number) => void>();
  /** Those that have something to send, each once: a set makes its tables anew whenever it has grown and shrunk. */
  readonly #dirty: Session[] = [];
  readonly #tasks: (() => void)[] = [];
  #host: HostHandlers | undefined;
  #holders = 0;
  #started = false;
  #isSteamLost = false;
  /** Nobody holds it any more, and there are peers who have not acknowledged the end. */
  #lingersUntil: number | undefined;
  readonly #onDrained: (() => void)[] = [];
  /** Its driver is not what it was. */
  #isMute = false;
  #tag: number;
  #tickedAt = 0;
  /** Since the last tick. */
  #stoodStillMs = 0;
  #readBytes = 0;
  /** Packets of this turn that were not looked at. */
  #aside = 0;
  #turn = 0;
  readonly #backlog = new Backlog((peer, { packet, steamChannel }) => this.#handle(peer.id, peer, packet, steamChannel));
  #foreignPackets = 0;

  private constructor(driver: SteamDriver, options: ResolvedOptions, environment: Environment) {
    this.driver = driver;
    this.options = options;
    this.#environment = environment;
    this.log = new EventLog(environment.now);
    this.#clock = new AwakeClock(environment.now, Math.min(STOOD_STILL_MS, options.deadAfterMs / STANDSTILLS));
    this.#tag = this.#chance(TAG_MASK + 1);
    this.#poller = new Poller(
      () => this.poll(),
      () => this.flush(),
      environment.now,
    );
    const context: PeerContext = {
      options,
      log: this.log,
      now: () => this.#clock.now(),
      isSelf: false,
      terms: new Terms(options, () => driver.personaName ?? ''),
      endedSessions: new EndedSessions(options.maxPeers),
      sessions: { count: 0 },
      host: () => this.#host ?? (this.#acceptors.isEmpty ? undefined : this.#acceptors.host),
      answerer: (path) => this.#answerers.find(path),
      banOf: (peer) => this.bans.reasonOf(peer),
      decide: (peer) => this.#strangers.decide(peer),
      mayAnswer: (peer) => this.#strangers.mayAnswer(peer, true),
      defer: (task) => {
        this.#tasks.push(task);
        this.#wake();
      },
      guard,
      complain: (peer, what) => {
        const { onComplaint } = this.#host ?? {};
        if (onComplaint !== undefined) guard(() => onComplaint(peer, what));
      },
      hurry: () => this.#poller.hurry(),
      transmit: (peer, packet, sendType, steamChannel) => !this.#isMute && this.driver.send(peer, packet, sendType, steamChannel),
      accept: (peer) => this.#accept(peer),
      close: (peer) => this.driver.closeSession?.(peer),
      dirty: (session) => {
        if (!session.isDirty) this.#dirty.push(session);
        session.isDirty = true;
        this.#wake();
      },
      ended: (peer, livedMs) => this.#strangers.handleEnd(peer, livedMs),
      receiveUnknown: (...packet) => this.#receiveStranger(...packet),
      newTag: () => {
        this.#tag = (this.#tag + 1) & TAG_MASK;
        return this.#tag;
      },
      newEpoch: () => this.#chance(2 ** 32),
    };
    this.#peers = new Peers(driver.steamId, context, () => this.#wake());
    this.#strangers = new Strangers({
      ...context,
      random: environment.random,
      mayGreet: (peer) => this.#peers.find(peer)?.mayGreet() ?? true,
      isShutOut: (peer) => this.isShutOut(peer),
      welcome: (peer, hello, packet) => this.#peers.reach(peer).welcome(hello, packet),
      deliver: (peer, packet, steamChannel) => this.#receive(peer, packet, steamChannel),
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
    return this.#foreignPackets;
  }

  /**
   * Starts polling, until as many {@link release} as `acquire` were called. The first one starts the driver, which stays started: whoever
   * made it closes it, when nobody in the process uses it any more.
   */
  acquire(): void {
    if (!this.#started) {
      this.driver.start({
        onSessionRequest: (peer) => this.#receiveRequest(peer),
        onSessionFailed: (peer, error) => this.#peers.find(peer)?.handleSessionFailed(error),
        onPacket: (peer, packet, channel) => this.#receive(peer, packet, channel),
        onSteamLost: (reason) => this.#loseSteam(reason),
        onSteamRestored: () => this.#restoreSteam(),
      });
      this.#started = true;
    }
    if (this.#lingersUntil !== undefined) this.#finish();
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
    for (const peer of this.#peers.all()) peer.session?.closeAll(CloseCode.GoingAway, 'the other side stopped');
    this.flush();
    // Whoever was told may have begun anew.
    if (this.#holders > 0) this.#finish();
    else this.#lingersUntil = this.#clock.now() + LINGER_MS;
    this.#endIdle();
  }

  /**
   * Resolves when all peers have what was sent to them before the last {@link release}, or were given up: 2 s after it at most, and at once when
   * it is not released. For whoever ends the process next: `server.onShutdown(() => transport.endpoint.drained())`.
   */
  drained(): Promise<void> {
    if (this.#lingersUntil === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  /**
   * Becomes a host. Returns what ends that: connections that are open stay open.
   *
   * @throws Error when this endpoint hosts already.
   */
  serve(handlers: HostHandlers): () => void {
    if (this.#host !== undefined)
      throw new Error(`Steam user ${this.steamId} hosts already in this process: one driver, one host`);
    const host = this.#acceptors.beside(handlers);
    this.#host = host;
    // What was said of users before was not said by this one.
    this.#strangers.clear();
    return () => {
      if (this.#host !== host) return;
      this.#host = undefined;
      this.#strangers.clear();
    };
  }

  /**
   * Answers requests for one path, from every peer that there is a session with, whether this endpoint hosts or not: a host asks his players, as
   * they ask him. The query is no part of the path. They count against what a peer may ask, as all his requests do. Returns what ends it.
   *
   * @throws TypeError when `path` does not begin with `/` or has a query; Error when it is answered already.
   */
  answer(path: string, handler: RequestHandler): () => void {
    return this.#answerers.add(path, handler);
  }

  /**
   * Takes connections for one target, from every peer who may talk to us, whether this endpoint hosts or not. Where it does, the host says who may;
   * else, those whom one of these lets in. Returns what ends it: connections that are open stay open.
   *
   * @throws TypeError when `target` does not begin with `/` or has a query; Error when it is taken already.
   */
  accept(target: string, handlers: TargetHandlers): () => void {
    const end = this.#acceptors.add(target, handlers);
    return () => {
      end();
      if (this.#host === undefined && this.#acceptors.isEmpty) this.#strangers.clear();
    };
  }

  /** Opens a connection to a target at a peer. What goes wrong comes by `events.onClose`, with 1006 and a {@link SteamError}. */
  connect(peer: bigint, target: string, events: ConnectionEvents): Connection {
    return this.#peers.reach(peer).reach().dial(target, events);
  }

  /**
   * Asks a peer. Several at once are fine; order is kept.
   *
   * @throws SteamError (rejects) when it could not be answered; RangeError when the request is over the limits; the signal's reason.
   */
  request(peer: bigint, request: SteamRequest, signal?: AbortSignal): Promise<RequestResult> {
    return this.#peers.reach(peer).reach().request(request, signal);
  }

  /**
   * Ends everything with a peer, in good order: his connections close with this code and reason, after what was sent before; requests of his that
   * are being answered are refused with the reason; then the session ends, within 3 s whatever he does. Calling it again does nothing, nor does
   * calling it without a session. He may come back, unless he is banned ({@link bans}) or the host says no.
   */
  expel(peer: bigint, code: number, reason: string): void {
    this.#peers.find(peer)?.expel(code, reason);
  }

  /**
   * Says that this user is to be expected: he is a member of our lobby, or was invited. Then he need not wait behind strangers, and if the host
   * refused him a moment ago, he waits for his turn or may have been passed over, the host is asked about him at once. It decides as before. Holds for 10 minutes, and for
   * the last 1024 users.
   */
  expect(peer: bigint): void {
    this.#strangers.expect(peer, this.#peers.find(peer)?.session !== undefined);
  }

  /** Whether this peer flooded ({@link EndpointOptions.maxWorkPerSecond}) less than 30 s ago: nothing of his is looked at. */
  isShutOut(peer: bigint): boolean {
    return this.#peers.find(peer)?.isShutOut(this.#clock.now()) ?? false;
  }

  /** What a peer with a session calls himself, fit to be shown on one line; undefined when he does not say. His word, and nobody's identity. */
  personaOf(peer: bigint): string | undefined {
    if (peer === this.steamId) return cleanPersonaName(this.driver.personaName ?? '');
    return this.#peers.find(peer)?.personaName;
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
    for (const { session } of this.#peers.all()) session?.announcePause(pauseMs);
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
      this.#linger();
      return 0;
    }
    this.#stoodStillMs += this.#clock.turn();
    try {
      return this.#read() + this.#peers.receiveOwn(this.options.maxPacketsPerPoll, this.#clock.now());
    } finally {
      this.#tick(this.#clock.now());
      this.flush();
    }
  }

  /** Gives all that was sent to Steam now, rather than at the end of the turn. */
  flush(): void {
    // What tasks defer is for the next turn.
    if (this.#tasks.length > 0) for (const task of this.#tasks.splice(0)) guard(task);
    if (this.#dirty.length > 0) this.#flushDirty();
    if (this.#tasks.length > 0 || !this.#peers.isQuiet) this.#wake();
  }

  /** The last takes the place of whoever has nothing more to send: at any moment, also when the driver throws, each that is dirty is there once. */
  #flushDirty(): void {
    for (let i = 0; i < this.#dirty.length; ) {
      const session = this.#dirty[i] as Session;
      if (session.error === undefined && !session.flush()) {
        i++;
        continue;
      }
      session.isDirty = false;
      this.#dirty[i] = this.#dirty.at(-1) as Session;
      this.#dirty.length--;
    }
  }

  /** A snapshot of every peer that there is a session with. */
  stats(): PeerStats[] {
    // Those who linger have been left.
    if (this.#holders === 0) return [];
    return this.#peers.all().flatMap((peer) => peer.stats() ?? []);
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
      isHosting: this.#host !== undefined,
      peers: isRunning ? this.#peers.all().flatMap((peer) => peer.inspect() ?? []) : [],
      strangers: this.strangers,
      bans: this.bans.size,
      foreignPackets: this.#foreignPackets,
      events: this.log.all,
    };
  }

  /** What users without a session do here. */
  get strangers(): StrangerStats {
    return this.#strangers.stats;
  }

  /** At least one part, so that there is no size of packets at which nothing is read. */
  #read(): number {
    const { maxPacketsPerPoll } = this.options;
    const late = this.#backlog.work(++this.#turn, this.#clock.now());
    let packets = 0;
    this.#readBytes = this.#aside = 0;
    while (packets - this.#aside < maxPacketsPerPoll && this.#readBytes < READ_BYTES && this.#aside < READ_ASIDE) {
      const wanted = Math.min(READ_PACKETS, maxPacketsPerPoll - packets + this.#aside);
      const read = this.driver.poll(wanted);
      packets += read;
      if (read < wanted) break;
    }
    return late + packets;
  }

  #receiveRequest(id: bigint): void {
    if (this.#peers.find(id)?.session !== undefined) this.#accept(id);
    else if (this.#holders > 0) this.#strangers.handleSessionRequest(id);
  }

  /** Who comes when nobody is here any more comes again. */
  #receiveStranger(id: bigint, packet: Uint8Array, now: number, steamChannel: number): void {
    if (this.#holders > 0) this.#strangers.receive(id, packet, now, steamChannel);
  }

  #loseSteam(reason: string): void {
    this.#isSteamLost = true;
    this.log.add('steam-lost', { reason });
    this.#endAll((peer) => connectionLost(peer.id, `Steam went away (${reason})`));
  }

  #restoreSteam(): void {
    this.#isSteamLost = false;
    this.log.add('steam-restored');
  }

  #accept(id: bigint): void {
    this.driver.acceptSession(id);
    // His hello waits for just that.
    this.#poller.hurry();
  }

  /** Ours are told by their first byte, on whatever Steam channel they come: which ones he uses is the sender's affair. */
  #receive(id: bigint, packet: Uint8Array, steamChannel: number): void {
    this.#readBytes += packet.length;
    const peer = this.#peers.find(id);
    if (peer?.affords(packet, this.#clock.now()) === false) {
      this.#aside++;
    } else if (peer !== undefined && (this.#backlog.has(peer) || !peer.begin(packet, this.#turn))) {
      this.#aside++;
      this.#backlog.add(peer, { packet, steamChannel });
    } else {
      this.#handle(id, peer, packet, steamChannel);
    }
  }

  #handle(id: bigint, peer: Peer | undefined, packet: Uint8Array, steamChannel: number): void {
    const isStranger = peer?.session === undefined;
    if (isProtocolPacket(packet) || (isStranger && this.bans.has(id))) {
      const now = this.#clock.now();
      if (id === this.steamId) this.#foreignPackets++;
      else if (isStranger) this.#receiveStranger(id, packet, now, steamChannel);
      else peer.receive(packet, now, steamChannel);
    } else if (this.options.onForeignPacket !== undefined) {
      const { onForeignPacket } = this.options;
      guard(() => onForeignPacket(id, packet, steamChannel));
    } else {
      this.#foreignPackets++;
    }
  }

  #tick(now: number): void {
    const elapsed = now - this.#tickedAt;
    if (elapsed < TICK_MS) return;
    this.#tickedAt = now;
    if (this.driver.isClosed) {
      const message = `the driver of Steam user ${this.steamId} was closed in this process`;
      this.#endAll(() => new SteamError('closed', message));
    }
    this.#peers.tick(now, this.#stoodStillMs);
    this.#stoodStillMs = 0;
    this.#strangers.tick(now);
    for (const handler of this.#onTick) guard(() => handler(this.now()));
  }

  #linger(): void {
    if (this.#lingersUntil === undefined) return;
    this.#clock.turn();
    try {
      this.#read();
      this.#peers.receiveOwn(this.options.maxPacketsPerPoll, this.#clock.now());
      this.flush();
    } catch {
      // Whoever made the driver need not know that it is still used: it may have ended with what is below it.
      this.#isMute = true;
    }
    if (this.#isMute || this.driver.isClosed || this.#clock.now() >= this.#lingersUntil) this.#finish();
    else this.#endIdle();
  }

  /** Who lingers, and has nothing more to do. */
  #endIdle(): void {
    if (this.#lingersUntil === undefined) return;
    const peers = this.#peers.all();
    const isIdle = ({ session }: Peer) => session === undefined || !session.isEstablished || session.isDone;
    if (peers.every(isIdle)) this.#finish();
    else for (const peer of peers.filter(isIdle)) peer.end(stopped(peer));
  }

  #finish(): void {
    this.#lingersUntil = undefined;
    this.#endAll(stopped);
    this.flush();
    this.#isMute = false;
    // Unless somebody who was told has begun anew.
    if (this.#holders === 0) this.#poller.stop();
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  #endAll(why: (peer: Peer) => SteamError): void {
    this.#backlog.clear();
    this.#peers.endAll(why);
    this.#strangers.clear();
  }

  #wake(): void {
    this.#poller.wake();
  }

  #chance(below: number): number {
    return Math.floor(this.#environment.random() * below);
  }
}

function stopped({ id }: Peer): SteamError {
  return new SteamError('closed', `this side stopped, and with it the session with Steam user ${id}`);
}

/** Calls game code. What it throws is the game's to see (an uncaught exception, as from any event handler), not ours to stumble over. */
function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
