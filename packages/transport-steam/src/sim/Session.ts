import { SendType, SessionError } from '../driver/SteamDriver.ts';
import type { ScheduledEvent } from './EventQueue.ts';
import { type Link, LOST } from './Link.ts';
import { ReliableStream } from './ReliableStream.ts';
import type { Simulation, SteamPacket, SteamUser, TraceWhat } from './Simulation.ts';
import type { SteamProcess } from './SteamProcess.ts';

/**
 * `requested`: the other user sent, this process has not accepted. `connecting`: this process sent, the other one has not accepted.
 * `closed` is the end: the next send makes a new session.
 */
export type SessionState = 'requested' | 'connecting' | 'open' | 'closed';

/** A session that is being made asks again so often. Steam's own traversal retries; how often is not known. */
const KNOCK_INTERVAL_MS = 500;

/** One process's side of the session with another user. */
export class Session {
  readonly simulation: Simulation;
  readonly owner: SteamProcess;
  readonly peer: SteamUser;
  readonly out: Link;
  readonly back: Link;
  state: SessionState;
  /** The other side, as far as this side knows. A process that restarted has another one. */
  remote: Session | undefined;
  /** Calls of `send` for this session: a request is posted again only while they go on. */
  sends = 0;
  /** When the other side's request was posted to this process, and at which count of `remote.sends`. */
  requestPostedAt = Number.NEGATIVE_INFINITY;
  requestPostedSends = 0;

  #waiting: SteamPacket[] = [];
  #waitingBytes = 0;
  readonly #stream = new ReliableStream(this);
  #expectedSequence = 0;
  /** Reliable packets that came before their turn. Bounded by the sender's `queueLimitBytes`, which counts them still. */
  readonly #early = new Map<number, SteamPacket>();
  #failTimer: ScheduledEvent | undefined;
  #knockTimer: ScheduledEvent | undefined;

  /** `requestedBy` makes the receiving side; without it, {@link connect} follows. */
  constructor(owner: SteamProcess, peer: SteamUser, requestedBy?: Session) {
    this.simulation = owner.simulation;
    this.owner = owner;
    this.peer = peer;
    this.out = owner.simulation.link(owner.user, peer);
    this.back = owner.simulation.link(peer, owner.user);
    this.state = requestedBy === undefined ? 'connecting' : 'requested';
    this.remote = requestedBy;
  }

  /** What was taken and has neither arrived nor been dropped, unreliable packets of an open session aside. Unit: bytes. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#stream.queuedBytes;
  }

  /** Whether this is what its process uses for the peer. */
  get isCurrent(): boolean {
    return this.state !== 'closed' && this.owner.sessions.get(this.peer.steamId) === this;
  }

  connect(): void {
    this.#watch();
    if (!this.owner.user.ownsApp) {
      this.simulation.after(0, () => this.#fail(SessionError.NoRightsToApp));
      return;
    }
    const { natTraversalMs } = this.simulation.options;
    if (natTraversalMs > 0) this.#knockTimer = this.simulation.after(natTraversalMs, () => this.#knock());
    else this.#knock();
  }

  /** This side's process agrees, by accepting or by sending. */
  accept(): void {
    if (this.state !== 'requested' || this.remote === undefined) return;
    this.adopt(this.remote);
    this.sendAccept();
  }

  /** False: the queue for this user is full. */
  hasRoom(packet: SteamPacket): boolean {
    const unqueued = packet.sendType === SendType.UnreliableNoDelay || this.state === 'open';
    if (packet.sendType < SendType.Reliable && unqueued) return true;
    return this.queuedBytes + packet.bytes.length <= this.simulation.options.queueLimitBytes;
  }

  send(packet: SteamPacket): void {
    if (this.state !== 'connecting') {
      this.#transmit(packet);
    } else if (packet.sendType === SendType.UnreliableNoDelay) {
      this.trace('dropped', packet);
    } else {
      this.#waiting.push(packet);
      this.#waitingBytes += packet.bytes.length;
    }
  }

  /** The other side is known: `remote` accepted, or knocked at a side that had agreed. */
  adopt(remote: Session): void {
    const former = this.remote;
    if (this.state === 'open' && former === remote) return;
    this.state = 'open';
    this.remote = remote;
    this.simulation.cancel(this.#knockTimer);
    this.gotThrough();
    if (former !== undefined && former !== remote) {
      this.#expectedSequence = 0;
      this.#early.clear();
      // Packets for a process that has ended do not reach its successor.
      this.#stream.restart(former.owner === remote.owner || this.simulation.options.stalePackets);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const packet of waiting) this.#transmit(packet);
  }

  /** Tells the other side that this one agreed. When it gets lost, the other side's next knock brings it here again. */
  sendAccept(): void {
    const to = this.remote;
    const delay = this.out.transit(0);
    if (to === undefined || delay === LOST) return;
    this.simulation.carry(delay, () => {
      if (this.out.isUp && this.isCurrent && to.isCurrent && to.owner.isReachable) to.adopt(this);
    });
  }

  /** Hands a packet of this side to the other user's process. Returns whether it, or an equal one before it, is taken. */
  deliver(to: Session | undefined, packet: SteamPacket, sequence: number): boolean {
    return this.peer.process?.receive(this, to, packet, sequence) ?? false;
  }

  /** Takes a packet from the other side: a reliable one in its turn, an unreliable one (`sequence` -1) at once. */
  take(packet: SteamPacket, sequence: number): boolean {
    if (sequence >= 0) {
      if (sequence < this.#expectedSequence) return true;
      if (sequence > this.#expectedSequence) {
        this.#early.set(sequence, packet);
        return true;
      }
    }
    if (!this.owner.inbox.hasRoom(packet.bytes.length)) return false;
    this.#read(packet);
    if (sequence < 0) return true;
    this.#expectedSequence++;
    for (let next = this.#nextEarly(); next !== undefined; next = this.#nextEarly()) this.#read(next);
    return true;
  }

  /** Something of ours arrived, and the way back is there. */
  gotThrough(): void {
    if (this.#failTimer === undefined) return;
    this.simulation.cancel(this.#failTimer);
    this.#failTimer = undefined;
  }

  /** Something of ours did not arrive: from now on the session has so long to get through. */
  missed(): void {
    if (this.state !== 'closed') this.#watch();
  }

  /** The process ends in good order: what it sent is still carried. */
  flush(): void {
    this.#stream.flush();
  }

  /** Drops what is queued. The other side is told nothing. */
  end(): void {
    this.state = 'closed';
    this.simulation.cancel(this.#failTimer);
    this.simulation.cancel(this.#knockTimer);
    for (const packet of this.#waiting) this.trace('dropped', packet);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#stream.stop();
    this.#early.clear();
  }

  trace(what: TraceWhat, packet: SteamPacket): void {
    this.simulation.trace(what, this.owner.user, this.peer, packet);
  }

  #knock(): void {
    if (this.state !== 'connecting') return;
    this.#knockTimer = this.simulation.after(KNOCK_INTERVAL_MS, () => this.#knock());
    const delay = this.out.transit(0);
    if (delay === LOST) return;
    this.simulation.carry(delay, () => {
      if (this.out.isUp && this.isCurrent) this.peer.process?.knocked(this);
    });
  }

  #transmit(packet: SteamPacket): void {
    if (packet.sendType >= SendType.Reliable) {
      this.#stream.send(packet);
      return;
    }
    if (packet.sendType === SendType.UnreliableNoDelay && this.out.isBusy) {
      this.trace('dropped', packet);
      return;
    }
    this.#transmitUnreliable(packet);
    if (this.out.duplicates()) {
      this.trace('duplicated', packet);
      this.#transmitUnreliable(packet);
    }
  }

  #transmitUnreliable(packet: SteamPacket): void {
    const delay = this.out.transit(packet.bytes.length);
    if (delay === LOST) {
      this.trace('lost', packet);
      this.missed();
    } else if (delay === 0) {
      this.#arriveUnreliable(packet, this.remote);
    } else {
      const to = this.remote;
      this.simulation.carry(delay, () => this.#arriveUnreliable(packet, to));
    }
  }

  #arriveUnreliable(packet: SteamPacket, to: Session | undefined): void {
    const taken = this.out.isUp && this.deliver(to, packet, -1);
    if (!taken) this.trace('lost', packet);
    if (taken && this.back.isUsable) this.gotThrough();
    else this.missed();
  }

  #read(packet: SteamPacket): void {
    // A copy: it is the receiver's own, and who sent it may have to send it again.
    this.owner.inbox.put(this.peer.steamId, packet.bytes.slice(), packet.channel);
    this.simulation.trace('delivered', this.peer, this.owner.user, packet);
  }

  #nextEarly(): SteamPacket | undefined {
    const packet = this.#early.get(this.#expectedSequence);
    if (packet !== undefined) this.#early.delete(this.#expectedSequence++);
    return packet;
  }

  #watch(): void {
    this.#failTimer ??= this.simulation.after(this.simulation.options.sessionTimeoutMs, () => this.#timedOut());
  }

  #timedOut(): void {
    this.#failTimer = undefined;
    if (this.state === 'open' && this.owner.isReachable && this.#isReachable()) {
      // Steam's own keep-alives got through, though packets were lost. Nobody sends them for a process that has ended.
      if (!this.#stream.isIdle) this.#watch();
      return;
    }
    this.#fail(SessionError.Timeout);
  }

  #isReachable(): boolean {
    const there = this.peer.process?.sessionWith(this.owner.user.steamId);
    return there !== undefined && there === this.remote && this.out.isUsable && this.back.isUsable;
  }

  #fail(error: SessionError): void {
    if (this.state === 'closed') return;
    this.end();
    this.owner.sessionFailed(this, error);
  }
}
