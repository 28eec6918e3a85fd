import { SendType } from '../driver/SteamDriver.ts';
import { isReliable } from './delivery.ts';
import type { Delivery, LogicalChannel } from './types.ts';

/** Where a channel goes in Steam: see {@link EndpointOptions.channels}. */
export interface ChannelOptions {
  /**
   * The Steam channel, below `driver.limits.channels`. Unreliable channels may have one of their own; all that is reliable shares that
   * of `control`.
   * @default that of `control`, which is 0
   */
  readonly steamChannel?: number | undefined;
  /**
   * What messages on it travel as, whatever their own delivery says within its kind. A channel of the game's own needs it: it makes
   * the channel reliable or unreliable.
   * @default what the delivery of each message says
   */
  readonly sendType?: Delivery | undefined;
}

/** A channel of an endpoint. */
export interface Channel {
  readonly name: string;
  readonly isReliable: boolean;
  readonly steamChannel: number;
  /** Undefined: as the delivery of the message says. */
  readonly sendType: SendType | undefined;
}

/** The logical channel of a message that names none. */
export const channelOf = {
  reliable: 'messages',
  buffered: 'bulk',
  unreliable: 'state',
  unreliableNoDelay: 'state',
} as const satisfies Record<Delivery, LogicalChannel>;

export const sendTypeOf = {
  reliable: SendType.Reliable,
  buffered: SendType.ReliableWithBuffering,
  unreliable: SendType.Unreliable,
  unreliableNoDelay: SendType.UnreliableNoDelay,
} as const satisfies Record<Delivery, SendType>;

/** The send types that each of our own channels may have. */
const ALLOWED: Readonly<Record<LogicalChannel, readonly Delivery[]>> = {
  control: ['reliable'],
  messages: ['reliable'],
  state: ['unreliable', 'unreliableNoDelay'],
  bulk: ['buffered', 'reliable'],
};

const FIELDS = ['steamChannel', 'sendType'];
const NAME = /^[A-Za-z0-9_-]{1,16}$/;

/**
 * The channels of an endpoint: the four of its own, `control` first, and those that the game adds.
 *
 * Open, data and close of a connection keep their order only in one Steam stream, and Steam promises none across its channels: so
 * everything reliable stays where `control` is.
 *
 * @throws TypeError, RangeError naming option, channel, value and what is allowed
 */
export function resolveChannels(
  given: Readonly<Record<string, ChannelOptions>> = {},
  steamChannels: number = Number.POSITIVE_INFINITY,
): readonly Channel[] {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`option channels must be an object of names and { ${FIELDS.join(', ')} }, not ${show(given)}`);
  }
  // Sorted: two that say the same are equal.
  const own = Object.keys(given)
    .filter((name) => !Object.hasOwn(ALLOWED, name))
    .sort();
  const control = resolve('control', given.control, steamChannels, 0);
  const others = ['messages', 'state', 'bulk', ...own];
  return [control, ...others.map((name) => resolve(name, given[name], steamChannels, control.steamChannel))];
}

/** The channel that everything reliable shares its Steam channel with. */
export function controlOf(channels: readonly Channel[]): Channel {
  return channels[0] as Channel;
}

function resolve(name: string, options: ChannelOptions | undefined, steamChannels: number, control: number): Channel {
  if (!NAME.test(name)) {
    throw new RangeError(`option channels: a name must be 1 to 16 letters, digits, _ or -, not ${JSON.stringify(name)}`);
  }
  const given = options === undefined ? {} : options;
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`option channels.${name} must be an object with ${FIELDS.join(', ')}, not ${show(given)}`);
  }
  for (const field of Object.keys(given)) {
    if (!FIELDS.includes(field)) {
      throw new TypeError(`option channels.${name} has an unknown field ${field}; the fields are ${FIELDS.join(', ')}`);
    }
  }
  const sendType = checkSendType(name, given.sendType);
  const isReliableChannel = isReliable(sendType ?? (name === 'state' ? 'unreliable' : 'reliable'));
  const { steamChannel = control } = given;
  checkSteamChannel(name, steamChannel, steamChannels);
  if (isReliableChannel && name !== 'control' && steamChannel !== control) {
    throw new RangeError(
      `option channels.${name}.steamChannel must be ${control}, as that of control, not ${steamChannel}: ` +
        'what is reliable keeps its order in one Steam channel only',
    );
  }
  return { name, isReliable: isReliableChannel, steamChannel, sendType: sendType && sendTypeOf[sendType] };
}

function checkSendType(name: string, sendType: unknown): Delivery | undefined {
  const isOwn = !Object.hasOwn(ALLOWED, name);
  if (sendType === undefined && !isOwn) return undefined;
  const allowed: readonly string[] = isOwn ? Object.keys(sendTypeOf) : ALLOWED[name as LogicalChannel];
  if (allowed.includes(sendType as string)) return sendType as Delivery;
  throw new RangeError(`option channels.${name}.sendType must be ${allowed.join(' or ')}, not ${show(sendType)}`);
}

function checkSteamChannel(name: string, value: unknown, steamChannels: number): void {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < steamChannels) return;
  const allowed =
    steamChannels === 1 ? 'be 0, the only one that this driver has' : `be a whole number from 0 to ${steamChannels - 1}`;
  throw new RangeError(`option channels.${name}.steamChannel must ${allowed}, not ${show(value)}`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
