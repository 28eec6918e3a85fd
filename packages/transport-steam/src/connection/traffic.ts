import type { SendType } from '../driver/SteamDriver.ts';
import { CHUNK_BYTES } from '../wire/chunks.ts';
import { FRAGMENT_BYTES } from '../wire/Fragments.ts';
import { FRAME_HEADER_BYTES } from '../wire/packet.ts';
import { type Channel, channelOf, sendTypeOf } from './channels.ts';
import { UNRELIABLE_BYTES } from './delivery.ts';
import type { ChannelTraffic, Delivery, LogicalChannel, MessageTraffic, PeerStats, Traffic } from './types.ts';

/** Types of message that are counted apart for one peer: labels may come from what a peer sent. */
const MAX_TYPES = 256;

/** What all further ones are counted as. */
const OTHER_TYPE = 'other';

/** The counters of one channel, or of one type of message. */
export type Counters = { -readonly [K in keyof ChannelTraffic]: ChannelTraffic[K] extends number ? number : MessageTraffic };

/** The way of a message to Steam, and where it is counted. */
export interface Route {
  readonly sendType: SendType;
  readonly steamChannel: number;
  readonly counters: Counters;
}

export function emptyTraffic(): Traffic {
  return { packets: 0, bytes: 0 };
}

export function count(traffic: Traffic, bytes: number): void {
  traffic.packets++;
  traffic.bytes += bytes;
}

/** Counts a message of so many bytes by the frames that it takes. */
export function countMessage(traffic: MessageTraffic, bytes: number, reliable: boolean): void {
  const whole = reliable ? CHUNK_BYTES : UNRELIABLE_BYTES;
  const part = reliable ? CHUNK_BYTES : FRAGMENT_BYTES;
  traffic.messages++;
  traffic.packets += bytes <= whole ? 1 : Math.ceil(bytes / part);
  traffic.bytes += bytes + FRAME_HEADER_BYTES;
}

export function countSent(bytes: number, reliable: boolean, { counters }: Route, type?: Counters): void {
  countMessage(counters.sent, bytes, reliable);
  if (type !== undefined) countMessage(type.sent, bytes, reliable);
}

/** What goes through one session, by channel and by type of message; and which way each message goes. */
export class SessionTraffic {
  /** Control frames. */
  readonly control: Route;
  /** What is received reliably: the wire does not tell `bulk` and channels of the game's own from `messages`. */
  readonly receivedReliable: Counters;
  readonly #channels = new Map<string, Counters>();
  readonly #routes = new Map<string, Partial<Record<Delivery, Route>>>();
  /** The first unreliable channel on each Steam channel: what comes there is counted as that. */
  readonly #unreliableOn: Counters[] = [];
  readonly #types = new Map<string, Counters>();

  constructor(channels: readonly Channel[]) {
    for (const channel of channels) {
      const counters = emptyCounters();
      this.#channels.set(channel.name, counters);
      this.#routes.set(channel.name, routesOf(channel, counters));
      if (!channel.isReliable) this.#unreliableOn[channel.steamChannel] ??= counters;
    }
    this.control = this.route('reliable', 'control');
    this.#routes.delete('control');
    this.receivedReliable = this.#channels.get('messages') as Counters;
  }

  /** The way of a message. @throws RangeError when there is no such channel, or it does not take this delivery */
  route(delivery: Delivery, name: string = channelOf[delivery]): Route {
    const routes = this.#routes.get(name);
    const route = routes?.[delivery];
    if (route !== undefined) return route;
    if (routes === undefined) {
      const known = [...this.#routes.keys()].join(', ');
      throw new RangeError(`channel ${JSON.stringify(name)} is none of the channels for messages: ${known} (option channels)`);
    }
    throw new RangeError(
      `channel ${name} takes messages sent as ${Object.keys(routes).join(' or ')}, not as ${String(delivery)}`,
    );
  }

  receivedUnreliable(steamChannel: number): Counters {
    return this.#unreliableOn[steamChannel] ?? (this.#channels.get('state') as Counters);
  }

  type(label: string): Counters {
    const known = this.#types.get(label);
    if (known !== undefined) return known;
    // One place is kept for all the others.
    if (this.#types.size >= MAX_TYPES - 1 && label !== OTHER_TYPE) return this.type(OTHER_TYPE);
    const counters = emptyCounters();
    this.#types.set(label, counters);
    return counters;
  }

  snapshot(): Pick<PeerStats, 'channels' | 'types'> {
    return {
      channels: copyOf(this.#channels) as Record<LogicalChannel, ChannelTraffic>,
      types: copyOf(this.#types),
    };
  }
}

function routesOf({ isReliable, steamChannel, sendType }: Channel, counters: Counters): Partial<Record<Delivery, Route>> {
  const deliveries = isReliable ? (['reliable', 'buffered'] as const) : (['unreliable', 'unreliableNoDelay'] as const);
  return Object.fromEntries(
    deliveries.map((delivery) => [delivery, { sendType: sendType ?? sendTypeOf[delivery], steamChannel, counters }]),
  );
}

function emptyCounters(): Counters {
  const sent = { messages: 0, packets: 0, bytes: 0 };
  return { sent, received: { ...sent }, dropped: 0, replaced: 0, retries: 0 };
}

function copyOf(counters: ReadonlyMap<string, Counters>): Record<string, ChannelTraffic> {
  return Object.fromEntries(
    [...counters].map(([name, row]) => [name, { ...row, sent: { ...row.sent }, received: { ...row.received } }]),
  );
}
