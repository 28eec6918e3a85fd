import { SendType, type SessionError } from '../driver/SteamDriver.ts';
import { isIndividualSteamId } from '../driver/steamId.ts';
import { Inbox } from './Inbox.ts';
import { LobbyDesk } from './LobbyDesk.ts';
import { RichPresence } from './RichPresence.ts';
import { Session, type SessionState } from './Session.ts';
import type { Simulation, SteamPacket, SteamUser } from './Simulation.ts';

/** What Steam keeps for one running process of a user: its sessions, what the process has not read, its lobbies. */
export class SteamProcess {
  readonly simulation: Simulation;
  readonly user: SteamUser;
  readonly inbox: Inbox;
  readonly sessions = new Map<bigint, Session>();
  readonly lobbies: LobbyDesk;
  readonly richPresence = new RichPresence();
  /** Users whose failure was reported, and who have not been closed since. */
  readonly #reported = new Set<bigint>();

  constructor(simulation: Simulation, user: SteamUser) {
    this.simulation = simulation;
    this.user = user;
    this.inbox = new Inbox(simulation.options.inboxLimitBytes);
    this.lobbies = new LobbyDesk(this);
    user.process = this;
  }

  /** Whether packets from others find this process. */
  get isReachable(): boolean {
    return this.user.process === this && this.user.steamUp;
  }

  /** `bytes` must be a copy. False: Steam refuses it. */
  send(peer: bigint, packet: SteamPacket): boolean {
    const { user, simulation } = this;
    if (!this.isReachable || !isIndividualSteamId(peer)) return false;
    const taken = this.#send(peer, packet);
    if (taken) user.packetsSent++;
    else simulation.trace('refused', user, simulation.user(peer), packet);
    return taken;
  }

  #send(peer: bigint, packet: SteamPacket): boolean {
    const { user, simulation } = this;
    if (peer === user.steamId) {
      if (!this.inbox.hasRoom(packet.bytes.length)) return false;
      simulation.trace('sent', user, user, packet);
      this.inbox.put(peer, packet.bytes, packet.channel);
      simulation.trace('delivered', user, user, packet);
      return true;
    }
    const known = this.sessions.get(peer);
    const session = known ?? new Session(this, simulation.user(peer));
    if (session.out.refusing || !session.hasRoom(packet)) return false;
    session.trace('sent', packet);
    session.sends++;
    if (known === undefined) {
      this.sessions.set(peer, session);
      session.connect();
    } else {
      session.accept(); // having sent to a user is an implicit accept of his request (Valve)
    }
    if (session.out.trueButLost > 0 && packet.sendType >= SendType.Reliable) {
      session.out.trueButLost--;
      session.trace('dropped', packet);
      return true;
    }
    session.send(packet);
    return true;
  }

  acceptSession(peer: bigint): void {
    this.sessions.get(peer)?.accept();
  }

  closeSession(peer: bigint): void {
    this.#reported.delete(peer);
    this.sessions.get(peer)?.end();
    this.sessions.delete(peer);
  }

  sessionState(peer: bigint): Exclude<SessionState, 'closed'> | 'none' {
    const state = this.sessions.get(peer)?.state;
    return state === undefined || state === 'closed' ? 'none' : state;
  }

  /** This process's side, when packets from `peer` can be read here. */
  sessionWith(peer: bigint): Session | undefined {
    const session = this.isReachable ? this.sessions.get(peer) : undefined;
    return session?.state === 'open' ? session : undefined;
  }

  /** Another process's session wants in, for the first time or again. */
  knocked(from: Session): void {
    if (!this.isReachable) return;
    const session = this.sessions.get(from.owner.user.steamId);
    if (session === undefined || session.state === 'requested') {
      this.#request(from, session);
    } else {
      session.adopt(from);
      session.sendAccept();
    }
  }

  /**
   * A packet that session `from` sent when it knew `to` as this side. Returns whether it is taken; a reliable one that is not
   * comes again.
   */
  receive(from: Session, to: Session | undefined, packet: SteamPacket, sequence: number): boolean {
    if (!this.isReachable) return false;
    // The usual case: two open sides that know each other.
    if (to?.state === 'open' && to.remote === from && to.owner === this) return to.take(packet, sequence);
    const session = this.sessions.get(from.owner.user.steamId);
    if (session === undefined || session.state === 'requested') {
      // This process has closed its side, or is a new one: to it, `from` is somebody it never talked to.
      if (from.isCurrent) this.#request(from, session);
      return false;
    }
    if (session === to && from.isCurrent) {
      session.adopt(from);
      return session.take(packet, sequence);
    }
    if (session.remote === from) {
      session.sendAccept(); // `from` does not know of this side yet
      return false;
    }
    return this.simulation.options.stalePackets && session.take(packet, -1);
  }

  sessionFailed(session: Session, error: SessionError): void {
    const peer = session.peer.steamId;
    if (this.sessions.get(peer) === session) this.sessions.delete(peer);
    if (this.#reported.has(peer) && !this.simulation.options.repeatFailures) return;
    this.#reported.add(peer);
    this.inbox.notify((events) => events.onSessionFailed(peer, error));
  }

  /** The connection to Steam is gone, and with it all that Steam kept. */
  steamLost(reason: string): void {
    this.#endSessions();
    this.#reported.clear();
    this.inbox.clear();
    this.inbox.notify((events) => events.onSteamLost(reason));
    this.richPresence.clear();
    this.lobbies.end(reason);
  }

  steamRestored(): void {
    this.lobbies.restored();
    this.inbox.notify((events) => events.onSteamRestored());
  }

  /** Killed: what is on its way arrives, nothing is sent again, and nobody is told. */
  kill(): void {
    if (this.user.process === this) this.user.process = undefined;
    this.#endSessions();
    this.#gone();
  }

  /** Ends in good order: nothing is received any more, but what it sent to open sessions is carried to its end. */
  exit(): void {
    if (this.user.process === this) this.user.process = undefined;
    for (const session of this.sessions.values()) session.flush();
    this.#gone();
  }

  #request(from: Session, known: Session | undefined): void {
    const { user } = from.owner;
    const session = known ?? new Session(this, user, from);
    if (session.remote !== from) {
      session.remote = from;
      session.requestPostedSends = 0;
    }
    this.sessions.set(user.steamId, session);
    const again = this.simulation.now - session.requestPostedAt >= this.simulation.options.requestRepeatMs;
    if (!again || from.sends <= session.requestPostedSends) return;
    session.requestPostedAt = this.simulation.now;
    session.requestPostedSends = from.sends;
    this.inbox.notify((events) => events.onSessionRequest(user.steamId));
  }

  #gone(): void {
    this.inbox.clear();
    this.richPresence.clear();
    this.lobbies.end('the process has ended');
    this.simulation.tickets.cancelAll(this.user.steamId);
  }

  #endSessions(): void {
    for (const session of this.sessions.values()) session.end();
    this.sessions.clear();
  }
}
