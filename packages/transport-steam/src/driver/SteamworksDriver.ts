import { checkPacket } from './checkPacket.ts';
import { SteamCallbacks } from './SteamCallbacks.ts';
import {
  type DriverEvents,
  type DriverLimits,
  RELIABLE_BYTES,
  type SendType,
  type SteamDriver,
  UNRELIABLE_BYTES,
} from './SteamDriver.ts';
import { SteamError } from './SteamError.ts';
import { isIndividualSteamId } from './steamId.ts';
import { checkClient, SteamCallback, type SteamworksClient, type SteamworksPacket } from './steamworksClient.ts';

/**
 * Between two looks for an empty packet, which `isP2PPacketAvailable` does not tell from none, and which jams everything behind it.
 * A look throws, catches and clears 1 MiB: 20 a second would take an idle host a quarter of a percent of a core. Nobody who plays by
 * our protocol sends an empty one. Unit: ms.
 */
const PROBE_MS = 250;

/** After an empty packet, every poll looks for the next so long: who sends one sends more, and shall not jam us each time. Unit: ms. */
const SUSPICIOUS_MS = 10_000;

/** Session requests and failures that wait for the next poll. Steam posts a request again while the stranger keeps sending. */
const MAX_WAITING_EVENTS = 4_096;

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
 * `onSteamLost` never comes: only SteamServersDisconnected would tell, whose registration can abort the process, and Steam's
 * servers may go away for maintenance while players go on playing. A peer that is really gone is found by its silence.
 */
export class SteamworksDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  /** Only where the build of steamworks.js has `closeP2PSession`. */
  declare readonly closeSession?: (peer: bigint) => void;

  readonly #client: SteamworksClient;
  readonly #networking: SteamworksClient['networking'];
  readonly #callbacks: SteamCallbacks;
  #waiting: ((events: DriverEvents) => void)[] = [];
  #unsubscribe: (() => void)[] = [];
  #events: DriverEvents | undefined;
  #closed = false;
  #nextChannel = 0;
  #probeAt = 0;
  #suspiciousUntil = 0;

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
    // From now on, not from start() on: what comes before is lost.
    this.#subscribe();
  }

  /** Self-reported, and may change. */
  get personaName(): string {
    return this.#client.localplayer.getName();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  start(events: DriverEvents): void {
    if (this.#events !== undefined) throw new Error(`the driver of ${this.steamId} is started already; close() it first`);
    this.#events = events;
    this.#closed = false;
    this.#subscribe();
  }

  poll(maxPackets: number): number {
    const events = this.#events;
    if (events === undefined) return 0;
    this.#tellWaiting(events);
    const now = performance.now();
    const looksForEmpty = now >= this.#probeAt || now < this.#suspiciousUntil;
    if (looksForEmpty) this.#probeAt = now + PROBE_MS;
    const { channels } = this.limits;
    let packets = 0;
    for (let left = channels; left > 0 && packets < maxPackets; left--) {
      const channel = this.#nextChannel;
      this.#nextChannel = (channel + 1) % channels;
      while (packets < maxPackets && this.#events === events) {
        const packet = this.#read(channel, looksForEmpty);
        if (packet === undefined) break;
        if (packet.size === 0) this.#suspiciousUntil = now + SUSPICIOUS_MS;
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
    this.#waiting = [];
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #closeSession(peer: bigint): void {
    if (!this.#closed && isIndividualSteamId(peer)) this.#networking.closeP2PSession?.(peer);
  }

  #subscribe(): void {
    if (this.#unsubscribe.length > 0) return;
    this.#unsubscribe = [
      this.#callbacks.on(SteamCallback.P2PSessionRequest, ({ remote }) => {
        this.#wait(remote, (events, peer) => events.onSessionRequest(peer));
      }),
      this.#callbacks.on(SteamCallback.P2PSessionConnectFail, ({ remote, error }) => {
        this.#wait(remote, (events, peer) => events.onSessionFailed(peer, error));
      }),
    ];
  }

  /** Callbacks come by a timer of steamworks.js; ours must come from inside poll. */
  #wait(remote: bigint | number, tell: (events: DriverEvents, peer: bigint) => void): void {
    const peer = BigInt(remote);
    if (this.#waiting.length < MAX_WAITING_EVENTS) this.#waiting.push((events) => tell(events, peer));
  }

  #tellWaiting(events: DriverEvents): void {
    // One by one: when a handler throws, the next poll goes on behind it.
    while (this.#waiting.length > 0 && this.#events === events) this.#waiting.shift()?.(events);
  }

  #read(channel: number, looksForEmpty: boolean): SteamworksPacket | undefined {
    const available = this.#networking.isP2PPacketAvailable(channel);
    if (available <= 0 && !looksForEmpty) return undefined;
    try {
      // Never less than there may be: what does not fit is lost, and in a look for an empty packet another may have come since we
      // asked. And never a number that is not a length: the binding aborts the process.
      const bytes = available > 0 ? Math.min(available, RELIABLE_BYTES) : RELIABLE_BYTES;
      const packet = this.#networking.readP2PPacket(bytes, channel);
      // Cut, as another thread read the one that we asked about: of no use to anybody.
      return packet.size <= packet.data.length ? packet : undefined;
    } catch {
      return undefined; // nothing was queued
    }
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
