import { SteamError } from '../driver/SteamError.ts';
import type { Compression } from '../wire/compression.ts';
import type { Control } from '../wire/control.ts';
import type { Hello } from '../wire/hello.ts';
import { Code, flipCode, isReliablePacket } from '../wire/packet.ts';
import { Compressor } from './Compressor.ts';
import type { Connection } from './Connection.ts';
import { Connections } from './Connections.ts';
import { ControlReceiver } from './ControlReceiver.ts';
import { ControlSender } from './ControlSender.ts';
import type { SessionContext } from './context.ts';
import type { EventDetails, EventName } from './EventLog.ts';
import { connectionLost } from './failures.ts';
import { Heartbeat } from './Heartbeat.ts';
import { Inbox, type Origin } from './Inbox.ts';
import { LossEstimate } from './LossEstimate.ts';
import { MessageReceiver } from './MessageReceiver.ts';
import { MessageSender } from './MessageSender.ts';
import { Outbox, type Transmit } from './Outbox.ts';
import { Requests } from './Requests.ts';
import { countMessage, SessionTraffic } from './traffic.ts';
import type { ConnectionEvents, Delivery, PeerStats, RequestResult, SendOptions, SteamRequest } from './types.ts';

/** The part of a peer's statistics that is his session's. */
export type SessionStats = Omit<PeerStats, 'peer' | 'sent' | 'received'>;

/** What names a session: both ends', in the hello. */
export interface SessionIdentity {
  readonly peer: bigint;
  readonly epoch: number;
  /** In every packet that we send. */
  readonly tag: number;
}

/**
 * One session of two processes, from hello to the end: a stream of frames each way, and the connections and requests in it.
 *
 * Knows neither driver nor timer: packets come by {@link receive}, time by {@link tick}, and go by `transmit`. The hellos are
 * `Handshake`'s. A session that ended is never used again.
 */
export class Session {
  readonly identity: SessionIdentity;
  /** Of the peer, once he has said hello. */
  peerEpoch: number | undefined;
  /** It has something to send, and its endpoint knows. */
  isDirty = false;
  /** Why it ended; undefined while it lives. */
  error: SteamError | undefined;

  readonly #context: SessionContext;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #compressor: Compressor;
  readonly #heartbeat: Heartbeat;
  readonly #connections: Connections;
  readonly #requests: Requests;
  readonly #onDirty: () => void;
  readonly #messages: MessageSender;
  readonly #controls: ControlSender;
  readonly #receivedMessages: MessageReceiver;
  readonly #receivedControls: ControlReceiver;
  readonly #traffic: SessionTraffic;
  readonly #lossEstimate = new LossEstimate();
  /** Packets and frames that were refused. */
  #rejected = 0;
  #failure: SteamError | undefined;
  /** When there was last a connection or a request. */
  #busyAt: number;
  /** Something reliable goes out with the next flush that is not a heartbeat: a ping may ride along. */
  #hasNews = false;
  /** Steam refused something since all was last gone. */
  #backedUp = false;

  /** `onDirty`: there is something to {@link flush}. */
  constructor(context: SessionContext, identity: SessionIdentity, transmit: Transmit, onDirty: () => void) {
    const { options } = context;
    const { peer } = identity;
    const log = (what: EventName, details?: EventDetails) => this.#log(what, details);
    const countRejected = () => {
      this.#rejected++;
    };
    const sendControl = (control: Control) => this.#sendControl(control);
    this.#context = context;
    this.identity = identity;
    this.#onDirty = onDirty;
    this.#busyAt = context.now();
    this.#traffic = new SessionTraffic(options.channels);
    this.#outbox = new Outbox(identity.tag, transmit);
    this.#inbox = new Inbox(options.maxMessageBytes, context, (code, payload, origin) =>
      this.#receiveFrame(code, payload, origin),
    );
    this.#compressor = new Compressor(options.compression);
    this.#messages = new MessageSender(options, this.#outbox, this.#compressor, this.#traffic);
    this.#controls = new ControlSender(peer, options, this.#outbox, this.#compressor, this.#traffic);
    this.#receivedMessages = new MessageReceiver(options, this.#traffic);
    this.#heartbeat = new Heartbeat(context.now(), options.heartbeatMs, options.deadAfterMs);
    this.#requests = new Requests(peer, options, context.serving, {
      send: sendControl,
      maxBytes: () => this.#messages.maxMessageBytes,
      countRejected,
      nextTurn: context.nextTurn,
    });
    this.#connections = new Connections({
      peer,
      connectTimeoutMs: options.connectTimeoutMs,
      maxKeptBytes: options.maxQueueBytes,
      admit: context.admit,
      now: context.now,
      log,
      defer: context.defer,
      guard: context.guard,
      sendControl,
      outbox: this.#outbox,
      heartbeat: this.#heartbeat,
      send: (connection, bytes, delivery, how) => this.#send(connection, bytes, delivery, how),
      countReceived: (label, bytes, reliable) => countMessage(this.#traffic.type(label).received, bytes, reliable),
      countRejected: () => {
        this.#rejected++;
        context.fine(context.now());
      },
      close: (connection, code, reason) => this.#close(connection, code, reason),
      adopted: (connection) => this.#connections.accept(connection),
    });
    this.#receivedControls = new ControlReceiver({
      peer,
      options,
      heartbeat: this.#heartbeat,
      requests: this.#requests,
      connections: this.#connections,
      responder: context.responder,
      now: context.now,
      send: sendControl,
      log,
      countRejected,
    });
  }

  /** The peer has said hello: his packets are read. */
  get isEstablished(): boolean {
    return this.peerEpoch !== undefined;
  }

  /** Packets and frames that were refused. */
  get rejected(): number {
    return this.#rejected;
  }

  get connections(): Iterable<Connection> {
    return this.#connections;
  }

  /** The tag in the peer's packets. */
  get peerTag(): number {
    return this.#inbox.tag;
  }

  stats(): SessionStats {
    return {
      state: this.isEstablished ? 'established' : 'greeting',
      connections: this.#connections.size,
      rttMs: this.#heartbeat.rttMs,
      jitterMs: this.#heartbeat.jitterMs,
      loss: this.#lossEstimate.loss,
      ...this.#traffic.snapshot(),
      compressedFrom: this.#compressor.from,
      compressedTo: this.#compressor.to,
      queuedBytes: this.#outbox.reliable.queuedBytes,
      queuedUnreliable: this.#outbox.unreliable.queued,
      heldBytes: this.#inbox.heldBytes,
      dropped: this.#outbox.unreliable.dropped + this.#receivedMessages.late + this.#inbox.evicted,
      replaced: this.#outbox.unreliable.replaced,
      retries: this.#outbox.retries,
      rejected: this.#rejected,
    };
  }

  /** The peer's hello, and what both sides compress with. */
  establish(hello: Hello, compression: Compression): void {
    this.peerEpoch = hello.epoch;
    this.#inbox.open(hello.tag, compression);
    this.#compressor.agree(compression);
    this.#messages.maxMessageBytes = Math.min(this.#messages.maxMessageBytes, hello.maxMessageBytes);
    this.#heartbeat.heard(this.#context.now(), true);
    this.#log('session-opened');
    this.#onDirty();
  }

  /** The peer has our hello, too: nothing of the beginning need be repeated. */
  confirm(): void {
    this.#outbox.reliable.confirm();
  }

  /** A hello, in its place in the reliable stream. */
  sendHello(packet: Uint8Array): void {
    if (this.#controls.sendHello(packet)) this.#onDirty();
  }

  /** Our hello again, with all that was sent behind it. */
  repeat(hello: Uint8Array): void {
    this.#outbox.reliable.repeat(hello);
    this.#onDirty();
  }

  /** Opens a connection to a target at the peer. */
  dial(target: string, events: ConnectionEvents): Connection {
    return this.#connections.open(target, events);
  }

  request(request: SteamRequest, signal: AbortSignal | undefined): Promise<RequestResult> {
    return this.#requests.send(request, signal, this.#context.now());
  }

  /** Gives what waits to Steam. True when nothing waits any more. */
  flush(now: number): boolean {
    // Not with the hello: its answer would measure how long the session took to make.
    if (this.#hasNews && this.isEstablished && this.#heartbeat.isWelcome(now)) this.#ping(now);
    this.#hasNews = false;
    const isEmpty = this.#outbox.flush();
    if (isEmpty && this.#backedUp) {
      for (const connection of this.#connections) this.#context.defer(() => connection.handleDrain());
    }
    this.#backedUp = !isEmpty;
    return isEmpty;
  }

  /** Looks at deadlines. Returns the reason when the session is over. */
  tick(now: number): SteamError | undefined {
    const { idleSessionMs } = this.#context.options;
    const { peer } = this.identity;
    if (this.#failure !== undefined) return this.#failure;
    const causeOfDeath = this.isEstablished ? this.#heartbeat.causeOfDeath(now) : undefined;
    if (causeOfDeath !== undefined) return connectionLost(peer, causeOfDeath);
    if (this.isUsed) {
      this.#busyAt = now;
    } else if (now - this.#busyAt > idleSessionMs) {
      return new SteamError('closed', `the session with Steam user ${peer} was not used for ${idleSessionMs} ms (idleSessionMs)`);
    }
    if (this.isEstablished && this.#heartbeat.isDue(now)) this.#ping(now);
    this.#inbox.tick(now);
    this.#requests.tick(now);
    this.#connections.tick(now);
    return undefined;
  }

  /** This process may be silent for `ms` from now on; 0: it is back. */
  announcePause(ms: number): void {
    this.#heartbeat.spoil();
    this.#sendControl({ type: 'pause', ms });
  }

  /** A packet of this session's peer. `stale` when it belongs to another session; an error when this one is over with it. */
  receive(packet: Uint8Array, now: number, steamChannel: number): 'taken' | 'stale' | SteamError {
    this.#receivedMessages.steamChannel = steamChannel;
    const verdict = this.#inbox.receive(packet, now);
    if (verdict === 'stale') return verdict;
    this.#lossEstimate.receive(packet, now);
    this.#heartbeat.heard(now, isReliablePacket(packet));
    // A frame may have ended the session, which is no fault of the packet.
    if (verdict === 'taken' || this.error !== undefined) return 'taken';
    this.#rejected++;
    if (verdict === 'malformed') return 'taken';
    return new SteamError('protocol-error', `the session with Steam user ${this.identity.peer} is broken: ${verdict.breach}`);
  }

  /** Closes all connections, each with this code. */
  closeAll(code: number, reason: string): void {
    this.#connections.closeAll(code, reason);
  }

  /** Ends what is in it, by and by: what was sent before goes first. {@link isDone} tells when. */
  dismiss(code: number, reason: string): void {
    this.#connections.dismiss(code, reason);
    this.#requests.refuseAll(reason);
    this.#onDirty();
  }

  /** There is a connection or a request in it. */
  get isUsed(): boolean {
    return this.#connections.size > 0 || this.#requests.size > 0;
  }

  /** No connection is left, nor anything to send. */
  get isDone(): boolean {
    return this.#connections.size === 0 && this.#outbox.isEmpty;
  }

  /** The end of everything in it. */
  end(error: SteamError): void {
    if (this.error !== undefined) return;
    this.error = error;
    this.#log('session-closed', { code: error.code, reason: error.message });
    this.#outbox.clear();
    this.#inbox.clear();
    this.#requests.end(error);
    this.#connections.end(error);
  }

  #send(connection: Connection, bytes: Uint8Array, delivery: Delivery, how: SendOptions | undefined): void {
    const lane = this.#messages.send(connection, bytes, delivery, how);
    if (lane === undefined) return;
    this.#hasNews ||= lane === 'reliable';
    this.#context.hurry();
    this.#onDirty();
  }

  #close(connection: Connection, code: number, reason: string): void {
    this.#connections.settled(connection);
    this.#sendControl({ type: 'close', connection: connection.code, code, reason });
    this.#context.defer(() => connection.handleEnd('closing', code, reason));
  }

  #sendControl(control: Control): void {
    const overflow = this.#controls.send(control);
    if (overflow !== undefined) {
      // That is the end, with the next tick.
      this.#failure ??= overflow;
      return;
    }
    if (control.type !== 'ping' && control.type !== 'pong') {
      this.#busyAt = this.#context.now();
      this.#hasNews = true;
      this.#context.hurry();
    }
    this.#onDirty();
  }

  #ping(now: number): void {
    this.#sendControl({ type: 'ping', token: this.#heartbeat.ping(now) });
  }

  /** False when the frame cannot be right. */
  #receiveFrame(code: number, payload: Uint8Array, origin: Origin): boolean {
    // A frame before this one in the packet may have ended the session.
    if (this.error !== undefined) return false;
    if (code === Code.Control) {
      countMessage(this.#traffic.control.counters.received, payload.length, origin.reliable);
      return this.#receivedControls.receive(payload, origin.now);
    }
    this.#context.hurry();
    if (!this.#receivedMessages.receive(this.#connections.get(flipCode(code)), payload, origin)) this.#rejected++;
    return true;
  }

  #log(what: EventName, details?: EventDetails): void {
    this.#context.log.add(what, { peer: String(this.identity.peer), ...details });
  }
}
