import { SendType } from '../driver/SteamDriver.ts';
import { decodeHello, encodeRefuse, encodeReset, type Hello, PROTOCOL_VERSION, RefuseCode } from '../wire/hello.ts';
import { PacketType, tagOf } from '../wire/packet.ts';
import { Admissions, type Decision } from './Admissions.ts';
import { AnswerLimit } from './AnswerLimit.ts';
import { Budget } from './Budget.ts';
import { controlOf } from './channels.ts';
import type { PeerContext, Rejection } from './context.ts';
import { type KeptPacket, KeptPackets } from './KeptPackets.ts';
import { Lottery } from './Lottery.ts';
import { RecentPeers } from './RecentPeers.ts';
import type { HostHandlers, StrangerStats } from './types.ts';

/** About so many strangers the host is asked at once, and in a second; about those who are known as many again. Further ones wait. */
const ASKS_BURST = 64;
const ASKS_PER_SECOND = 512;

/** Whose session lasted so long is known, and goes before strangers when he comes back within that time; so many at most. */
const KNOWN_AFTER_MS = 5_000;
const KNOWN_FOR_MS = 600_000;
const MAX_KNOWN = 1_024;

/** What the strangers need of the endpoint. */
export interface StrangersContext
  extends Pick<PeerContext, 'options' | 'log' | 'host' | 'banOf' | 'transmit' | 'accept' | 'defer' | 'endedSessions'> {
  now(): number;
  random(): number;
  /** Whether he may say hello: who has had sessions may not begin anew for ever. */
  mayGreet(peer: bigint): boolean;
  /** He floods, and is not to come back so soon. */
  isShutOut(peer: bigint): boolean;
  /** The host has let him in. */
  welcome(peer: bigint, hello: Hello, packet: Uint8Array): void;
  /** A packet that was kept while the host decided. */
  deliver(peer: bigint, packet: Uint8Array, steamChannel: number): void;
}

/**
 * Users without a session: anybody on Steam, as many as there are. What they make us remember, and do, is bounded for all of them together, and
 * costs nothing while time passes; beyond the bounds they hear nothing, and chance decides who is heard. Who has been here for a while, or is
 * {@link expect}ed, goes before.
 */
export class Strangers {
  readonly #context: StrangersContext;
  readonly #admissions: Admissions;
  readonly #kept: KeptPackets;
  readonly #waiting: Lottery;
  readonly #known = new RecentPeers<true>(MAX_KNOWN, KNOWN_FOR_MS);
  readonly #asks = asksInASecond();
  readonly #asksForKnown = asksInASecond();
  readonly #answers = new AnswerLimit();
  #ignored = 0;
  /** When somebody was last passed over: who is expected may have been the one. */
  #passedOverAt = Number.NEGATIVE_INFINITY;
  #banned = 0;

  constructor(context: StrangersContext) {
    const { maxStrangers, connectTimeoutMs } = context.options;
    this.#context = context;
    this.#admissions = new Admissions(maxStrangers, connectTimeoutMs, context.now, (...decision) => this.#decided(...decision));
    this.#kept = new KeptPackets(2 * maxStrangers, connectTimeoutMs);
    this.#waiting = new Lottery(maxStrangers, context.random);
  }

  get stats(): StrangerStats {
    return { waiting: this.#waiting.size, asking: this.#admissions.asking, ignored: this.#ignored, banned: this.#banned };
  }

  /** Steam announces somebody. */
  handleSessionRequest(peer: bigint): void {
    if (this.#context.host() === undefined || this.#context.isShutOut(peer)) return;
    const ban = this.#context.banOf(peer);
    if (ban !== undefined) {
      this.#banned++;
      // Steam has no way to refuse: to be told why, he must be let in as far as the hello.
      if (!this.#asks.take(this.#context.now())) return;
      this.#context.accept(peer);
      this.#context.log.add('request-refused', { peer: String(peer), reason: ban });
      return;
    }
    const decision = this.#admissions.find(peer, undefined);
    if (decision === undefined) this.#ask(peer);
    else if (decision !== 'asking' && decision !== 'silence') this.#context.accept(peer);
  }

  /** A packet of a user without a session. */
  receive(peer: bigint, packet: Uint8Array, now: number, steamChannel: number): void {
    const ban = this.#context.banOf(peer);
    if (ban !== undefined) {
      this.#receiveBanned(peer, packet, ban);
    } else if (packet[0] === PacketType.Hello) {
      this.#receiveHello(peer, packet, now, steamChannel);
    } else if (!this.#kept.add(peer, { packet, steamChannel }, now)) {
      this.#receiveStale(peer, packet);
    }
  }

  /** The host's word on a peer with whom we began the session: he is no stranger, and waits for nobody. */
  decide(peer: bigint): Decision {
    const host = this.#context.host();
    const decision = this.#admissions.find(peer, undefined);
    if (decision !== undefined || host === undefined) return decision ?? 'silence';
    if (!this.#admissions.isFull(true)) this.#askHost(peer, host);
    return this.#admissions.find(peer, undefined) ?? 'asking';
  }

  /** Something speaks for him: see {@link Endpoint.expect}. `isHere`: he has a session. */
  expect(peer: bigint, isHere: boolean): void {
    const { banOf, options } = this.#context;
    const now = this.#context.now();
    this.#known.set(peer, true, now);
    const decision = this.#admissions.find(peer, undefined);
    if (banOf(peer) !== undefined || decision === 'granted' || decision === 'asking') return;
    // Steam is slow to announce him again, and a silent no would last until his time-out.
    const mayBePassedOver = !isHere && now - this.#passedOverAt < options.connectTimeoutMs;
    if (!mayBePassedOver && !this.#waiting.has(peer) && !this.#admissions.hasRefused(peer)) return;
    this.#admissions.forget(peer);
    this.#ask(peer);
  }

  /** Whether a peer may be told now that there is nothing for him here. */
  mayAnswer(peer: bigint, hasSession: boolean): boolean {
    const now = this.#context.now();
    const may = this.#answers.take(peer, hasSession || this.#isKnown(peer), now);
    if (!may) this.#ignored++;
    return may;
  }

  /** The session of a peer is over. `livedMs`: since he said hello. */
  handleEnd(peer: bigint, livedMs: number | undefined): void {
    this.#admissions.forget(peer);
    if (livedMs !== undefined && livedMs >= KNOWN_AFTER_MS) this.#known.set(peer, true, this.#context.now());
  }

  tick(now: number): void {
    while (this.#waiting.size > 0 && !this.#admissions.isFull(false) && this.#asks.take(now)) {
      const host = this.#context.host();
      const drawn = this.#waiting.draw();
      if (host !== undefined && drawn !== undefined) this.#askHost(drawn, host);
    }
  }

  /** Another host, or none: what the former one said counts no more. */
  clear(): void {
    this.#waiting.clear();
    this.#admissions.clear();
    this.#kept.clear();
  }

  #isKnown(peer: bigint): boolean {
    return this.#known.get(peer, this.#context.now()) === true;
  }

  /** Asks the host, now or when it is his turn. */
  #ask(peer: bigint): void {
    const host = this.#context.host();
    if (host !== undefined && this.#mayAskNow(peer)) {
      this.#waiting.delete(peer);
      this.#askHost(peer, host);
    } else if (!this.#waiting.add(peer)) {
      this.#ignored++;
      this.#passedOverAt = this.#context.now();
    }
  }

  #askHost(peer: bigint, host: HostHandlers): void {
    this.#context.log.add('request-asked', { peer: String(peer) });
    this.#admissions.ask(peer, host);
  }

  #mayAskNow(peer: bigint): boolean {
    const now = this.#context.now();
    const isKnown = this.#isKnown(peer);
    if (this.#admissions.isFull(isKnown)) return false;
    if (isKnown && this.#asksForKnown.take(now)) return true;
    return this.#waiting.size === 0 && this.#asks.take(now);
  }

  #decided(peer: bigint, decision: Decision): void {
    const { accept, defer, log, now } = this.#context;
    const reason = typeof decision === 'object' ? { reason: decision.reason } : {};
    log.add(decision === 'granted' ? 'request-accepted' : 'request-refused', { peer: String(peer), ...reason });
    if (decision === 'silence') {
      this.#kept.take(peer, now());
      return;
    }
    accept(peer);
    defer(() => {
      for (const { packet, steamChannel } of this.#kept.take(peer, now())) this.#context.deliver(peer, packet, steamChannel);
    });
  }

  #receiveBanned(peer: bigint, packet: Uint8Array, reason: string): void {
    this.#banned++;
    if (packet[0] !== PacketType.Hello || !this.#answers.take(peer, false, this.#context.now())) return;
    const hello = decodeHello(packet);
    if (hello !== undefined) this.#send(peer, encodeRefuse({ code: RefuseCode.Denied, reason, echo: hello.epoch }));
  }

  #receiveHello(peer: bigint, packet: Uint8Array, now: number, steamChannel: number): void {
    const hello = decodeHello(packet);
    if (hello === undefined) {
      this.#ignored++;
    } else if (hello.version !== PROTOCOL_VERSION) {
      this.#refuse(peer, hello, { code: RefuseCode.VersionMismatch, reason: String(PROTOCOL_VERSION) });
    } else if (this.#context.endedSessions.has(peer, hello.epoch, now)) {
      this.#refuse(peer, hello, { code: RefuseCode.Ended, reason: '' });
    } else if (hello.echo !== undefined) {
      // To a hello of ours that is no longer the present one: we have gone since, and he should know.
      this.#reset(peer, hello.tag);
    } else if (this.#context.host() === undefined) {
      this.#refuse(peer, hello, { code: RefuseCode.NotHosting, reason: '' });
    } else if (this.#context.mayGreet(peer)) {
      this.#receiveGreeting(peer, hello, { packet, steamChannel }, now);
    } else {
      this.#ignored++;
    }
  }

  #receiveGreeting(peer: bigint, hello: Hello, kept: KeptPacket, now: number): void {
    if (this.#admissions.find(peer, hello.epoch) === undefined) this.#ask(peer);
    const decision = this.#admissions.find(peer, hello.epoch);
    if (typeof decision === 'object') this.#refuse(peer, hello, { code: RefuseCode.Denied, reason: decision.reason });
    else if (decision === 'granted') this.#context.welcome(peer, hello, kept.packet);
    else if (decision === 'asking') this.#kept.begin(peer, hello, kept, now);
    // Else silence, or he waits for his turn: the hello comes again.
  }

  /** Of a session that nobody here knows. */
  #receiveStale(peer: bigint, packet: Uint8Array): void {
    const isOfSession = packet.length > 1 && (packet[0] as number) >= PacketType.Session;
    // Who is being considered may not be sent away, and who is to hear nothing hears nothing.
    const isSilent = this.#waiting.has(peer) || this.#admissions.isSilentTo(peer);
    if (isOfSession && !isSilent) this.#reset(peer, tagOf(packet));
    else this.#ignored++;
  }

  #refuse(peer: bigint, hello: Hello, rejection: Rejection): void {
    if (this.mayAnswer(peer, false)) this.#send(peer, encodeRefuse({ ...rejection, echo: hello.epoch }));
  }

  #reset(peer: bigint, tag: number): void {
    if (this.mayAnswer(peer, false)) this.#send(peer, encodeReset(tag));
  }

  #send(peer: bigint, packet: Uint8Array): void {
    const { options, transmit } = this.#context;
    transmit(peer, packet, SendType.Reliable, controlOf(options.channels).steamChannel);
  }
}

function asksInASecond(): Budget {
  return new Budget(ASKS_BURST, (ASKS_BURST / ASKS_PER_SECOND) * 1_000);
}
