import { SendType } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { encodeReset, type Hello, RefuseCode } from '../wire/hello.ts';
import { countFrames, PacketType, tagOf } from '../wire/packet.ts';
import { Complaints } from './Complaints.ts';
import { CloseCode } from './Connection.ts';
import { controlOf } from './channels.ts';
import type { PeerContext, Rejection, SessionContext } from './context.ts';
import { connectFailure, connectionLost } from './failures.ts';
import { Handshake, type HandshakeEvents } from './Handshake.ts';
import { InboundBudget, type Turn, WORK_BYTES } from './InboundBudget.ts';
import type { InspectedPeer } from './inspection.ts';
import type { Transmit } from './Outbox.ts';
import { Permission } from './Permission.ts';
import { Session } from './Session.ts';
import { count, emptyTraffic } from './traffic.ts';
import type { PeerStats } from './types.ts';

/** So long a peer who is expelled has to acknowledge what was closed. */
const EXPEL_MS = 3_000;

/** Who floods has so long to hear why, before Steam is told to take nothing more of his: that drops what is on its way to him. */
const FAREWELL_MS = 250;

/**
 * One other Steam user with whom there is a session, or was one a moment ago: which of his sessions is the present one, what it may cost us, and how it
 * ends. How it begins: {@link Handshake}. Who has none is a stranger ({@link Strangers}).
 */
export class Peer implements HandshakeEvents {
  readonly id: bigint;
  readonly #context: PeerContext & SessionContext;
  readonly #transmit: Transmit;
  readonly #permission: Permission;
  readonly #inbound: InboundBudget;
  readonly #complaints: Complaints;
  readonly #serving = { count: 0, begun: 0 };
  readonly #handshake: Handshake;
  #session: Session | undefined;
  /** When the Steam session is closed, too, of one who floods. */
  #closesAt = Number.POSITIVE_INFINITY;
  #expulsion: { readonly at: number; readonly reason: string } | undefined;
  readonly #sent = emptyTraffic();
  readonly #received = emptyTraffic();
  #rejected = 0;

  constructor(id: bigint, context: PeerContext) {
    this.id = id;
    this.#permission = new Permission(context, id);
    this.#inbound = new InboundBudget(context.options);
    this.#complaints = new Complaints((what) => context.complain(id, what));
    this.#context = {
      ...context,
      admit: () => this.#counted(this.#permission.admit()),
      responder: (...request) => this.#counted(this.#permission.responder(...request)),
      spend: (units, now) => context.isSelf || this.#inbound.spend(units, now),
      fine: (now) => {
        if (!context.isSelf) this.#inbound.fine(now);
      },
      serving: this.#serving,
    };
    const { steamChannel: controlChannel } = controlOf(context.options.channels);
    this.#transmit = (packet, sendType, steamChannel = controlChannel) => {
      const taken = context.transmit(id, packet, sendType, steamChannel);
      if (taken) count(this.#sent, packet.length);
      return taken;
    };
    this.#handshake = new Handshake(id, context, this.#permission, this);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** What he calls himself, once he has said hello. */
  get personaName(): string | undefined {
    return this.#handshake.personaName;
  }

  /** Nothing is known of him that would be missed. */
  isForgettable(now: number): boolean {
    if (this.#session !== undefined || this.#serving.count > 0) return false;
    return this.#permission.isUntouched(now) && this.#inbound.isFull(now) && this.#complaints.isQuiet(now);
  }

  /** The session with him, begun when there is none. */
  reach(): Session {
    if (this.#session !== undefined) return this.#session;
    this.#inbound.choose();
    const session = this.beginSession();
    this.#handshake.greet(session);
    return session;
  }

  /** Whether a hello of his is considered. */
  mayGreet(): boolean {
    return this.#permission.mayGreet();
  }

  /** His hello, without a session. The host has let him in. */
  welcome(hello: Hello, packet: Uint8Array): void {
    count(this.#received, packet.length);
    this.#handshake.welcome(hello);
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
    else this.#handshake.repeat();
  }

  /** He floods, or did so a moment ago: nothing of his is looked at. */
  isShutOut(now: number): boolean {
    return this.#inbound.isLocked(now);
  }

  /** Whether we look at a packet of his, whatever is in it. Not when he floods: then his session ends. */
  affords(packet: Uint8Array, now: number): boolean {
    if (this.isShutOut(now)) {
      this.countUnheard(1);
      return false;
    }
    if (this.#context.isSelf) return true;
    if (this.#inbound.pay(workOf(packet), now)) return true;
    this.#endFlood(now);
    return false;
  }

  /** Whether a packet of his, which we could afford, is to be handled in this turn. */
  begin(packet: Uint8Array, turn: Turn): boolean {
    return this.#context.isSelf || this.#inbound.begin(workOf(packet), turn);
  }

  /** This process stood still for `ms`. */
  forgive(ms: number): void {
    this.#inbound.forgive(ms);
  }

  /** A packet of his, while there is a session. */
  receive(packet: Uint8Array, now: number, steamChannel: number): void {
    count(this.#received, packet.length);
    switch (packet[0]) {
      case PacketType.Hello:
        this.#handshake.receiveHello(packet, now, steamChannel);
        break;
      case PacketType.Refuse:
        this.#handshake.receiveRefuse(packet);
        break;
      case PacketType.Reset:
        this.#handshake.receiveReset(packet);
        break;
      default:
        if ((packet[0] as number) >= PacketType.Session) this.#receiveFrames(packet, now, steamChannel);
        else this.#rejected++;
    }
  }

  tick(now: number): void {
    const session = this.#session;
    if (now >= this.#closesAt) {
      this.#closesAt = Number.POSITIVE_INFINITY;
      if (session === undefined) this.#context.close(this.id);
    }
    if (session === undefined) return;
    if (!session.isEstablished) this.#context.hurry();
    const unanswered = this.#handshake.tick(now);
    if (unanswered !== undefined) {
      this.end(unanswered);
      return;
    }
    this.#complaints.look(this.#rejected + session.rejected, now);
    const error = session.tick(now);
    if (error !== undefined) this.end(error);
    else if (this.#expulsion !== undefined && (session.isDone || now - this.#expulsion.at >= EXPEL_MS))
      this.#endExpelled(session);
  }

  /** Ends the session when he has what was sent before, and knows what was closed; or when he takes too long. */
  expel(code: number, reason: string): void {
    const session = this.#session;
    if (session === undefined || this.#expulsion !== undefined) return;
    this.#expulsion = { at: this.#context.now(), reason };
    this.#permission.revoke(reason);
    session.dismiss(code, reason);
    // There is nobody yet to wait for. The owners of the connections are told of their closes before this.
    if (!session.isEstablished) this.#context.defer(() => this.#endExpelled(session));
  }

  /** Ends the session, and tells the peer so. */
  end(error: SteamError): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#forget();
    if (session.isEstablished) this.send(encodeReset(session.peerTag));
    session.end(error);
  }

  /** There is none. */
  beginSession(): Session {
    const { newEpoch, newTag, dirty, sessions } = this.#context;
    const identity = { peer: this.id, epoch: newEpoch(), tag: newTag() };
    const session = new Session(this.#context, identity, this.#transmit, () => dirty(session));
    this.#session = session;
    this.#complaints.beginAt(this.#rejected);
    sessions.count++;
    return session;
  }

  /** Ends a session that the peer does not know any more. */
  lose(error: SteamError): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#forget();
    session.end(error);
  }

  /** A packet beside the session. */
  send(packet: Uint8Array): void {
    this.#transmit(packet, SendType.Reliable);
  }

  /** So many packets of his were thrown away, because he is shut out. */
  countUnheard(packets: number): void {
    this.#context.faults.unheard += packets;
  }

  countRejected(): void {
    this.#rejected++;
  }

  /** Undefined without a session. */
  stats(): PeerStats | undefined {
    if (this.#session === undefined) return undefined;
    const { rejected, ...session } = this.#session.stats();
    const traffic = { sent: { ...this.#sent }, received: { ...this.#received } };
    return { peer: this.id, ...traffic, ...session, rejected: this.#rejected + rejected };
  }

  /** Undefined without a session. */
  inspect(): InspectedPeer | undefined {
    const stats = this.stats();
    if (stats === undefined || this.#session === undefined) return undefined;
    const { isSelf } = this.#context;
    const connections = [...this.#session.connections].map((connection) => connection.inspect());
    return { ...stats, peer: String(this.id), personaName: this.personaName ?? '', isSelf, connections };
  }

  /** What is refused because it is too much is counted. */
  #counted<T extends object | 'undecided'>(answer: T | Rejection): T | Rejection {
    if (typeof answer === 'object' && 'code' in answer && answer.code === RefuseCode.Full) this.#rejected++;
    return answer;
  }

  #forget(): void {
    const { now, ended, endedSessions, sessions } = this.#context;
    const { peerEpoch } = this.#session ?? {};
    if (peerEpoch !== undefined) endedSessions.add(this.id, peerEpoch, now());
    // Who was expelled comes back as a stranger.
    const since = this.#expulsion === undefined ? this.#handshake.establishedAt : undefined;
    this.#session = undefined;
    this.#expulsion = undefined;
    this.#handshake.clear();
    this.#permission.reset();
    sessions.count--;
    ended(this.id, since === undefined ? undefined : now() - since);
  }

  #endExpelled(session: Session): void {
    if (session !== this.#session) return;
    this.end(new SteamError('closed', `Steam user ${this.id} was expelled: ${this.#expulsion?.reason}`));
  }

  #endBroken(error: SteamError, now: number): void {
    this.#context.faults.breaches++;
    this.#complaints.make(error.message, now);
    this.end(error);
  }

  /** He is told why, and nothing more of his is read: the owners of his connections hear of it before the session ends. */
  #endFlood(now: number): void {
    const { defer, options } = this.#context;
    const session = this.#session;
    const bound = `${options.maxWorkPerSecond} packets, frames and blocks of ${WORK_BYTES} bytes a second (maxWorkPerSecond)`;
    const reason = `flooding: more than ${bound}`;
    this.#inbound.lock(now);
    this.#context.faults.floods++;
    this.#context.log.add('peer-flooded', { peer: String(this.id), reason });
    this.#closesAt = now + FAREWELL_MS;
    // Whatever else was said of him in this second: it is once in half a minute.
    this.#complaints.insist(reason, now);
    if (session === undefined) return;
    this.#expulsion = { at: now, reason };
    this.#permission.revoke(reason);
    session.dismiss(CloseCode.PolicyViolation, reason);
    defer(() => {
      if (session !== this.#session) return;
      session.flush(now);
      this.end(new SteamError('protocol-error', `Steam user ${this.id} was sent away for ${reason}`));
    });
  }

  #receiveFrames(packet: Uint8Array, now: number, steamChannel: number): void {
    const session = this.#session;
    const verdict = session?.receive(packet, now, steamChannel) ?? 'stale';
    if (verdict !== 'stale') {
      if (this.#inbound.isOverdrawn) this.#endFlood(now);
      else if (verdict !== 'taken') this.#endBroken(verdict, now);
      return;
    }
    this.#rejected++;
    if (packet.length > 1 && session?.isEstablished) this.#handshake.reset(tagOf(packet));
  }
}

/** Units of work of a packet, but for what its bytes become when they are decompressed. */
function workOf(packet: Uint8Array): number {
  return 1 + countFrames(packet) + packet.length / WORK_BYTES;
}
