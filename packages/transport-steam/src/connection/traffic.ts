import type { SendType } from '../driver/SteamDriver.ts';
import { CHUNK_BYTES } from '../wire/chunks.ts';
import { fragmentPackets } from '../wire/Fragments.ts';
import { FRAME_HEADER_BYTES } from '../wire/packet.ts';
import { type Channel, channelOf, sendTypeOf } from './channels.ts';
import { UNRELIABLE_BYTES } from './delivery.ts';
import type { ChannelTraffic, Delivery, LogicalChannel, MessageTraffic, PeerStats, Traffic } from './types.ts';

/** Types of message that are counted apart for one peer: labels may come from what a peer sent. */
const MAX_TYPES = 256;

/** No channel for messages. */
const CONTROL = 'control';

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
  traffic.messages++;
  if (bytes <= whole) traffic.packets++;
  else traffic.packets += reliable ? Math.ceil(bytes / CHUNK_BYTES) : fragmentPackets(bytes);
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
  readonly #all: readonly Channel[];
  /** Those that were used, each in the place that it has among all. */
  readonly #channels: (SessionChannel | undefined)[];
  /** Made when there is the first: many games have none. */
  #types: Map<string, Counters> | undefined;

  constructor(channels: readonly Channel[]) {
    this.#all = channels;
    this.#channels = new Array(channels.length);
    this.control = this.#channel(CONTROL)?.route('reliable') as Route;
    this.receivedReliable = this.#channel('messages')?.counters as Counters;
  }

  /** The way of a message. @throws RangeError when there is no such channel, or it does not take this delivery */
  route(delivery: Delivery, name: string = channelOf[delivery]): Route {
    const channel = name === CONTROL ? undefined : this.#channel(name);
    const route = channel?.route(delivery);
    if (route !== undefined) return route;
    if (channel === undefined) {
      const known = this.#all.flatMap(({ name }) => (name === CONTROL ? [] : name)).join(', ');
      throw new RangeError(`channel ${JSON.stringify(name)} is none of the channels for messages: ${known} (option channels)`);
    }
    throw new RangeError(`channel ${name} takes messages sent as ${channel.deliveries.join(' or ')}, not as ${String(delivery)}`);
  }

  /** Counted as the first unreliable channel on that Steam channel. */
  receivedUnreliable(steamChannel: number): Counters {
    for (let i = 0; i < this.#all.length; i++) {
      const { isReliable, steamChannel: its } = this.#all[i] as Channel;
      if (!isReliable && its === steamChannel) return this.#at(i).counters;
    }
    return (this.#channel('state') as SessionChannel).counters;
  }

  type(label: string): Counters {
    this.#types ??= new Map();
    const known = this.#types.get(label);
    if (known !== undefined) return known;
    // One place is kept for all the others.
    if (this.#types.size >= MAX_TYPES - 1 && label !== OTHER_TYPE) return this.type(OTHER_TYPE);
    const counters = emptyCounters();
    this.#types.set(label, counters);
    return counters;
  }

  snapshot(): Pick<PeerStats, 'channels' | 'types'> {
    const channels = this.#all.map(({ name }, index) => [name, this.#channels[index]?.counters ?? emptyCounters()] as const);
    return { channels: copyOf(channels) as Record<LogicalChannel, ChannelTraffic>, types: copyOf(this.#types ?? []) };
  }

  /** Undefined when there is none of that name. */
  #channel(name: string): SessionChannel | undefined {
    // Loops, for each message comes by: a search by a function allocates it.
    for (let i = 0; i < this.#all.length; i++) if ((this.#all[i] as Channel).name === name) return this.#at(i);
    return undefined;
  }

  #at(index: number): SessionChannel {
    const known = this.#channels[index];
    if (known !== undefined) return known;
    const made = new SessionChannel(this.#all[index] as Channel);
    this.#channels[index] = made;
    return made;
  }
}

/** A channel of one session. */
class SessionChannel {
  readonly #channel: Channel;
  readonly counters = emptyCounters();
  #routes: Partial<Record<Delivery, Route>> | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** What it takes. */
  get deliveries(): readonly Delivery[] {
    return this.#channel.isReliable ? ['reliable', 'buffered'] : ['unreliable', 'unreliableNoDelay'];
  }

  /** Undefined when it does not take this delivery. */
  route(delivery: Delivery): Route | undefined {
    const known = this.#routes?.[delivery];
    if (known !== undefined || !this.deliveries.includes(delivery)) return known;
    const { sendType = sendTypeOf[delivery], steamChannel } = this.#channel;
    const route = { sendType, steamChannel, counters: this.counters };
    this.#routes = { ...this.#routes, [delivery]: route };
    return route;
  }
}

function emptyCounters(): Counters {
  const sent = { messages: 0, packets: 0, bytes: 0 };
  return { sent, received: { ...sent }, dropped: 0, replaced: 0, retries: 0 };
}

function copyOf(counters: Iterable<readonly [string, Counters]>): Record<string, ChannelTraffic> {
  return Object.fromEntries(
    Array.from(counters, ([name, row]) => [name, { ...row, sent: { ...row.sent }, received: { ...row.received } }]),
  );
}
