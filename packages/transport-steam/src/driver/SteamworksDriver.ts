import { checkRichPresence, checkTicketIdentity } from './checkLobby.ts';
import { checkPacket } from './checkPacket.ts';
import type { LobbyDriver } from './LobbyDriver.ts';
import { SteamCallbacks } from './SteamCallbacks.ts';
import {
  type DriverEvents,
  type DriverLimits,
  type DriverTicket,
  RELIABLE_BYTES,
  type SendType,
  type SteamDriver,
  UNRELIABLE_BYTES,
} from './SteamDriver.ts';
import { SteamError } from './SteamError.ts';
import { SteamworksLobbies } from './SteamworksLobbies.ts';
import { isIndividualSteamId } from './steamId.ts';
import { checkClient, SteamCallback, type SteamworksClient, type SteamworksPacket } from './steamworksClient.ts';
import { createSteamworksTicket } from './steamworksTicket.ts';

/**
 * Between two looks for an empty packet, which `isP2PPacketAvailable` does not tell from none, and which jams everything behind it.
 * Nobody who plays by our protocol sends one. A look is a read of {@link RELIABLE_BYTES}, so that nothing is cut that comes in the
 * microsecond after we were told that there is nothing; it takes 30 to 170 µs, four times a second. Unit: ms.
 */
const LOOK_MS = 250;

/** After an empty packet, for so long: who sends one sends more, and shall not jam us each time. Unit: ms. */
const SUSPICIOUS_MS = 10_000;

/** Between two looks meanwhile; one that finds nothing takes about 10 µs, a thousandth of a core. Unit: ms. */
const SUSPICIOUS_LOOK_MS = 10;

/**
 * What a look reads meanwhile. The binding makes a buffer of what we ask for, for an empty packet, too. Each cost 200 µs with 1 MiB
 * (20 000 of them 500 MB), 20 µs with this, 5 µs with 1200 bytes, and 4 µs is any small packet. Not less than this: the largest
 * packet of our own protocol, a chunk of 64 KiB with its headers, is never cut.
 */
const SUSPICIOUS_LOOK_BYTES = 65_536 + 64;

/** Empty packets of a channel in one poll; the next goes on. Who floods us with them takes a third of a millisecond of each turn. */
const MAX_EMPTY_PACKETS = 16;

/** Users whose session requests wait for the next poll. Steam posts a request again while the stranger keeps sending. */
const MAX_WAITING_REQUESTS = 4_096;

/** Users whose failures do: not in the same place, as Steam does not repeat them. They are users whom we sent to, not strangers. */
const MAX_WAITING_FAILURES = 4_096;

/** Each costs a call per poll. */
const MAX_CHANNELS = 32;

export interface SteamworksDriverOptions {
  /**
   * Steam channels of this library, 1 to 32: so many, from 0 on; the others are the game's. More than 1 needs a build of steamworks.js
   * whose functions take a channel.
   * @default 1
   */
  channels?: number;
}

/**
 * Steam itself, by steamworks.js: `new SteamworksDriver(steamworks.init(480))`. The game owns `init`.
 *
 * In Electron, this belongs in the main process (or a utility process); one thread of a process only. steamworks.js keeps its
 * process alive by a timer of its own: end the process with `app.quit()` or `process.exit()`.
 *
 * {@link close} stops the receiving: sessions stay, as steamworks.js 0.4.0 cannot close them, and what arrives meanwhile is read
 * after the next {@link start}.
 *
 * `init` once in a process, even where another would succeed: it takes away every handler that was registered, so that nobody hears of
 * session requests and failures any more, until the next driver is made or started.
 *
 * `onSteamLost` never comes: only SteamServersDisconnected would tell, whose registration can abort the process, and Steam's
 * servers may go away for maintenance while players go on playing. A peer that is really gone is found by its silence.
 */
export class SteamworksDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  /** Only where the build of steamworks.js has `closeP2PSession`. */
  declare readonly closeSession?: (peer: bigint) => void;
  /** Only where the build has them, as {@link setRichPresence} and {@link createTicket}. 0.4.0 has all three. */
  declare readonly lobbies?: LobbyDriver;
  /** Whether Steam took it, the binding does not say: it ignores a key that is one too many. */
  declare readonly setRichPresence?: (key: string, value: string | undefined) => void;
  declare readonly createTicket?: (identity: string) => Promise<DriverTicket>;

  readonly #client: SteamworksClient;
  readonly #networking: SteamworksClient['networking'];
  readonly #callbacks: SteamCallbacks;
  readonly #waitingRequests = new Set<bigint>();
  readonly #waitingFailures = new Map<bigint, number>();
  #unsubscribe: (() => void)[] = [];
  #events: DriverEvents | undefined;
  #closed = false;
  #nextChannel = 0;
  #lookAt = 0;
  #suspiciousUntil = 0;
  #cutPackets = 0;

  /**
   * @throws TypeError when `client` is not what `init` returned, RangeError for the options,
   *   SteamError `not-logged-in` when Steam has no user
   */
  constructor(client: SteamworksClient, options: SteamworksDriverOptions = {}) {
    checkClient(client);
    this.#client = client;
    this.#networking = client.networking;
    this.#callbacks = SteamCallbacks.of(client);
    // Once, as it costs 0.7 µs: it cannot change while the process lives.
    this.steamId = client.localplayer.getSteamId().steamId64;
    if (!isIndividualSteamId(this.steamId)) {
      throw new SteamError(
        'not-logged-in',
        `Steam says that our SteamID is ${this.steamId}: nobody is logged in; log in to Steam`,
      );
    }
    this.limits = { unreliableBytes: UNRELIABLE_BYTES, reliableBytes: RELIABLE_BYTES, channels: channelsOf(client, options) };
    if (client.networking.closeP2PSession !== undefined) this.closeSession = (peer) => this.#closeSession(peer);
    const { matchmaking, auth } = client;
    if (matchmaking !== undefined) this.lobbies = new SteamworksLobbies(matchmaking, this.#callbacks, this.steamId);
    if (client.localplayer.setRichPresence !== undefined) {
      this.setRichPresence = (key, value) => {
        checkRichPresence(key, value);
        client.localplayer.setRichPresence?.(key, value);
      };
    }
    if (auth !== undefined) {
      this.createTicket = (identity) => {
        checkTicketIdentity(identity);
        return createSteamworksTicket(auth, identity);
      };
    }
    // From now on, not from start() on: what comes before is lost.
    this.#subscribe();
  }

  /** Self-reported, and may change. */
  get personaName(): string {
    return this.#client.localplayer.getName();
  }

  /**
   * Packets that came cut, and were lost: a reliable one among them was one too few for its stream. 0, unless other code of this process
   * reads Steam's packets, or in the microsecond between a question and its answer one of more than 64 KiB came behind an empty one.
   */
  get cutPackets(): number {
    return this.#cutPackets;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  start(events: DriverEvents): void {
    if (this.#events !== undefined) throw new Error(`the driver of ${this.steamId} is started already; close() it first`);
    this.#subscribe();
    // There may have been another init meanwhile.
    this.#callbacks.renew();
    this.#events = events;
    this.#closed = false;
  }

  poll(maxPackets: number): number {
    const events = this.#events;
    if (events === undefined) return 0;
    this.#tellWaiting(events);
    const now = performance.now();
    const looks = now >= this.#lookAt;
    if (looks) this.#lookAt = now + (now < this.#suspiciousUntil ? SUSPICIOUS_LOOK_MS : LOOK_MS);
    const { channels } = this.limits;
    let packets = 0;
    let reads = 0;
    for (let left = channels; left > 0 && reads < maxPackets; left--) {
      const channel = this.#nextChannel;
      this.#nextChannel = (channel + 1) % channels;
      let empty = 0;
      while (reads < maxPackets && this.#events === events) {
        const lookBytes = now < this.#suspiciousUntil ? SUSPICIOUS_LOOK_BYTES : RELIABLE_BYTES;
        const packet = this.#read(channel, looks && empty < MAX_EMPTY_PACKETS ? lookBytes : 0);
        if (packet === undefined) break;
        reads++;
        if (packet.size > packet.data.length) {
          this.#reportCut(packet);
          continue;
        }
        if (packet.size === 0) {
          empty++;
          this.#suspiciousUntil = now + SUSPICIOUS_MS;
          this.#lookAt = now; // the next poll looks at once, whether this one finds the last of them or not
        }
        packets++;
        events.onPacket(packet.steamId.steamId64, bytesOf(packet), channel);
      }
    }
    return packets;
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    checkPacket(this.limits, packet, sendType, channel);
    // The binding takes any bigint, without its sign and its upper bits: that would be somebody else.
    if (this.#closed || !isIndividualSteamId(peer)) return false;
    return this.#networking.sendP2PPacket(peer, sendType, packet, channel);
  }

  acceptSession(peer: bigint): void {
    if (!this.#closed && isIndividualSteamId(peer)) this.#networking.acceptP2PSession(peer);
  }

  close(): void {
    this.#events = undefined;
    this.#closed = true;
    this.#waitingRequests.clear();
    this.#waitingFailures.clear();
    this.#endSubscriptions();
  }

  #closeSession(peer: bigint): void {
    if (!this.#closed && isIndividualSteamId(peer)) this.#networking.closeP2PSession?.(peer);
  }

  /** Both or none. */
  #subscribe(): void {
    if (this.#unsubscribe.length > 0) return;
    // Callbacks come by a timer of steamworks.js; ours must come from inside poll. Ids may be numbers, whatever the types say.
    try {
      this.#unsubscribe.push(
        this.#callbacks.on(SteamCallback.P2PSessionRequest, ({ remote }) => {
          if (this.#waitingRequests.size < MAX_WAITING_REQUESTS) this.#waitingRequests.add(BigInt(remote));
        }),
      );
      this.#unsubscribe.push(
        this.#callbacks.on(SteamCallback.P2PSessionConnectFail, ({ remote, error }) => {
          const peer = BigInt(remote);
          const hasRoom = this.#waitingFailures.size < MAX_WAITING_FAILURES || this.#waitingFailures.has(peer);
          if (hasRoom) this.#waitingFailures.set(peer, error);
        }),
      );
    } catch (error) {
      this.#endSubscriptions();
      throw error;
    }
  }

  #endSubscriptions(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /**
   * Failures first: it is the new session that a request is about. Otherwise they may come in any order, and those of one user as one.
   * Each is taken away before it is told: when a handler throws, the next poll goes on behind it; when it closes the driver, none is left.
   */
  #tellWaiting(events: DriverEvents): void {
    for (const [peer, error] of this.#waitingFailures) {
      this.#waitingFailures.delete(peer);
      events.onSessionFailed(peer, error);
    }
    for (const peer of this.#waitingRequests) {
      this.#waitingRequests.delete(peer);
      events.onSessionRequest(peer);
    }
  }

  /** `lookBytes`: of the largest packet that may come while we look for an empty one; 0, when we do not. */
  #read(channel: number, lookBytes: number): SteamworksPacket | undefined {
    const available = this.#networking.isP2PPacketAvailable(channel);
    if (available <= 0 && lookBytes === 0) return undefined;
    try {
      // Never a number that is not a length: the binding aborts the process.
      return this.#networking.readP2PPacket(available > 0 ? Math.min(available, RELIABLE_BYTES) : lookBytes, channel);
    } catch {
      return undefined; // nothing was queued
    }
  }

  /** Of no use to anybody, and no reason to think that nothing is behind it. */
  #reportCut({ size, data, steamId }: SteamworksPacket): void {
    if (this.#cutPackets++ > 0) return;
    process.emitWarning(
      `a packet of ${size} bytes from ${steamId.steamId64} was cut to ${data.length} and is lost: ` +
        'is there other code in this process that calls readP2PPacket? (said once; cutPackets counts)',
      'SteamWarning',
    );
  }
}

/** A plain array, not a Buffer, whose `slice()` would not copy. */
function bytesOf({ data, size }: SteamworksPacket): Uint8Array {
  // A look for an empty packet that finds another leaves a buffer of 1 MiB: not for the receiver to keep.
  return data.length > size ? new Uint8Array(data.subarray(0, size)) : new Uint8Array(data.buffer, data.byteOffset, size);
}

function channelsOf({ networking }: SteamworksClient, { channels }: SteamworksDriverOptions): number {
  if (channels !== undefined && !(Number.isInteger(channels) && channels >= 1 && channels <= MAX_CHANNELS)) {
    throw new RangeError(`channels is ${channels}, but must be an integer from 1 to ${MAX_CHANNELS}`);
  }
  if (channels === undefined || channels === 1) return 1;
  if (takesChannel(networking)) return channels;
  throw new RangeError(`channels is ${channels}, but this build of steamworks.js has channel 0 only`);
}

/** Whether the build takes a channel: a binding that does refuses one that is no number, a binding that does not never looks at it. */
function takesChannel(networking: SteamworksClient['networking']): boolean {
  try {
    networking.isP2PPacketAvailable('none' as unknown as number);
    return false;
  } catch {
    return true;
  }
}
