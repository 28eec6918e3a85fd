import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkRichPresence, checkTicketIdentity } from '../../driver/checkLobby.ts';
import { checkPacket } from '../../driver/checkPacket.ts';
import type { LobbyDriver } from '../../driver/LobbyDriver.ts';
import {
  type DriverEvents,
  type DriverLimits,
  type DriverTicket,
  RELIABLE_BYTES,
  type SendType,
  type SteamDriver,
  UNRELIABLE_BYTES,
} from '../../driver/SteamDriver.ts';
import { isIndividualSteamId } from '../../driver/steamId.ts';
import { Inbox } from '../Inbox.ts';
import { LocalLobbies } from '../LocalLobbies.ts';
import { Tickets } from '../Tickets.ts';
import { atExit, notAtExit } from './atExit.ts';
import { type Frame, type FrameReader, FrameType, peerFrame, sendFrame, textFrame } from './frames.ts';
import { lobbyRequestsTo, readLobbyNews, richPresenceFrame } from './lobbyFrames.ts';
import type { Login } from './login.ts';

/** Unread packets of so many bytes stop the reading from the hub, which then holds back the senders. */
const INBOX_PAUSE_BYTES = 4_194_304;
/** Packets of so many bytes are copied: what is read into need not be new for each, and who does not look at them gives their memory back. */
const LARGE_BYTES = 1_024;
/** Between two attempts to come back to a hub that refuses. Unit: ms. */
const RETURN_RETRY_MS = 100;
/** What the hub may take to hang up after a goodbye. Unit: ms. */
const GOODBYE_MS = 1000;

/** What was sent to one peer, and what the hub said has left its queue. Unit: bytes. */
interface Account {
  sent: number;
  released: number;
}

/** Who a driver is, and what Steam gives him. */
type HubUser = Pick<Login, 'steamId' | 'personaName' | 'channels' | 'queueLimitBytes'>;

/** How a driver lives. */
export interface HubLife {
  /** It is logged in already. Without it, it is when somebody starts it or calls `logIn()`. */
  readonly login?: Login;
  /** Whether an open driver keeps its process alive by itself, also when nobody uses it. */
  readonly keepsProcess: boolean;
}

/**
 * A user of the Steam that the hub simulates for all processes of this machine. `connectToHub()` makes it.
 *
 * An open driver keeps its process alive. {@link close} logs the user out: for the others his process has ended, and
 * {@link start} after it is a new one.
 */
export class HubDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  readonly personaName: string;
  readonly lobbies: LobbyDriver;

  readonly #askHub: (aborted: () => boolean) => Promise<Login>;
  readonly #keepsProcess: boolean;
  readonly #inbox = new Inbox(INBOX_PAUSE_BYTES);
  readonly #accounts = new Map<bigint, Account>();
  readonly #lobbies: LocalLobbies;
  /** Known to this process only: the hub verifies none. */
  readonly #tickets = new Tickets();
  #queueLimitBytes: number;
  /** Undefined while there is no hub. */
  #socket: Socket | undefined;
  /** There is a hub, but the Steam of this user is lost. */
  #steamLost = false;
  #events: DriverEvents | undefined;
  #closed = false;
  /** A login that is under way: whoever wants another waits for this one, since the hub takes a user once only. */
  #loggingIn: Promise<void> | undefined;
  #comingBack = false;
  /** Whether the hub has let us in since the driver was opened. */
  #wasIn = false;
  /** Why the hub did not let us in, and nobody was told yet. */
  #refusal: string | undefined;
  /** Our owner was told that Steam is lost, and not that it came back. */
  #saidLost = false;
  /** What was written in this turn. */
  #frames: Buffer[] = [];
  readonly #flush = (): void => this.#flushFrames();

  constructor(user: HubUser, askHub: (aborted: () => boolean) => Promise<Login>, { login, keepsProcess }: HubLife) {
    this.steamId = user.steamId;
    this.personaName = user.personaName;
    this.#queueLimitBytes = user.queueLimitBytes;
    this.limits = { unreliableBytes: UNRELIABLE_BYTES, reliableBytes: RELIABLE_BYTES, channels: user.channels };
    this.#askHub = askHub;
    this.#keepsProcess = keepsProcess;
    const isUp = (): boolean => this.#isUp;
    this.#lobbies = new LocalLobbies(this.steamId, {
      ...lobbyRequestsTo((frame) => this.#write(frame)),
      get isUp() {
        return isUp();
      },
      runDue() {}, // the hub does
    });
    this.lobbies = this.#lobbies;
    if (login !== undefined) this.#use(login);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Logs in, when that was not done yet: {@link start} does so too, but tells nobody when it is done.
   *
   * @throws Error (rejects) with the hub's reason when it refuses, when no hub can be started, or when the driver is closed meanwhile
   */
  logIn(): Promise<void> {
    this.#closed = false;
    if (this.#socket !== undefined) return Promise.resolve();
    this.#loggingIn ??= this.#logInOnce().finally(() => {
      this.#loggingIn = undefined;
    });
    return this.#loggingIn;
  }

  start(events: DriverEvents): void {
    if (this.#events !== undefined) throw new Error(`the driver of ${this.steamId} is started already; close() it first`);
    this.#events = events;
    this.#closed = false;
    void this.#comeBack();
  }

  poll(maxPackets: number): number {
    const events = this.#events;
    if (events === undefined) return 0;
    if (this.#refusal !== undefined) {
      const reason = this.#refusal;
      this.#refusal = undefined;
      this.#saidLost = true;
      events.onSteamLost(reason);
    }
    const delivered = this.#inbox.deliver(events, maxPackets, () => this.#events === events);
    if (this.#socket?.isPaused() && this.#inbox.hasRoom(INBOX_PAUSE_BYTES / 2)) this.#socket.resume();
    return delivered;
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    checkPacket(this.limits, packet, sendType, channel);
    if (!this.#isUp || !isIndividualSteamId(peer)) return false;
    let account = this.#accounts.get(peer);
    if (account === undefined) {
      account = { sent: 0, released: 0 };
      this.#accounts.set(peer, account);
    }
    // Counts what is on its way to the hub as well, so the hub never has to refuse what was taken here with true.
    if (account.sent - account.released + packet.length > this.#queueLimitBytes) return false;
    account.sent += packet.length;
    this.#write(sendFrame(peer, sendType, channel, packet));
    return true;
  }

  acceptSession(peer: bigint): void {
    if (isIndividualSteamId(peer)) this.#write(peerFrame(FrameType.AcceptSession, peer));
  }

  closeSession(peer: bigint): void {
    if (isIndividualSteamId(peer)) this.#write(peerFrame(FrameType.CloseSession, peer));
  }

  setRichPresence(key: string, value: string | undefined): void {
    checkRichPresence(key, value);
    this.#write(richPresenceFrame(key, value ?? ''));
  }

  /** Its bytes are those of the simulated Steam, see `readSimulatedTicket`. */
  createTicket(identity: string): Promise<DriverTicket> {
    checkTicketIdentity(identity);
    if (!this.#isUp) return Promise.reject(new Error(`no ticket for ${this.steamId}: there is no connection to Steam`));
    return Promise.resolve(this.#tickets.create(this.steamId, identity));
  }

  close(): void {
    this.#events = undefined;
    this.#closed = true;
    this.#wasIn = false;
    this.#refusal = undefined;
    this.#saidLost = false;
    this.#inbox.clear();
    this.#lobbies.lost('the driver was closed');
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#write(textFrame(FrameType.Bye, ''));
    this.#forget(socket);
    socket.resume(); // what still comes is thrown away, so that the end is seen
    socket.end();
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
  }

  get #isUp(): boolean {
    return this.#socket !== undefined && !this.#steamLost;
  }

  #use(login: Login): void {
    const { line } = login;
    const { socket, reader } = line;
    this.#socket = socket;
    if (!this.#keepsProcess) socket.unref();
    this.#wasIn = true;
    this.#refusal = undefined;
    this.#steamLost = false;
    this.#queueLimitBytes = login.queueLimitBytes;
    this.#accounts.clear();
    socket.on('close', () => this.#lost(socket));
    const readFrames = (): void => {
      try {
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) this.#onFrame(frame, reader);
      } catch {
        socket.destroy();
        return;
      }
      if (!this.#inbox.hasRoom(0)) socket.pause();
    };
    line.onRead = () => {
      if (this.#socket === socket) readFrames();
      else reader.clear();
    };
    socket.resume();
    readFrames();
    atExit(this.#flush);
  }

  #onFrame(frame: Frame, reader: FrameReader): void {
    const { type, body } = frame;
    const inbox = this.#inbox;
    if (readLobbyNews(this.#lobbies, frame)) return;
    switch (type) {
      case FrameType.Packet:
        inbox.put(body.readBigUInt64LE(0), packetIn(body, reader), body.readUInt8(8));
        break;
      case FrameType.SessionRequest: {
        const peer = body.readBigUInt64LE(0);
        inbox.notify((events) => events.onSessionRequest(peer));
        break;
      }
      case FrameType.SessionFailed: {
        const peer = body.readBigUInt64LE(0);
        const error = body.readUInt8(8);
        inbox.notify((events) => events.onSessionFailed(peer, error));
        break;
      }
      case FrameType.Released: {
        const account = this.#accounts.get(body.readBigUInt64LE(0));
        if (account !== undefined) account.released = body.readDoubleLE(8);
        break;
      }
      case FrameType.SteamLost: {
        const reason = body.toString();
        this.#steamLost = true;
        this.#lobbies.lost(reason);
        inbox.clear();
        inbox.notify((events) => events.onSteamLost(reason));
        break;
      }
      case FrameType.SteamRestored:
        this.#steamLost = false;
        inbox.notify((events) => events.onSteamRestored());
        break;
      default: // of a later hub: not for us
    }
  }

  /**
   * All frames of one turn leave in one write; also when the process exits in this turn. Joined here: to a stream each chunk costs more than the
   * copy of it.
   */
  #write(frame: Buffer): void {
    if (this.#socket === undefined) return;
    if (this.#frames.push(frame) === 1) process.nextTick(this.#flush);
  }

  #flushFrames(): void {
    if (this.#frames.length === 0) return;
    this.#socket?.write(Buffer.concat(this.#frames));
    this.#frames = [];
  }

  #forget(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#flushFrames();
    this.#socket = undefined;
    notAtExit(this.#flush);
  }

  /** The hub is gone, as Steam is when its client crashes. */
  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#forget(socket);
    const reason = 'the hub of the simulated Steam is gone';
    this.#lobbies.lost(reason);
    this.#inbox.clear();
    this.#inbox.notify((events) => events.onSteamLost(reason));
    this.#saidLost = true;
    void this.#comeBack();
  }

  /** Logs in, when we are not, and tries until it succeeds. */
  async #comeBack(): Promise<void> {
    if (this.#comingBack) return;
    this.#comingBack = true;
    while (!this.#closed && this.#socket === undefined) {
      try {
        await this.logIn();
      } catch (error) {
        // Of one who was in, the hub may still know the former process: he waits. Another one may wait for ever, and should know why.
        if (!this.#wasIn) this.#refusal = `the simulated Steam has no place for ${this.steamId}: ${(error as Error).message}`;
        await sleep(RETURN_RETRY_MS, undefined, { ref: this.#keepsProcess });
      }
    }
    this.#comingBack = false;
  }

  async #logInOnce(): Promise<void> {
    const login = await this.#askHub(() => this.#closed);
    if (this.#closed) {
      login.line.socket.destroy();
      throw new Error(`the driver of ${this.steamId} was closed`);
    }
    if (this.#saidLost) this.#inbox.notify((events) => events.onSteamRestored());
    this.#saidLost = false;
    this.#use(login);
  }
}

/** A plain array, as every driver gives: slice() of a Buffer would not copy. A large one has memory of its own. */
function packetIn(body: Buffer, reader: FrameReader): Uint8Array {
  const packet = new Uint8Array(body.buffer, body.byteOffset + 9, body.length - 9);
  if (packet.length >= LARGE_BYTES) return packet.slice();
  reader.keep();
  return packet;
}
