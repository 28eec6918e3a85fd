import { isDeepStrictEqual } from 'node:util';
import { type Channel, type ChannelOptions, resolveChannels } from './channels.ts';
import {
  type CompressionAlgorithm,
  type CompressionOptions,
  defaultCompressionOptions,
  type ResolvedCompression,
  resolveCompression,
} from './compressionOptions.ts';
import { checkContract, fingerprintOf } from './contract.ts';
import type { MessageContract } from './types.ts';

/** Limits and times of an {@link Endpoint}. All have defaults; a value out of its bounds throws a `RangeError` that names it. */
export interface EndpointOptions {
  /**
   * Who drives the endpoint. `auto`: the library's own timer, every turn while packets come, every ms while there is traffic,
   * 60 times a second while there is none, 20 times a second after a second of silence. `manual`: the game calls `endpoint.poll()`
   * from its own loop.
   * @default 'auto'
   */
  poll?: 'auto' | 'manual';
  /**
   * Packets read in one turn, at most: what a flood may cost the event loop before others have theirs. Unit: packets.
   * @default 256
   */
  maxPacketsPerPoll?: number;
  /**
   * From the first call to a session, and from `connect()` to open, retries included. Unit: ms.
   * @default 10_000
   */
  connectTimeoutMs?: number;
  /**
   * From `request()` to its answer: what a host may take for an `onAuth`, an `onCreate` or a route. Without a session
   * `connectTimeoutMs` is over first. Unit: ms.
   * @default 60_000
   */
  requestTimeoutMs?: number;
  /**
   * Pause between two hellos while a session is being made. Unit: ms.
   * @default 1_000
   */
  helloRetryMs?: number;
  /**
   * The longest time between two pings. Pings ride along with reliable traffic, and go alone only when there is none. Unit: ms.
   * @default 2_000
   */
  heartbeatMs?: number;
  /**
   * A peer of whom nothing comes for so long is gone; and one of whom only unreliable packets come for four times as long, for Steam's reliable
   * stream stands still. Below Steam's own 20 s, so that a queue which Steam drops is never taken for delivered. Unit: ms.
   * @default 15_000
   */
  deadAfterMs?: number;
  /**
   * How much silence beside that is granted to a peer who announces it: a level that loads ({@link Endpoint.announcePause}). 0: none. Unit: ms.
   * @default 60_000
   */
  maxPauseMs?: number;
  /**
   * A session without connections or requests is let go after so long; the next use makes a new one. Unit: ms.
   * @default 30_000
   */
  idleSessionMs?: number;
  /**
   * Largest message, either way, and largest request or response. The smaller of both ends' limits counts. Unit: bytes.
   * @default 1_048_576
   */
  maxMessageBytes?: number;
  /**
   * What may wait for Steam to take it, for each peer. Over it, reliable traffic closes its connection as too slow (1013), and
   * unreliable traffic drops its oldest; with twice as much in answers to his own frames the session ends. At least
   * `maxMessageBytes`. Unit: bytes.
   * @default 4_194_304
   */
  maxQueueBytes?: number;
  /**
   * An unreliable message over Steam's 1200 bytes: `fragment` it, `promote` it to reliable, or `reject` it with a RangeError. From three
   * fragments on, a packet more for every 8, or part of 8, makes good the loss of one of them.
   * @default 'fragment'
   */
  oversizedUnreliable?: 'fragment' | 'promote' | 'reject';
  /**
   * Where the logical channels go in Steam, and channels of the game's own: `{ state: { sendType: 'unreliableNoDelay' },
   * voice: { steamChannel: 1, sendType: 'unreliable' } }`. Names have 1 to 16 letters, digits, `_` or `-`. What is reliable shares the
   * Steam channel of `control`. A sender's affair: the two ends may differ.
   * @default everything on Steam channel 0, with the send type that the delivery says
   */
  channels?: Readonly<Record<string, ChannelOptions>>;
  /**
   * Compresses large messages, requests and responses, when the peer does so with the same algorithm. An algorithm alone stands for
   * `{ algorithm }`; both are as in {@link CompressionOptions}.
   * @default 'none'
   */
  compression?: CompressionAlgorithm | CompressionOptions;
  /**
   * The game's message definitions. A peer with others is refused, and both are told (`schema-mismatch`).
   * @default none; a peer who has some is refused
   */
  contract?: MessageContract;
  /**
   * Peers with a session, at most; a further one is refused as full. Unit: peers.
   * @default 250
   */
  maxPeers?: number;
  /**
   * What one peer may make us do, whatever it is: each packet of his, each frame in it, and each 512 bytes are one unit. As much at once,
   * and his two largest messages beside it. Who goes on sending more is closed (1008), his session ends, and he is not heard for 30 s. A game at
   * 60 Hz with ten messages in a packet needs about 700. Unit: units a second.
   * @default 20_000
   */
  maxWorkPerSecond?: number;
  /**
   * Users without a session of whom anything is remembered: at most so many on whom the host thinks, whom it let in, whom it refused, and who wait
   * for their turn, each. A host that takes seconds over its decision is asked about no more in that time. Unit: users.
   * @default 512
   */
  maxStrangers?: number;
  /**
   * A packet that is not of this protocol, on whatever Steam channel: the game's own, when it sends packets beside the library.
   * Without it such packets are counted and dropped.
   */
  onForeignPacket?: (peer: bigint, packet: Uint8Array, steamChannel: number) => void;
}

type Numeric = {
  [K in keyof Required<EndpointOptions> as Required<EndpointOptions>[K] extends number ? K : never]: number;
};

/** Options with their defaults filled in. */
export type ResolvedOptions = Readonly<
  Numeric &
    Required<Pick<EndpointOptions, 'poll' | 'oversizedUnreliable'>> &
    Pick<EndpointOptions, 'onForeignPacket' | 'contract'> & { compression: ResolvedCompression; channels: readonly Channel[] }
>;

export const defaultEndpointOptions: ResolvedOptions = Object.freeze({
  poll: 'auto',
  maxPacketsPerPoll: 256,
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  helloRetryMs: 1_000,
  heartbeatMs: 2_000,
  deadAfterMs: 15_000,
  maxPauseMs: 60_000,
  idleSessionMs: 30_000,
  maxMessageBytes: 1_048_576,
  maxQueueBytes: 4_194_304,
  oversizedUnreliable: 'fragment',
  channels: resolveChannels(),
  compression: defaultCompressionOptions,
  maxPeers: 250,
  maxWorkPerSecond: 20_000,
  maxStrangers: 512,
});

const BOUNDS: Readonly<Record<keyof Numeric, readonly [min: number, max: number]>> = {
  maxPacketsPerPoll: [1, 65_536],
  connectTimeoutMs: [100, 600_000],
  requestTimeoutMs: [100, 3_600_000],
  helloRetryMs: [50, 60_000],
  heartbeatMs: [50, 60_000],
  deadAfterMs: [100, 600_000],
  maxPauseMs: [0, 600_000],
  idleSessionMs: [100, 86_400_000],
  maxMessageBytes: [1_024, 268_435_456],
  maxQueueBytes: [1_024, 1_073_741_824],
  maxPeers: [1, 65_536],
  maxWorkPerSecond: [100, 1_000_000_000],
  maxStrangers: [1, 65_536],
};

const CHOICES = {
  poll: ['auto', 'manual'],
  oversizedUnreliable: ['fragment', 'promote', 'reject'],
} as const;

/** The names of all options, for those who pass options of several kinds together. */
export const endpointOptionNames: readonly string[] = [...Object.keys(defaultEndpointOptions), 'contract', 'onForeignPacket'];

/**
 * Fills in the defaults and checks the rest.
 *
 * @throws TypeError for a name that is not an option, or a value of the wrong kind.
 * @param steamChannels what the driver has
 * @throws RangeError for a value out of its bounds. Both name the option, the value and what is allowed.
 */
export function resolveEndpointOptions(options: EndpointOptions = {}, steamChannels?: number): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const [name, value] of Object.entries(given)) check(name, value);
  const compression = 'compression' in given ? resolveCompression(given.compression) : defaultCompressionOptions;
  const channels = resolveChannels(given.channels, steamChannels);
  const resolved = { ...defaultEndpointOptions, ...given, compression, channels } as ResolvedOptions;
  atLeast(resolved, 'maxQueueBytes', 'maxMessageBytes');
  atLeast(resolved, 'deadAfterMs', 'heartbeatMs');
  return resolved;
}

/** Checks options that come when an endpoint has its own. @throws TypeError when they are others, RangeError or TypeError when they are bad */
export function checkSameOptions(given: EndpointOptions, present: ResolvedOptions, steamChannels?: number): void {
  const wanted = resolveEndpointOptions(given, steamChannels);
  for (const [key, value] of Object.entries(given)) {
    const name = key as keyof EndpointOptions;
    if (value === undefined || isSameOption(name, wanted, present)) continue;
    throw new TypeError(
      `option ${name === 'contract' ? 'messages' : name} is ${showOption(name, present)} for this driver already, ` +
        `and cannot be ${showOption(name, wanted)} as well: one driver, one set`,
    );
  }
}

/** Whether two values of an option come to the same: with its defaults filled in, or by what a peer sees of it. */
function isSameOption(name: keyof EndpointOptions, one: ResolvedOptions, other: ResolvedOptions): boolean {
  if (name === 'contract') return fingerprintOf(one.contract) === fingerprintOf(other.contract);
  return isDeepStrictEqual(one[name], other[name]);
}

/** The value of an option, in words. */
function showOption(name: keyof EndpointOptions, options: ResolvedOptions): string {
  if (name === 'contract')
    return options.contract === undefined ? 'none' : `one with the fingerprint ${fingerprintOf(options.contract)}`;
  return name === 'compression' || name === 'channels' ? JSON.stringify(options[name]) : String(options[name]);
}

function check(name: string, value: unknown): void {
  if (Object.hasOwn(BOUNDS, name)) {
    const [min, max] = BOUNDS[name as keyof Numeric];
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new TypeError(`option ${name} must be a number from ${min} to ${max}, not ${show(value)}`);
    }
    if (value < min || value > max) throw new RangeError(`option ${name} must be from ${min} to ${max}, not ${value}`);
    if (!name.endsWith('Ms') && !Number.isInteger(value))
      throw new RangeError(`option ${name} must be a whole number, not ${value}`);
  } else if (Object.hasOwn(CHOICES, name)) {
    const choices: readonly string[] = CHOICES[name as keyof typeof CHOICES];
    if (!choices.includes(value as string)) {
      throw new RangeError(`option ${name} must be one of ${choices.join(', ')}, not ${show(value)}`);
    }
  } else if (name === 'contract') {
    checkContract(value);
  } else if (name === 'onForeignPacket') {
    if (typeof value !== 'function') throw new TypeError(`option ${name} must be a function, not ${show(value)}`);
  } else if (name !== 'compression' && name !== 'channels') {
    throw new TypeError(`unknown option ${name}; the options are ${endpointOptionNames.join(', ')}`);
  }
}

function atLeast(options: ResolvedOptions, name: keyof Numeric, other: keyof Numeric): void {
  if (options[name] < options[other]) {
    throw new RangeError(`option ${name} (${options[name]}) must be at least ${other} (${options[other]})`);
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
