import type { Socket } from 'node:net';
import type { SendType } from '../../driver/SteamDriver.ts';
import { isIndividualSteamId } from '../../driver/steamId.ts';
import type { LobbyRequests } from '../lobbyPort.ts';
import { lobbyDeskOf, type SimulatedDriver } from '../SimulatedDriver.ts';
import { runCommand } from './commands.ts';
import {
  type Frame,
  FrameReader,
  FrameType,
  HUB_VERSION,
  packetFrame,
  peerFrame,
  Role,
  releasedFrame,
  sessionFailedFrame,
  textFrame,
  welcomeFrame,
} from './frames.ts';
import type { Hub } from './Hub.ts';
import { lobbyNewsTo, readLobbyRequest, readRichPresence } from './lobbyFrames.ts';

/** Unsent bytes for a process that does not read; over it, its packets stay in its inbox, and then with their senders. */
const WRITE_PAUSE_BYTES = 1_048_576;
/** What may wait for a process that reads nothing of its lobbies. Unit: bytes. */
const LOBBY_LAG_BYTES = 67_108_864;
/** Packets for one client at a time, so that all get their turn. */
const POLL_PACKETS = 256;
/** The sender is told of released bytes in steps, a 16th of his limit. */
const RELEASE_STEPS = 16;
const HELLO_TIMEOUT_MS = 5_000;

/** Bytes taken from this client for one peer, and how many of them it knows to have left the queue. */
interface Account {
  taken: number;
  released: number;
}

/** The hub's end of one connection: a user's process, or a control. Whatever it does wrong ends this connection only. */
export class HubClient {
  readonly #hub: Hub;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #accounts = new Map<bigint, Account>();
  readonly #helloTimer: NodeJS.Timeout;
  #role: Role | undefined;
  #driver: SimulatedDriver | undefined;
  #lobbies: LobbyRequests | undefined;
  #saidBye = false;

  constructor(hub: Hub, socket: Socket) {
    this.#hub = hub;
    this.#socket = socket;
    this.#helloTimer = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('drain', () => hub.wake());
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#onClose());
  }

  /** The user of this connection, once it said Hello. */
  get steamId(): bigint | undefined {
    return this.#driver?.steamId;
  }

  /** Hands over what Steam has for this process. */
  pump(): void {
    const driver = this.#driver;
    if (driver === undefined) return;
    this.#socket.cork();
    while (this.#socket.writableLength < WRITE_PAUSE_BYTES && driver.poll(POLL_PACKETS) === POLL_PACKETS);
    for (const [peer, account] of this.#accounts) this.#release(peer, account);
    this.#socket.uncork();
  }

  #onData(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#onFrame(frame);
    } catch {
      this.#socket.destroy(); // a frame that is none, too short, or out of bounds
    }
    this.#hub.wake();
  }

  #onFrame({ type, body }: Frame): void {
    if (this.#role === undefined) {
      if (type !== FrameType.Hello) throw new RangeError('the first frame must be a hello');
      this.#onHello(body);
    } else if (this.#role === Role.Control) {
      if (type === FrameType.Command) this.#onCommand(body.toString());
    } else if (this.#driver !== undefined) {
      this.#onUserFrame(this.#driver, { type, body });
    }
  }

  #onHello(body: Buffer): void {
    clearTimeout(this.#helloTimer);
    const role = body.readUInt8(1);
    if (body.readUInt8(0) !== HUB_VERSION) {
      this.#refuse(`the hub speaks version ${HUB_VERSION}, not ${body[0]}: end every process of it, and start again`);
      return;
    }
    this.#role = role === Role.Control ? Role.Control : Role.User;
    if (this.#role === Role.Control) {
      this.#socket.write(welcomeFrame(0n, 0, 0, ''));
      return;
    }
    this.#logIn(body.readBigUInt64LE(2), body.subarray(10).toString());
  }

  #logIn(steamId: bigint, personaName: string): void {
    const { steam } = this.#hub;
    let driver: SimulatedDriver;
    try {
      driver = steam.user({ ...(steamId === 0n ? {} : { steamId }), ...(personaName === '' ? {} : { personaName }) });
    } catch (error) {
      const taken = this.#hub.users.includes(steamId);
      this.#refuse(taken ? `${steamId} is in use by another process on this machine` : (error as Error).message);
      return;
    }
    this.#driver = driver;
    this.#socket.write(welcomeFrame(driver.steamId, driver.limits.channels, steam.queueLimitBytes, driver.personaName));
    const desk = lobbyDeskOf(driver);
    desk.news = lobbyNewsTo((frame) => this.#writeNews(frame)); // the process has the client to it, not the hub
    this.#lobbies = desk;
    driver.start({
      onSessionRequest: (peer) => this.#socket.write(peerFrame(FrameType.SessionRequest, peer)),
      onSessionFailed: (peer, error) => this.#socket.write(sessionFailedFrame(peer, error)),
      onPacket: (peer, packet, channel) => this.#socket.write(packetFrame(peer, channel, packet)),
      onSteamLost: (reason) => this.#socket.write(textFrame(FrameType.SteamLost, reason)),
      onSteamRestored: () => this.#socket.write(textFrame(FrameType.SteamRestored, '')),
    });
  }

  /** Nothing holds these back at their sender, as packets are, so who reads none of them is cut off in the end. */
  #writeNews(frame: Buffer): void {
    if (this.#socket.writableLength > LOBBY_LAG_BYTES) this.#socket.destroy();
    else this.#socket.write(frame);
  }

  #onUserFrame(driver: SimulatedDriver, frame: Frame): void {
    const { type, body } = frame;
    if (this.#lobbies !== undefined && readLobbyRequest(this.#lobbies, frame)) return;
    switch (type) {
      case FrameType.Send: {
        const peer = body.readBigUInt64LE(0);
        const packet = body.subarray(10);
        if (!isIndividualSteamId(peer)) throw new RangeError(`${peer} is no SteamID`);
        const account = this.#accounts.get(peer) ?? { taken: 0, released: 0 };
        this.#accounts.set(peer, account);
        account.taken += packet.length;
        // The process counts on its own what fits the queue. What is refused all the same, its Steam being lost, is gone.
        driver.send(peer, packet, body.readUInt8(8) as SendType, body.readUInt8(9));
        break;
      }
      case FrameType.AcceptSession:
        driver.acceptSession(body.readBigUInt64LE(0));
        break;
      case FrameType.CloseSession:
        driver.closeSession(body.readBigUInt64LE(0));
        break;
      case FrameType.RichPresence:
        for (const [key, value] of readRichPresence(body)) driver.setRichPresence(key, value);
        break;
      case FrameType.Bye:
        this.#saidBye = true;
        break;
      default:
        throw new RangeError(`no process sends a frame of type ${type}`);
    }
  }

  #onCommand(text: string): void {
    const { id, method, args } = JSON.parse(text) as { id: unknown; method: unknown; args: unknown };
    let reply: object;
    try {
      const status = { pid: process.pid, users: this.#hub.users.map(String) };
      reply = { id, result: method === 'status' ? status : (runCommand(this.#hub.steam, method, args) ?? null) };
    } catch (error) {
      reply = { id, error: (error as Error).message };
    }
    this.#socket.write(textFrame(FrameType.Reply, JSON.stringify(reply)));
  }

  /** Tells how much of what was taken for `peer` is no longer queued: all of it, or enough to be worth a frame. */
  #release(peer: bigint, account: Account): void {
    if (account.taken === account.released) return;
    const { steam } = this.#hub;
    const queued = steam.queuedBytes(this.#driver as SimulatedDriver, peer);
    const released = account.taken - queued;
    if (queued > 0 && released - account.released < steam.queueLimitBytes / RELEASE_STEPS) return;
    account.released = released;
    this.#socket.write(releasedFrame(peer, released));
  }

  #refuse(reason: string): void {
    this.#socket.end(textFrame(FrameType.Refused, reason));
  }

  #onClose(): void {
    clearTimeout(this.#helloTimer);
    const driver = this.#driver;
    this.#driver = undefined;
    if (driver !== undefined && this.#saidBye) this.#hub.steam.exit(driver);
    else if (driver !== undefined) this.#hub.steam.kill(driver);
    this.#hub.remove(this);
    this.#hub.wake();
  }
}
