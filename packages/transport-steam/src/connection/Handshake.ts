import type { SteamError } from '../driver/SteamError.ts';
import {
  decodeHello,
  decodeRefuse,
  decodeReset,
  encodeRefuse,
  encodeReset,
  type Hello,
  PROTOCOL_VERSION,
  type Refuse,
  RefuseCode,
} from '../wire/hello.ts';
import type { PeerContext, Rejection } from './context.ts';
import { NO_DEFINITIONS } from './contract.ts';
import { connectionLost, endedByPeer, refusal, schemaMismatch, timedOut, versionMismatch } from './failures.ts';
import { Greeting } from './Greeting.ts';
import type { Permission } from './Permission.ts';
import { cleanPersonaName } from './personaName.ts';
import type { Session } from './Session.ts';

/** What a handshake needs of its peer. */
export interface HandshakeEvents {
  /** The present one. */
  readonly session: Session | undefined;
  /** There is to be a session, and there is none. */
  beginSession(): Session;
  /** The session is over, and the peer must be told. */
  end(error: SteamError): void;
  /** The session is over, and the peer knows. */
  lose(error: SteamError): void;
  /** Sends a packet beside the session. */
  send(packet: Uint8Array): void;
  /** What came was no use. */
  countRejected(): void;
}

/**
 * How the sessions with one peer begin: hellos and their answers, refusals and resets, both ways.
 *
 * A Steam session outlives matches and cannot be closed (steamworks.js), so ours has its own beginning: the hello. Whoever restarts says
 * hello with a new epoch, which ends what was there before; whoever gets packets of a session that he does not know answers with a reset.
 */
export class Handshake {
  readonly #peer: bigint;
  readonly #context: PeerContext;
  readonly #permission: Permission;
  readonly #events: HandshakeEvents;
  /** Of the session that we began and that is not confirmed. */
  #greeting: Greeting | undefined;
  #establishedAt: number | undefined;
  #personaName: string | undefined;

  constructor(peer: bigint, context: PeerContext, permission: Permission, events: HandshakeEvents) {
    this.#peer = peer;
    this.#context = context;
    this.#permission = permission;
    this.#events = events;
  }

  /** When the peer has said hello; undefined before. */
  get establishedAt(): number | undefined {
    return this.#establishedAt;
  }

  /** What he calls himself, once he has said hello. */
  get personaName(): string | undefined {
    return this.#personaName;
  }

  /** Says hello in a session that we begin. */
  greet(session: Session): void {
    this.#greeting = new Greeting(this.#context.terms.hello(session.identity, undefined), this.#context.now());
    session.sendHello(this.#greeting.hello);
  }

  /** Our hello again, while there is no answer. */
  repeat(): void {
    const session = this.#events.session;
    if (session === undefined || this.#greeting === undefined) return;
    this.#greeting.said(this.#context.now());
    session.repeat(this.#greeting.hello);
  }

  /** His hello, without a session. The host has let him in. */
  welcome(hello: Hello): void {
    const { isSelf, options, sessions, terms } = this.#context;
    const host = this.#context.host();
    if (host === undefined) {
      this.#refuse(hello, { code: RefuseCode.NotHosting, reason: '' });
    } else if (!terms.hasOurDefinitions(hello)) {
      this.#refuseDefinitions(hello);
    } else if (!isSelf && sessions.count >= options.maxPeers) {
      this.#refuse(hello, { code: RefuseCode.Full, reason: `${options.maxPeers} peers are here (maxPeers)` });
    } else {
      const session = this.#events.beginSession();
      this.#permission.grant(host);
      this.#answer(session, hello);
      session.confirm();
    }
  }

  /** A hello of his, beside a session or without one. */
  receiveHello(packet: Uint8Array, now: number, steamChannel: number): void {
    const hello = decodeHello(packet);
    if (hello === undefined) {
      this.#events.countRejected();
    } else if (hello.version !== PROTOCOL_VERSION) {
      this.#refuse(hello, { code: RefuseCode.VersionMismatch, reason: String(PROTOCOL_VERSION) });
      if (this.#events.session?.identity.epoch === hello.echo) this.#events.end(versionMismatch(this.#peer, hello.version));
    } else if (this.#context.endedSessions.has(this.#peer, hello.epoch, now)) {
      // Late, or said again. It says nothing of the session that there may be now.
      this.#refuse(hello, { code: RefuseCode.Ended, reason: '' });
    } else if (hello.echo !== undefined) {
      this.#receiveAnswer(hello);
    } else {
      this.#receiveGreeting(hello, () => this.#context.receiveUnknown(this.#peer, packet, now, steamChannel));
    }
  }

  receiveRefuse(packet: Uint8Array): void {
    const refuse = decodeRefuse(packet);
    if (refuse !== undefined && this.#events.session?.identity.epoch === refuse.echo) {
      this.#events.end(this.#refusal(refuse));
    } else {
      this.#events.countRejected();
    }
  }

  receiveReset(packet: Uint8Array): void {
    const tag = decodeReset(packet);
    const session = this.#events.session;
    if (tag === undefined || (session?.isEstablished && session.identity.tag !== tag)) {
      this.#events.countRejected();
    } else if (session?.isEstablished) {
      // Nobody used it: he has let it go, as who leaves his last room does.
      const isLoss = session.isUsed;
      this.#events.lose(isLoss ? connectionLost(this.#peer, 'they do not know it any more') : endedByPeer(this.#peer));
    }
    // While we greet, the hello got lost: it comes again.
  }

  /** Tells him that there is no session with this tag of his. */
  reset(tag: number): void {
    if (this.#context.mayAnswer(this.#peer)) this.#events.send(encodeReset(tag));
  }

  /** Looks at deadlines. Returns the reason when he did not answer in time. */
  tick(now: number): SteamError | undefined {
    const { options } = this.#context;
    if (this.#greeting?.isOver(now, options)) return timedOut(this.#peer, options.connectTimeoutMs);
    if (this.#greeting?.isDue(now, options)) this.repeat();
    return undefined;
  }

  /** The session is over. */
  clear(): void {
    this.#greeting = undefined;
    this.#personaName = undefined;
    this.#establishedAt = undefined;
  }

  #receiveAnswer(hello: Hello): void {
    const session = this.#events.session;
    if (session === undefined || session.identity.epoch !== hello.echo) {
      // To a hello of ours that is no longer the present one: we have gone since, and he should know.
      this.reset(hello.tag);
      return;
    }
    if (session.peerEpoch !== undefined && session.peerEpoch !== hello.epoch) {
      this.#events.end(connectionLost(this.#peer, 'they restarted'));
      return;
    }
    if (!this.#context.terms.hasOurDefinitions(hello)) {
      // He should have refused us.
      this.#refuseDefinitions(hello);
      const theirs = hello.fingerprint === NO_DEFINITIONS ? '' : undefined;
      this.#events.end(schemaMismatch(this.#peer, this.#context.options.contract, theirs));
      return;
    }
    if (!session.isEstablished) this.#establish(session, hello);
    session.confirm();
    this.#greeting = undefined;
  }

  /** `asStranger`: he has begun anew, and must be let in anew. */
  #receiveGreeting(hello: Hello, asStranger: () => void): void {
    const session = this.#events.session;
    const { terms } = this.#context;
    if (session?.isEstablished) {
      if (session.peerEpoch === hello.epoch) {
        if (this.#permission.mayRepeat()) session.sendHello(terms.hello(session.identity, hello.epoch));
        else this.#events.countRejected();
        return;
      }
      this.#events.lose(connectionLost(this.#peer, 'they restarted'));
    }
    // Both said hello at once, or the game dialled as soon as it heard of the end: one session.
    const present = this.#events.session;
    if (present === undefined) asStranger();
    else if (terms.hasOurDefinitions(hello)) this.#answer(present, hello);
    // He is no stranger, for we dialled him. His refusal of our hello, with his own description, is on its way.
    else this.#refuseDefinitions(hello);
  }

  #answer(session: Session, hello: Hello): void {
    this.#establish(session, hello);
    session.sendHello(this.#context.terms.hello(session.identity, hello.epoch));
  }

  #establish(session: Session, hello: Hello): void {
    this.#personaName = cleanPersonaName(hello.personaName);
    this.#establishedAt = this.#context.now();
    session.establish(hello, this.#context.terms.compressionWith(hello));
  }

  #refusal({ code, reason }: Refuse): SteamError {
    if (code === RefuseCode.SchemaMismatch) return schemaMismatch(this.#peer, this.#context.options.contract, reason);
    return refusal(this.#peer, code, reason);
  }

  #refuse(hello: Hello, rejection: Rejection): void {
    if (this.#context.mayAnswer(this.#peer)) this.#events.send(encodeRefuse({ ...rejection, echo: hello.epoch }));
  }

  /** Whoever gets this knows what we have, and finds the difference: only for those who were let in, or whom we turned to ourselves. */
  #refuseDefinitions(hello: Hello): void {
    this.#refuse(hello, { code: RefuseCode.SchemaMismatch, reason: this.#context.options.contract?.description ?? '' });
  }
}
