import { SendType } from '../driver/SteamDriver.ts';
import type { SteamError } from '../driver/SteamError.ts';
import { Compression } from '../wire/compression.ts';
import {
  decodeHello,
  decodeRefuse,
  decodeReset,
  encodeHello,
  encodeRefuse,
  encodeReset,
  type Hello,
  PROTOCOL_VERSION,
  type Refuse,
  RefuseCode,
} from '../wire/hello.ts';
import { PacketType } from '../wire/packet.ts';
import { Admission } from './Admission.ts';
import { Budget } from './Budget.ts';
import { controlOf } from './channels.ts';
import { compressionCode } from './compressionOptions.ts';
import type { PeerContext, Rejection, SessionContext } from './context.ts';
import { fingerprintOf, NO_DEFINITIONS } from './contract.ts';
import { connectFailure, connectionLost, refusal, schemaMismatch, timedOut, versionMismatch } from './failures.ts';
import type { Transmit } from './Outbox.ts';
import { Session } from './Session.ts';
import { count, emptyTraffic } from './traffic.ts';
import type { HostHandlers, PeerStats } from './types.ts';

/** Refusals and resets to one peer are no faster than this: he cannot make us send. */
const ANSWER_INTERVAL_MS = 1_000;

/**
 * One other Steam user: who may talk to us, and which of his sessions is the present one.
 *
 * A Steam session outlives matches and cannot be closed (steamworks.js), so ours has its own beginning: the hello. Whoever restarts says
 * hello with a new epoch, which ends what was there before; whoever gets packets of a session that he does not know answers with a reset.
 */
export class Peer {
  readonly id: bigint;
  readonly #context: PeerContext & SessionContext;
  readonly #transmit: Transmit;
  #session: Session | undefined;
  readonly #admission: Admission;
  readonly #budget = new Budget();
  readonly #serving = { count: 0 };
  /** Of the session that we began and that is not confirmed. */
  #hello: Uint8Array | undefined;
  #helloAt = 0;
  #greetingSince = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;
  readonly #sent = emptyTraffic();
  readonly #received = emptyTraffic();
  #rejected = 0;

  constructor(id: bigint, context: PeerContext) {
    this.id = id;
    this.#context = { ...context, admit: () => this.#admit(), serving: this.#serving };
    this.#admission = new Admission(context, id);
    const { steamChannel: controlChannel } = controlOf(context.options.channels);
    this.#transmit = (packet, sendType, steamChannel = controlChannel) => {
      const taken = context.transmit(id, packet, sendType, steamChannel);
      if (taken) count(this.#sent, packet.length);
      return taken;
    };
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Nothing is known of him that would be missed. */
  isForgettable(now: number): boolean {
    const isIdle = this.#session === undefined && this.#serving.count === 0;
    const isAllowedAll = now - this.#answeredAt >= ANSWER_INTERVAL_MS && this.#budget.isFull(now);
    return isIdle && isAllowedAll && !this.#admission.isPending(now);
  }

  /** The session with him, begun when there is none. */
  reach(): Session {
    if (this.#session !== undefined) return this.#session;
    const session = this.#begin();
    this.#hello = this.#helloOf(session, undefined);
    this.#greetingSince = this.#helloAt = this.#context.now();
    session.sendHello(this.#hello);
    return session;
  }

  /** Steam announces him. */
  handleSessionRequest(): void {
    const host = this.#context.host();
    if (this.#session !== undefined) {
      this.#context.accept(this.id);
    } else if (host !== undefined) {
      // Steam has no way to refuse: to be told why, he must be let in as far as the hello.
      this.#admission.ask(host, (decision) => {
        if (decision !== 'silence') this.#context.accept(this.id);
      });
    }
  }

  /** Steam gave up on him, and dropped what was queued. */
  handleSessionFailed(error: number): void {
    const session = this.#session;
    if (session === undefined) return;
    if (session.isEstablished) {
      this.end(connectionLost(this.id, `Steam gave it up (EP2PSessionError ${error})`));
      return;
    }
    const failure = connectFailure(this.id, error);
    if (failure !== undefined) this.end(failure);
    else this.#repeatHello();
  }

  receive(packet: Uint8Array, now: number, steamChannel: number): void {
    count(this.#received, packet.length);
    switch (packet[0]) {
      case PacketType.Hello:
        this.#receiveHello(packet);
        break;
      case PacketType.Refuse:
        this.#receiveRefuse(packet);
        break;
      case PacketType.Reset:
        this.#receiveReset(packet);
        break;
      default:
        if ((packet[0] as number) >= PacketType.Session) this.#receiveFrames(packet, now, steamChannel);
        else this.#rejected++;
    }
  }

  tick(now: number): void {
    const session = this.#session;
    if (session === undefined) return;
    const { connectTimeoutMs, helloRetryMs } = this.#context.options;
    if (!session.isEstablished) this.#context.hurry();
    if (this.#hello !== undefined && now - this.#greetingSince >= connectTimeoutMs) {
      this.end(timedOut(this.id, connectTimeoutMs));
      return;
    }
    if (this.#hello !== undefined && now - this.#helloAt >= helloRetryMs) this.#repeatHello();
    const error = session.tick(now);
    if (error !== undefined) this.end(error);
  }

  /** Ends the session, and tells the peer so. */
  end(error: SteamError): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#forget();
    if (session.isEstablished) this.#transmit(encodeReset(session.peerTag), SendType.Reliable);
    session.end(error);
  }

  /** Undefined without a session. */
  stats(): PeerStats | undefined {
    if (this.#session === undefined) return undefined;
    const { rejected, ...session } = this.#session.stats();
    const traffic = { sent: { ...this.#sent }, received: { ...this.#received } };
    return { peer: this.id, ...traffic, ...session, rejected: this.#rejected + rejected };
  }

  #begin(): Session {
    const { newEpoch, newTag, dirty } = this.#context;
    const identity = { peer: this.id, epoch: newEpoch(), tag: newTag() };
    const session = new Session(this.#context, identity, this.#transmit, () => dirty(session));
    this.#session = session;
    return session;
  }

  #forget(): void {
    this.#session = undefined;
    this.#hello = undefined;
    this.#admission.reset();
  }

  #helloOf(session: Session, echo: number | undefined): Uint8Array {
    const { epoch, tag } = session.identity;
    const { maxMessageBytes, contract } = this.#context.options;
    return encodeHello({
      epoch,
      echo,
      tag,
      maxMessageBytes,
      fingerprint: fingerprintOf(contract),
      compression: this.#compression,
    });
  }

  /** What we compress with, and take. */
  get #compression(): Compression {
    // What never leaves the process is not made smaller.
    return this.#context.isSelf ? Compression.None : compressionCode[this.#context.options.compression.algorithm];
  }

  #hasOurDefinitions(hello: Hello): boolean {
    return hello.fingerprint === fingerprintOf(this.#context.options.contract);
  }

  #repeatHello(): void {
    if (this.#session === undefined || this.#hello === undefined) return;
    this.#helloAt = this.#context.now();
    this.#session.repeat(this.#hello);
  }

  /** Who answers what the peer asks of a host, or why nobody does. */
  #admit(): HostHandlers | Rejection {
    const host = this.#context.host();
    if (host === undefined) return { code: RefuseCode.NotHosting, reason: '' };
    if (this.#context.isSelf) return host;
    if (!this.#budget.take(this.#context.now()))
      return { code: RefuseCode.Full, reason: 'too many connections and requests at once' };
    const decision = this.#admission.decide(host);
    if (decision === 'granted') return host;
    if (typeof decision === 'object') return { code: RefuseCode.Denied, reason: decision.reason };
    return {
      code: RefuseCode.Denied,
      reason: decision === 'asking' ? 'the host has not decided yet' : 'the host does not let us in',
    };
  }

  #receiveHello(packet: Uint8Array): void {
    const hello = decodeHello(packet);
    if (hello === undefined) {
      this.#rejected++;
    } else if (hello.version !== PROTOCOL_VERSION) {
      this.#refuse(hello, { code: RefuseCode.VersionMismatch, reason: String(PROTOCOL_VERSION) });
      if (this.#session?.identity.epoch === hello.echo) this.end(versionMismatch(this.id, hello.version));
    } else if (hello.echo !== undefined) {
      this.#receiveAnswer(hello);
    } else {
      this.#receiveGreeting(hello);
    }
  }

  #receiveAnswer(hello: Hello): void {
    const session = this.#session;
    if (session === undefined || session.identity.epoch !== hello.echo) {
      // To a hello of ours that is no longer the present one: we have gone since, and he should know.
      if (this.#mayAnswer(this.#context.now())) this.#transmit(encodeReset(hello.tag), SendType.Reliable);
      return;
    }
    if (session.peerEpoch !== undefined && session.peerEpoch !== hello.epoch) {
      this.end(connectionLost(this.id, 'they restarted'));
      return;
    }
    if (!this.#hasOurDefinitions(hello)) {
      // He should have refused us.
      this.#refuseDefinitions(hello);
      const theirs = hello.fingerprint === NO_DEFINITIONS ? '' : undefined;
      this.end(schemaMismatch(this.id, this.#context.options.contract, theirs));
      return;
    }
    if (!session.isEstablished) this.#establish(session, hello);
    session.confirm();
    this.#hello = undefined;
  }

  #receiveGreeting(hello: Hello): void {
    const session = this.#session;
    if (session?.isEstablished) {
      if (session.peerEpoch === hello.epoch) {
        session.sendHello(this.#helloOf(session, hello.epoch));
        return;
      }
      this.#forget();
      session.end(connectionLost(this.id, 'they restarted'));
    }
    // Both said hello at once, or the game dialled as soon as it heard of the end: one session.
    if (this.#session === undefined) this.#welcome(hello);
    else if (this.#hasOurDefinitions(hello)) this.#answer(this.#session, hello);
    // He is no stranger, for we dialled him. His refusal of our hello, with his own description, is on its way.
    else this.#refuseDefinitions(hello);
  }

  #welcome(hello: Hello): void {
    const { options, isSelf } = this.#context;
    const host = this.#context.host();
    if (host === undefined) {
      this.#refuse(hello, { code: RefuseCode.NotHosting, reason: '' });
      return;
    }
    if (!isSelf && !this.#budget.take(this.#context.now())) return;
    const decision = isSelf ? 'granted' : this.#admission.decide(host);
    if (typeof decision === 'object') {
      this.#refuse(hello, { code: RefuseCode.Denied, reason: decision.reason });
    } else if (decision === 'granted' && !this.#hasOurDefinitions(hello)) {
      this.#refuseDefinitions(hello);
    } else if (decision === 'granted' && !isSelf && !this.#context.hasRoom()) {
      this.#refuse(hello, { code: RefuseCode.Full, reason: `${options.maxPeers} peers are here (maxPeers)` });
    } else if (decision === 'granted') {
      const session = this.#begin();
      this.#answer(session, hello);
      session.confirm();
    }
    // Else silence, or the host still thinks: the hello comes again.
  }

  #answer(session: Session, hello: Hello): void {
    this.#establish(session, hello);
    session.sendHello(this.#helloOf(session, hello.epoch));
  }

  #establish(session: Session, hello: Hello): void {
    session.establish(hello, hello.compression === this.#compression ? this.#compression : Compression.None);
  }

  #receiveRefuse(packet: Uint8Array): void {
    const refuse = decodeRefuse(packet);
    if (refuse === undefined) this.#rejected++;
    else if (this.#session?.identity.epoch === refuse.echo) this.end(this.#refusal(refuse));
  }

  #refusal({ code, reason }: Refuse): SteamError {
    if (code === RefuseCode.SchemaMismatch) return schemaMismatch(this.id, this.#context.options.contract, reason);
    return refusal(this.id, code, reason);
  }

  #receiveReset(packet: Uint8Array): void {
    const tag = decodeReset(packet);
    const session = this.#session;
    if (tag === undefined) this.#rejected++;
    else if (session?.isEstablished && session.identity.tag === tag) {
      this.#forget();
      session.end(connectionLost(this.id, 'they do not know it any more'));
    }
    // While we greet, the hello got lost: it comes again.
  }

  #receiveFrames(packet: Uint8Array, now: number, steamChannel: number): void {
    const session = this.#session;
    const verdict = session?.receive(packet, now, steamChannel) ?? 'stale';
    if (verdict !== 'stale') {
      if (verdict !== 'taken') this.end(verdict);
      return;
    }
    this.#rejected++;
    const knowsUs = session === undefined || session.isEstablished;
    if (packet.length > 1 && knowsUs && !this.#admission.isAsking && this.#mayAnswer(now)) {
      this.#transmit(encodeReset((packet[1] as number) >> 2), SendType.Reliable);
    }
  }

  #refuse(hello: Hello, rejection: Rejection): void {
    if (this.#mayAnswer(this.#context.now())) {
      this.#transmit(encodeRefuse({ ...rejection, echo: hello.epoch }), SendType.Reliable);
    }
  }

  /** Whoever gets this knows what we have, and finds the difference: only for those who were let in, or whom we turned to ourselves. */
  #refuseDefinitions(hello: Hello): void {
    this.#refuse(hello, { code: RefuseCode.SchemaMismatch, reason: this.#context.options.contract?.description ?? '' });
  }

  #mayAnswer(now: number): boolean {
    if (now - this.#answeredAt < ANSWER_INTERVAL_MS) return false;
    this.#answeredAt = now;
    return true;
  }
}
