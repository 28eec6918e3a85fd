import { ChunkAssembler, type WholeFrame } from '../wire/chunks.ts';
import { type Control, ControlType, decodeControl, encodeControl, TARGET_BYTES } from '../wire/control.ts';
import { FRAGMENT_BYTES, Fragments, MAX_FRAGMENTS } from '../wire/Fragments.ts';
import { RefuseCode } from '../wire/hello.ts';
import {
  COALESCED_BYTES,
  Code,
  FRAME_HEADER_BYTES,
  flipCode,
  Lane,
  PACKET_HEADER_BYTES,
  readFrames,
  SEQUENCE_MASK,
  SLOTS,
  sequenceDistance,
} from '../wire/packet.ts';
import { utf8 } from '../wire/bytes.ts';
import { CloseCode, Connection } from './Connection.ts';
import { refusal } from './failures.ts';
import { Heartbeat } from './Heartbeat.ts';
import type { ResolvedOptions } from './options.ts';
import { Outbox, type Transmit } from './Outbox.ts';
import { Requests } from './Requests.ts';
import { SteamError } from './SteamError.ts';
import { channelOf, count, emptyTrafficByChannel, type TrafficByChannel } from './traffic.ts';
import type { ConnectionEvents, Delivery, HostHandlers, RequestResult, SteamRequest } from './types.ts';

/** What a session needs of the one who holds it. */
export interface SessionContext {
  readonly options: ResolvedOptions;
  now(): number;
  /** Who hosts here, if anybody does. */
  host(): HostHandlers | undefined;
  /** Runs `task` soon, outside of the caller's stack, before the next packets go. */
  defer(task: () => void): void;
  /** Calls game code: what it throws must not end the loop that called it. */
  guard(call: () => void): void;
}

/**
 * One session of two processes, from hello to the end: its stream of frames, and the connections and requests in it.
 *
 * Knows neither driver nor timer: packets come by {@link receive}, time by {@link tick}, and go by `transmit`. The handshake is
 * `Peer`'s; a session is never used again after {@link end}.
 */
export class Session {
  readonly peer: bigint;
  /** In every packet that we send. */
  readonly tag: number;
  readonly epoch: number;
  /** Of the peer, once he has said hello. */
  peerEpoch: number | undefined;
  #peerTag = -1;

  readonly sentBy: TrafficByChannel = emptyTrafficByChannel();
  readonly receivedBy: TrafficByChannel = emptyTrafficByChannel();
  /** Unreliable messages that came too late. */
  late = 0;
  /** Packets and frames that were refused. */
  rejected = 0;

  readonly #context: SessionContext;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #requests: Requests;
  readonly #chunks: ChunkAssembler;
  readonly #fragments: Fragments;
  readonly #onDirty: () => void;
  #maxMessageBytes: number;
  /** By data code: 16 to 30 are ours, 0 to 14 the peer's. */
  readonly #connections = new Map<number, Connection>();
  /** Connections that must be taken or adopted before their deadline, oldest first. */
  readonly #waiting = new Map<Connection, number>();
  /** Steam refused something since all was last gone. */
  #backedUp = false;
  #expected = 0;
  #packets = 0;
  /** When there was last a connection or a request. */
  #busyAt: number;
  #error: SteamError | undefined;

  constructor(
    context: SessionContext,
    identity: { readonly peer: bigint; readonly epoch: number; readonly tag: number },
    transmit: Transmit,
    onDirty: () => void,
  ) {
    const { options } = context;
    this.peer = identity.peer;
    this.tag = identity.tag;
    this.epoch = identity.epoch;
    this.#context = context;
    this.#onDirty = onDirty;
    this.#outbox = new Outbox(identity.tag, transmit);
    this.#heartbeat = new Heartbeat(context.now(), options.heartbeatMs, options.deadAfterMs);
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#chunks = new ChunkAssembler(options.maxMessageBytes);
    this.#fragments = new Fragments(options.maxMessageBytes);
    this.#requests = new Requests(this.peer, options, {
      send: (control) => this.#sendControl(control),
      maxBytes: () => this.#maxMessageBytes,
    });
    this.#busyAt = context.now();
  }

  /** Why it ended; undefined while it lives. */
  get error(): SteamError | undefined {
    return this.#error;
  }

  /** The peer has said hello: both ends have the session. */
  get isEstablished(): boolean {
    return this.peerEpoch !== undefined;
  }

  get peerTag(): number {
    return this.#peerTag;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  get dropped(): number {
    return this.#outbox.dropped + this.late;
  }

  get rttMs(): number {
    return this.#heartbeat.rttMs;
  }

  get jitterMs(): number {
    return this.#heartbeat.jitterMs;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Bytes held for messages that are not complete. */
  get heldBytes(): number {
    return this.#chunks.heldBytes + this.#fragments.heldBytes;
  }

  /** The peer's hello: from now on his packets are read. */
  establish(peerEpoch: number, peerTag: number, maxMessageBytes: number): void {
    this.peerEpoch = peerEpoch;
    this.#peerTag = peerTag;
    this.#maxMessageBytes = Math.min(this.#context.options.maxMessageBytes, maxMessageBytes);
    this.#heartbeat.heard(this.#context.now());
    this.#onDirty();
  }

  /** The peer has our hello, too: nothing of the beginning need be repeated. */
  confirm(): void {
    this.#outbox.confirm();
  }

  /** A hello, in its place in the reliable stream. */
  sendPacket(packet: Uint8Array): void {
    this.#outbox.sendPacket(packet);
    this.#onDirty();
  }

  /** Our hello again, with all that was sent behind it. */
  repeat(hello: Uint8Array): void {
    this.#outbox.repeat(hello);
    this.#onDirty();
  }

  /** Opens a connection to a target at the peer. */
  dial(target: string, events: ConnectionEvents): Connection {
    const connection = this.#create('opening', events);
    this.#begin(connection, target, undefined);
    return connection;
  }

  request(request: SteamRequest, signal: AbortSignal | undefined): Promise<RequestResult> {
    return this.#requests.send(request, signal, this.#context.now());
  }

  /** For {@link Connection.send}. */
  send(connection: Connection, bytes: Uint8Array, delivery: Delivery): void {
    if (bytes.length > this.#maxMessageBytes) {
      throw new RangeError(
        `message of ${bytes.length} bytes to Steam user ${this.peer} is over the limit of ${this.#maxMessageBytes} bytes: ` +
          'raise maxMessageBytes at both ends, or send less at once',
      );
    }
    const unreliable = delivery === 'unreliable' || delivery === 'unreliableNoDelay';
    count(this.sentBy[channelOf[delivery]], bytes.length + FRAME_HEADER_BYTES);
    this.#onDirty();
    if (unreliable && this.#fitsUnreliable(bytes.length)) {
      this.#outbox.sendUnreliable(connection.code, bytes, delivery === 'unreliableNoDelay');
      return;
    }
    const queued = this.#outbox.queuedBytes;
    const { maxQueueBytes } = this.#context.options;
    if (queued + bytes.length > maxQueueBytes) {
      const reason = `slow peer: ${queued} bytes wait for Steam user ${this.peer}, the limit (maxQueueBytes) is ${maxQueueBytes}`;
      connection.close(CloseCode.SlowPeer, reason);
      return;
    }
    this.#outbox.sendReliable(connection.code, bytes, delivery === 'buffered');
  }

  /** For {@link Connection.close}. */
  close(connection: Connection, code: number, reason: string): void {
    this.#waiting.delete(connection);
    this.#sendControl({ type: 'close', connection: connection.code, code, reason });
    this.defer(() => connection.handleEnd('closing', code, reason));
  }

  /** For {@link Connection.adopt}. */
  adopted(connection: Connection): void {
    this.#waiting.delete(connection);
  }

  /** What one offer may keep until it is adopted. */
  get maxKeptBytes(): number {
    return this.#context.options.maxQueueBytes;
  }

  defer(task: () => void): void {
    this.#context.defer(task);
  }

  guard(call: () => void): void {
    this.#context.guard(call);
  }

  /** Gives what waits to Steam. True when nothing waits any more. */
  flush(): boolean {
    const now = this.#context.now();
    if (this.#outbox.hasReliable && this.#heartbeat.isWelcome(now)) this.#ping(now);
    const empty = this.#outbox.flush();
    if (empty && this.#backedUp) {
      for (const connection of this.#connections.values()) this.defer(() => connection.handleDrain());
    }
    this.#backedUp = !empty;
    return empty;
  }

  /** Deadlines. Returns the reason when the peer is gone. */
  tick(now: number): SteamError | undefined {
    const { deadAfterMs, connectTimeoutMs, idleSessionMs } = this.#context.options;
    if (this.isEstablished && this.#heartbeat.isDead(now)) {
      return new SteamError('connection-lost', `Steam user ${this.peer} was silent for more than ${deadAfterMs} ms (deadAfterMs)`);
    }
    if (this.#connections.size > 0 || this.#requests.size > 0) {
      this.#busyAt = now;
    } else if (now - this.#busyAt > idleSessionMs) {
      return new SteamError('closed', `the session with Steam user ${this.peer} was not used for ${idleSessionMs} ms`);
    }
    if (this.isEstablished && this.#heartbeat.isDue(now)) this.#ping(now);
    this.#fragments.tick(now);
    this.#requests.tick(now);
    for (const [connection, since] of this.#waiting) {
      if (now - since < connectTimeoutMs) break;
      this.#giveUp(connection);
    }
    return undefined;
  }

  /** This process stood still for `ms`. */
  forgive(ms: number): void {
    this.#heartbeat.forgive(ms);
  }

  /** A packet of this session's peer. False when it does not belong to the session: of another one, older or newer. */
  receive(packet: Uint8Array, now: number): boolean {
    const header = ((packet[1] as number) << 8) | (packet[2] as number);
    if (packet.length < PACKET_HEADER_BYTES || header >> 10 !== this.#peerTag) return false;
    const sequence = header & SEQUENCE_MASK;
    const lane = (packet[0] as number) & Lane.Unreliable;
    this.#heartbeat.heard(now);
    this.#packets++;
    if (lane === Lane.Reliable) {
      if (sequence !== this.#expected) {
        if (sequenceDistance(sequence, this.#expected) < 0) return true; // repeated: we have it
        this.#breach(`reliable packets are missing: ${sequence} came in place of ${this.#expected}`);
        return true;
      }
      this.#expected = (sequence + 1) & SEQUENCE_MASK;
    }
    const whole = readFrames(packet, (code, payload) => this.#receiveFrame(code, payload, lane, sequence, now));
    if (!whole && this.#error === undefined) {
      if (lane === Lane.Reliable) this.#breach('a malformed packet came');
      else this.rejected++;
    }
    return true;
  }

  /** The end of everything in it. */
  end(error: SteamError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#outbox.clear();
    this.#chunks.clear();
    this.#fragments.clear();
    this.#waiting.clear();
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    this.#requests.end(error);
    for (const connection of connections) connection.handleEnd('closed', CloseCode.Abnormal, error.message, error);
  }

  /** Closes all connections, each with this code. */
  closeAll(code: number, reason: string): void {
    for (const connection of this.#connections.values()) connection.close(code, reason);
  }

  #create(state: 'opening' | 'open', events: ConnectionEvents | undefined): Connection {
    for (let slot = 0; slot < SLOTS; slot++) {
      const code = Code.OpenedBySender | slot;
      if (this.#connections.has(code)) continue;
      const connection = new Connection(this, code, state, events);
      this.#connections.set(code, connection);
      return connection;
    }
    const error = new SteamError('full', `${SLOTS} connections to Steam user ${this.peer} are open, and no more are possible`);
    const connection = new Connection(this, -1, 'closed', events);
    this.defer(() => connection.handleEnd('closed', CloseCode.Abnormal, error.message, error));
    return connection;
  }

  #begin(connection: Connection, target: string, offerFor: number | undefined): void {
    if (connection.state === 'closed') return;
    if (utf8(target).length > TARGET_BYTES) {
      this.#connections.delete(connection.code);
      const message = `target of ${utf8(target).length} bytes is over the limit of ${TARGET_BYTES}`;
      this.defer(() => connection.handleEnd('closed', CloseCode.Abnormal, message, new SteamError('closed', message)));
      return;
    }
    if (connection.state === 'opening') this.#waiting.set(connection, this.#context.now());
    this.#sendControl({ type: 'open', connection: connection.code, offerFor, target });
  }

  #fitsUnreliable(bytes: number): boolean {
    const limit = COALESCED_BYTES - PACKET_HEADER_BYTES;
    if (bytes <= limit) return true;
    const { oversizedUnreliable } = this.#context.options;
    if (oversizedUnreliable === 'reject') {
      throw new RangeError(`unreliable message of ${bytes} bytes is over the ${limit} bytes of one packet (oversizedUnreliable: reject)`);
    }
    return oversizedUnreliable === 'fragment' && bytes <= FRAGMENT_BYTES * MAX_FRAGMENTS;
  }

  #sendControl(control: Control): void {
    const payload = encodeControl(control);
    count(this.sentBy.control, payload.length + FRAME_HEADER_BYTES);
    if (control.type !== 'ping' && control.type !== 'pong') this.#busyAt = this.#context.now();
    this.#outbox.sendReliable(Code.Control, payload);
    this.#onDirty();
  }

  #ping(now: number): void {
    this.#sendControl({ type: 'ping', token: this.#heartbeat.ping(now) });
  }

  #giveUp(connection: Connection): void {
    this.#waiting.delete(connection);
    const { connectTimeoutMs } = this.#context.options;
    const message = connection.isOffer
      ? `nobody took the offered connection within ${connectTimeoutMs} ms (connectTimeoutMs)`
      : `Steam user ${this.peer} did not take the connection within ${connectTimeoutMs} ms (connectTimeoutMs)`;
    this.#sendControl({ type: 'close', connection: connection.code, code: CloseCode.GoingAway, reason: message });
    connection.handleEnd('closing', CloseCode.Abnormal, message, new SteamError('timed-out', message));
  }

  /** The peer broke the protocol, or the stream is broken: nothing in it can be trusted any more. */
  #breach(what: string): void {
    this.rejected++;
    this.end(new SteamError('protocol-error', `the session with Steam user ${this.peer} is broken: ${what}`));
  }

  /** False when the frame cannot be right. */
  #receiveFrame(code: number, payload: Uint8Array, lane: number, sequence: number, now: number): boolean {
    if (this.#error !== undefined) return false;
    if (code === Code.Control) {
      return lane === Lane.Reliable ? this.#receiveControl(payload, now) : this.#receiveFragment(payload, sequence, now);
    }
    return this.#receiveData(code, payload, lane, sequence, now);
  }

  #receiveData(code: number, payload: Uint8Array, lane: number, sequence: number, now: number): boolean {
    const connection = this.#connections.get(flipCode(code));
    const reliable = lane === Lane.Reliable;
    count(this.receivedBy[reliable ? 'messages' : 'state'], payload.length + FRAME_HEADER_BYTES);
    if (connection === undefined) {
      // On its way when the connection was refused or closed here.
      this.rejected++;
    } else if (!reliable) {
      if (!connection.handleUnreliable(payload, sequence, this.#packets, now)) this.late++;
    } else if (payload.length > this.#context.options.maxMessageBytes) {
      this.rejected++;
      const limit = this.#context.options.maxMessageBytes;
      connection.close(CloseCode.MessageTooBig, `message of ${payload.length} bytes is over the limit of ${limit} (maxMessageBytes)`);
    } else {
      connection.handleMessage(payload);
    }
    return true;
  }

  #receiveFragment(payload: Uint8Array, sequence: number, now: number): boolean {
    if (payload[0] !== ControlType.Fragment) return false;
    const frame = this.#fragments.accept(sequence, payload, now);
    return this.#receiveWhole(frame, Lane.Unreliable, sequence, now);
  }

  #receiveWhole(frame: WholeFrame | 'partial' | 'malformed', lane: number, sequence: number, now: number): boolean {
    if (frame === 'partial') return true;
    if (frame === 'malformed' || frame.code === Code.Many || frame.code > Code.Many) return false;
    if (frame.code === Code.Control && (lane === Lane.Unreliable || frame.payload[0] === ControlType.Chunk)) return false;
    return this.#receiveFrame(frame.code, frame.payload, lane, sequence, now);
  }

  #receiveControl(payload: Uint8Array, now: number): boolean {
    count(this.receivedBy.control, payload.length + FRAME_HEADER_BYTES);
    if (payload[0] === ControlType.Chunk) return this.#receiveWhole(this.#chunks.accept(payload), Lane.Reliable, 0, now);
    const control = decodeControl(payload);
    if (control === undefined) return false;
    switch (control.type) {
      case 'ping':
        this.#sendControl({ type: 'pong', token: control.token });
        return true;
      case 'pong':
        this.#heartbeat.pong(control.token, now);
        return true;
      case 'open':
        return this.#receiveOpen(control);
      case 'request':
        this.#receiveRequest(control.id, control.content);
        return true;
      case 'response':
        return this.#requests.receiveResponse(control.id, control.content);
      case 'requestFailed':
        this.#requests.receiveFailure(control.id, refusal(this.peer, control.code, control.reason));
        return true;
      default:
        this.#receiveForConnection(control);
        return true;
    }
  }

  #receiveOpen(open: Extract<Control, { type: 'open' }>): boolean {
    const code = flipCode(open.connection);
    if (code >= SLOTS || this.#connections.has(code)) return false;
    const host = this.#context.host();
    if (open.offerFor !== undefined) {
      const connection = new Connection(this, code, 'open', undefined);
      if (!this.#requests.receiveOffer(open.offerFor, open.target, connection)) {
        this.#refuse(code, RefuseCode.Denied, 'nobody asked for this connection');
        return true;
      }
      this.#connections.set(code, connection);
      this.#waiting.set(connection, this.#context.now());
    } else if (host === undefined) {
      this.#refuse(code, RefuseCode.NotHosting, '');
    } else {
      const connection = new Connection(this, code, 'open', undefined);
      this.#connections.set(code, connection);
      this.#sendControl({ type: 'accept', connection: code });
      this.guard(() => {
        try {
          connection.setEvents(host.onConnection(connection, open.target));
        } catch (error) {
          connection.close(CloseCode.InternalError, 'the host failed to take the connection');
          throw error;
        }
      });
    }
    return true;
  }

  #refuse(connection: number, code: RefuseCode, reason: string): void {
    this.#sendControl({ type: 'refuse', connection, code, reason });
  }

  #receiveForConnection(control: Extract<Control, { type: 'accept' | 'refuse' | 'close' | 'closed' }>): void {
    const connection = this.#connections.get(flipCode(control.connection));
    if (control.type === 'close') this.#sendControl({ type: 'closed', connection: flipCode(control.connection) });
    if (connection === undefined) return;
    switch (control.type) {
      case 'accept':
        this.#waiting.delete(connection);
        connection.handleOpen();
        return;
      case 'refuse': {
        const error = refusal(this.peer, control.code, control.reason);
        this.#remove(connection);
        connection.handleEnd('closed', CloseCode.Abnormal, error.message, error);
        return;
      }
      case 'close':
        // Both closed at once: the slot is ours until our own close is acknowledged.
        if (connection.state === 'closing') return;
        this.#remove(connection);
        connection.handleEnd('closed', control.code, control.reason);
        return;
      case 'closed':
        if (connection.state === 'closing') {
          this.#remove(connection);
          connection.handleEnd('closed', CloseCode.NoStatus, '');
        }
    }
  }

  #remove(connection: Connection): void {
    this.#connections.delete(connection.code);
    this.#waiting.delete(connection);
  }

  #receiveRequest(id: number, content: Uint8Array): void {
    const offer = (target: string, events: ConnectionEvents) => {
      const connection = this.#create('open', events);
      this.#begin(connection, target, id);
      return connection;
    };
    this.#requests.receiveRequest(id, content, this.#context.host(), offer, () => this.#error === undefined);
  }
}
