import type { SteamDriver } from '../driver/SteamDriver.ts';
import type { SteamError } from '../driver/SteamError.ts';
import type { Hello } from '../wire/hello.ts';
import { isProtocolPacket } from '../wire/packet.ts';
import type { BanList } from './BanList.ts';
import type { PeerContext } from './context.ts';
import { EndedSessions } from './EndedSessions.ts';
import type { Peer } from './Peer.ts';
import { Peers } from './Peers.ts';
import { Reader } from './Reader.ts';
import { SessionNames } from './SessionNames.ts';
import { Strangers } from './Strangers.ts';
import { Terms } from './Terms.ts';
import type { FaultStats, StrangerStats } from './types.ts';

/** What of a peer's context is the endpoint's affair. */
type EndpointPart =
  | 'options'
  | 'log'
  | 'now'
  | 'defer'
  | 'guard'
  | 'complain'
  | 'hurry'
  | 'host'
  | 'answerer'
  | 'transmit'
  | 'dirty';

/** What the users need of the endpoint. */
export interface UsersContext extends Pick<PeerContext, EndpointPart> {
  readonly driver: SteamDriver;
  readonly bans: BanList;
  random(): number;
  /** Somebody uses the endpoint: else strangers are not looked at. */
  isHeld(): boolean;
  /** Our own player and our own host have something for each other. */
  wake(): void;
}

/** All Steam users who turn to this process, or to whom it turns: with a session, they are peers, without one strangers. */
export class Users {
  readonly #context: UsersContext;
  readonly #peers: Peers;
  readonly #strangers: Strangers;
  readonly #reader: Reader;
  readonly #nextTurn: (() => void)[] = [];
  readonly #faults = { floods: 0, breaches: 0, unheard: 0 };
  #foreignPackets = 0;

  constructor(context: UsersContext) {
    const { driver, bans, options } = context;
    const names = new SessionNames(context.random);
    const peerContext: PeerContext = {
      ...context,
      isSelf: false,
      terms: new Terms(options, () => driver.personaName ?? ''),
      endedSessions: new EndedSessions(options.maxPeers),
      sessions: { count: 0 },
      faults: this.#faults,
      banOf: (peer) => bans.reasonOf(peer),
      decide: (peer) => this.#strangers.decide(peer),
      mayAnswer: (peer) => this.#strangers.mayAnswer(peer, true),
      accept: (peer) => this.#accept(peer),
      close: (peer) => driver.closeSession?.(peer),
      ended: (peer, livedMs) => this.#strangers.handleEnd(peer, livedMs),
      receiveUnknown: (...packet) => this.#receiveStranger(...packet),
      newTag: () => names.newTag(),
      newEpoch: () => names.newEpoch(),
      nextTurn: (task) => {
        this.#nextTurn.push(task);
        context.hurry();
      },
    };
    this.#context = context;
    this.#peers = new Peers(driver.steamId, peerContext, context.wake);
    this.#strangers = new Strangers({
      ...peerContext,
      random: context.random,
      mayGreet: (peer) => this.find(peer)?.mayGreet() ?? true,
      isShutOut: (peer) => this.isShutOut(peer),
      welcome: (peer, hello, packet) => this.#welcome(peer, hello, packet),
      deliver: (peer, packet, steamChannel) => this.#reader.receive(peer, packet, steamChannel, context.now()),
    });
    this.#reader = new Reader({
      driver,
      maxPacketsPerPoll: options.maxPacketsPerPoll,
      find: (id) => this.#peers.find(id),
      handle: (id, peer, packet, now, steamChannel) => this.#handle(id, peer, packet, now, steamChannel),
      hurry: context.hurry,
    });
  }

  /** Who has a session, or had one a moment ago. Of ourselves, the host's end. */
  find(id: bigint): Peer | undefined {
    return this.#peers.find(id);
  }

  /** To begin a session with. Of ourselves, the player's end. */
  reach(id: bigint): Peer {
    return this.#peers.reach(id);
  }

  peers(): Peer[] {
    return this.#peers.all();
  }

  /** What users without a session do here. */
  get strangers(): StrangerStats {
    return this.#strangers.stats;
  }

  get faults(): FaultStats {
    return { ...this.#faults };
  }

  /** Packets of the game's own that nobody wanted. */
  get foreignPackets(): number {
    return this.#foreignPackets;
  }

  /** Between our own player and our own host nothing is left to deliver. */
  get isQuiet(): boolean {
    return this.#peers.isQuiet;
  }

  /** See {@link Endpoint.expect}. */
  expect(id: bigint): void {
    this.#strangers.expect(id, this.find(id)?.session !== undefined);
  }

  /** See {@link Endpoint.isShutOut}. */
  isShutOut(id: bigint): boolean {
    return this.find(id)?.isShutOut(this.#context.now()) ?? false;
  }

  /** Another host, or none: what was said of users before was not said by this one. */
  forgetDecisions(): void {
    this.#strangers.clear();
  }

  /** One turn of reading, which began at `now`. Returns the number of packets. */
  read(now: number): number {
    for (const task of this.#nextTurn.splice(0)) this.#context.guard(task);
    return this.#reader.read(now) + this.#peers.receiveOwn(this.#context.options.maxPacketsPerPoll, now);
  }

  /** A packet from Steam. */
  receive(id: bigint, packet: Uint8Array, steamChannel: number): void {
    this.#reader.receive(id, packet, steamChannel);
  }

  /** Steam announces somebody. */
  receiveRequest(id: bigint): void {
    if (this.find(id)?.session !== undefined) this.#accept(id);
    else if (this.#context.isHeld()) this.#strangers.handleSessionRequest(id);
  }

  /** This process stood still for `ms`, and they are not to blame for it. */
  forgive(ms: number): void {
    for (const peer of this.peers()) peer.forgive(ms);
  }

  /** Looks at deadlines. */
  tick(now: number): void {
    this.#peers.tick(now);
    this.#strangers.tick(now);
  }

  endAll(why: (peer: Peer) => SteamError): void {
    this.#reader.clear();
    this.#peers.endAll(why);
    this.#strangers.clear();
  }

  #accept(id: bigint): void {
    const { driver, hurry } = this.#context;
    driver.acceptSession(id);
    // His hello waits for just that.
    hurry();
  }

  #welcome(id: bigint, hello: Hello, packet: Uint8Array): void {
    this.#peers.reach(id).welcome(hello, packet);
  }

  /** Who comes when nobody is here any more comes again. */
  #receiveStranger(id: bigint, packet: Uint8Array, now: number, steamChannel: number): void {
    if (this.#context.isHeld()) this.#strangers.receive(id, packet, now, steamChannel);
  }

  /** Ours are told by their first byte, on whatever Steam channel they come: which ones he uses is the sender's affair. */
  #handle(id: bigint, peer: Peer | undefined, packet: Uint8Array, now: number, steamChannel: number): void {
    const { driver, bans, options, guard } = this.#context;
    const isStranger = peer?.session === undefined;
    if (isProtocolPacket(packet) || (isStranger && bans.has(id))) {
      if (id === driver.steamId) this.#foreignPackets++;
      else if (isStranger) this.#receiveStranger(id, packet, now, steamChannel);
      else peer.receive(packet, now, steamChannel);
    } else if (options.onForeignPacket !== undefined) {
      const { onForeignPacket } = options;
      guard(() => onForeignPacket(id, packet, steamChannel));
    } else {
      this.#foreignPackets++;
    }
  }
}
