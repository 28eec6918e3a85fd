import type { SteamDriver } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { isProtocolPacket, TAG_MASK } from '../wire/packet.ts';
import { CloseCode, type Connection } from './Connection.ts';
import type { PeerContext } from './context.ts';
import { connectionLost } from './failures.ts';
import { Loopback } from './Loopback.ts';
import { type EndpointOptions, isSameOption, type ResolvedOptions, resolveEndpointOptions, showOption } from './options.ts';
import { Peer } from './Peer.ts';
import { Poller } from './Poller.ts';
import type { Session } from './Session.ts';
import type { ConnectionEvents, HostHandlers, PeerStats, RequestResult, SteamRequest } from './types.ts';

/** Deadlines are looked at no more often than this. */
const TICK_MS = 5;

/** A longer pause between two ticks means that this process stood still, not its peers. */
const STOOD_STILL_MS = 1_000;

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
  readonly #environment: Environment;
  readonly #poller: Poller;
  readonly #context: PeerContext;
  readonly #peers = new Map<bigint, Peer>();
  /** When our own player talks to our own host. */
  #loopback: Loopback | undefined;
  readonly #dirty = new Set<Session>();
  readonly #tasks: (() => void)[] = [];
  #host: HostHandlers | undefined;
  #holders = 0;
  #started = false;
  #tag: number;
  #tickedAt = 0;
  #foreignPackets = 0;

  private constructor(driver: SteamDriver, options: ResolvedOptions, environment: Environment) {
    this.driver = driver;
    this.options = options;
    this.#environment = environment;
    this.#tag = this.#chance(TAG_MASK + 1);
    this.#poller = new Poller(
      () => this.poll(),
      () => this.flush(),
      environment.now,
    );
    this.#context = {
      options,
      now: environment.now,
      isSelf: false,
      host: () => this.#host,
      defer: (task) => {
        this.#tasks.push(task);
        this.#wake();
      },
      guard,
      hurry: () => this.#poller.hurry(),
      transmit: (peer, packet, sendType, steamChannel) => this.driver.send(peer, packet, sendType, steamChannel),
      accept: (peer) => {
        this.driver.acceptSession(peer);
        // His hello waits for just that.
        this.#poller.hurry();
      },
      dirty: (session) => {
        this.#dirty.add(session);
        this.#wake();
      },
      newTag: () => {
        this.#tag = (this.#tag + 1) & TAG_MASK;
        return this.#tag;
      },
      newEpoch: () => this.#chance(2 ** 32),
      hasRoom: () => [...this.#peers.values()].filter(({ session }) => session !== undefined).length < options.maxPeers,
    };
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
    const wanted = resolveEndpointOptions(options, driver.limits.channels);
    for (const [key, value] of Object.entries(options)) {
      const name = key as keyof EndpointOptions;
      if (value !== undefined && !isSameOption(name, wanted, existing.options)) {
        const [present, other] = [showOption(name, existing.options), showOption(name, wanted)];
        throw new TypeError(
          `option ${name === 'contract' ? 'messages' : name} is ${present} for this driver already, and cannot be ${other} as well: one driver, one set`,
        );
      }
    }
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
        onSessionRequest: (peer) => this.#peer(peer).handleSessionRequest(),
        onSessionFailed: (peer, error) => this.#peers.get(peer)?.handleSessionFailed(error),
        onPacket: (peer, packet, channel) => this.#receive(peer, packet, channel),
        onSteamLost: (reason) => this.#endAll((peer) => connectionLost(peer.id, `Steam went away (${reason})`)),
        onSteamRestored: () => undefined,
      });
      this.#started = true;
    }
    this.#holders++;
    if (this.#holders > 1) return;
    this.#tickedAt = this.#environment.now();
    if (this.options.poll === 'auto') this.#poller.start();
  }

  /** Ends what {@link acquire} began. The last one closes every connection (1001), gives that to Steam, and stops polling. */
  release(): void {
    if (this.#holders === 0) return;
    this.#holders--;
    if (this.#holders > 0) return;
    for (const peer of this.#everyone()) peer.session?.closeAll(CloseCode.GoingAway, 'the other side stopped');
    this.flush();
    this.#endAll((peer) => new SteamError('closed', `this side stopped, and with it the session with Steam user ${peer.id}`));
    this.flush();
    // Unless somebody who was told has begun anew.
    if (this.#holders === 0) this.#poller.stop();
  }

  /**
   * Becomes a host. Returns what ends that: connections that are open stay open.
   *
   * @throws Error when this endpoint hosts already.
   */
  serve(handlers: HostHandlers): () => void {
    if (this.#host !== undefined)
      throw new Error(`Steam user ${this.steamId} hosts already in this process: one driver, one host`);
    this.#host = handlers;
    return () => {
      if (this.#host === handlers) this.#host = undefined;
    };
  }

  /** Opens a connection to a target at a peer. What goes wrong comes by `events.onClose`, with 1006 and a {@link SteamError}. */
  connect(peer: bigint, target: string, events: ConnectionEvents): Connection {
    return this.#peer(peer).reach().dial(target, events);
  }

  /**
   * Asks a peer. Several at once are fine; order is kept.
   *
   * @throws SteamError (rejects) when it could not be answered; RangeError when the request is over the limits; the signal's reason.
   */
  request(peer: bigint, request: SteamRequest, signal?: AbortSignal): Promise<RequestResult> {
    return this.#peer(peer).reach().request(request, signal);
  }

  /** Reads, looks at deadlines, sends: one turn. Returns the number of packets read. With `poll: 'manual'` the game calls it. */
  poll(): number {
    if (this.#holders === 0) return 0;
    const { maxPacketsPerPoll } = this.options;
    try {
      const packets = this.driver.poll(maxPacketsPerPoll);
      return packets + (this.#loopback?.receive(maxPacketsPerPoll, this.#environment.now()) ?? 0);
    } finally {
      this.#tick(this.#environment.now());
      this.flush();
    }
  }

  /** Gives all that was sent to Steam now, rather than at the end of the turn. */
  flush(): void {
    // What tasks defer is for the next turn.
    for (const task of this.#tasks.splice(0)) guard(task);
    for (const session of this.#dirty) {
      if (session.error !== undefined || session.flush()) this.#dirty.delete(session);
    }
    if (this.#tasks.length > 0 || this.#loopback?.isEmpty === false) this.#wake();
  }

  /** A snapshot of every peer that there is a session with. */
  stats(): PeerStats[] {
    return this.#everyone().flatMap((peer) => peer.stats() ?? []);
  }

  #peer(id: bigint): Peer {
    if (id === this.steamId) {
      this.#loopback ??= new Loopback(id, this.#context, () => this.#wake());
      return this.#loopback.player;
    }
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = new Peer(id, this.#context);
      this.#peers.set(id, peer);
    }
    return peer;
  }

  #everyone(): Peer[] {
    const { player, host } = this.#loopback ?? {};
    return [...this.#peers.values(), player, host].filter((peer) => peer !== undefined);
  }

  /** Ours are told by their first byte, on whatever Steam channel they come: which ones he uses is the sender's affair. */
  #receive(id: bigint, packet: Uint8Array, steamChannel: number): void {
    if (isProtocolPacket(packet)) {
      this.#peer(id).receive(packet, this.#environment.now(), steamChannel);
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
    for (const peer of this.#everyone()) {
      if (elapsed > STOOD_STILL_MS) peer.session?.forgive(elapsed);
      peer.tick(now);
      if (peer.isForgettable(now)) this.#peers.delete(peer.id);
    }
    if (this.#loopback?.isForgettable(now)) this.#loopback = undefined;
  }

  #endAll(why: (peer: Peer) => SteamError): void {
    for (const peer of this.#everyone()) peer.end(why(peer));
    // Who was told may have dialled again: that session is a new one.
    for (const peer of this.#peers.values()) {
      if (peer.session === undefined) this.#peers.delete(peer.id);
    }
    if (this.#loopback?.player.session === undefined && this.#loopback?.host.session === undefined) this.#loopback = undefined;
  }

  #wake(): void {
    this.#poller.wake();
  }

  #chance(below: number): number {
    return Math.floor(this.#environment.random() * below);
  }
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
