import { inWords } from './MessageError.ts';

/** How a message travels, as on a connection. */
export type MessageDelivery = 'reliable' | 'buffered' | 'unreliable' | 'unreliableNoDelay';

/** How a message travels. All of it is part of the fingerprint: both ends must say the same. */
export interface Travel {
  /**
   * `reliable` arrives, in order. `buffered` too, but may wait a little for company. `unreliable` arrives in order or not at
   * all; `unreliableNoDelay` is thrown away rather than wait.
   * @default 'reliable'
   */
  readonly delivery?: MessageDelivery;
  /**
   * Logical channel.
   * @default 'messages' for reliable, 'bulk' for buffered, 'state' for the unreliable ones
   */
  readonly channel?: string;
  /**
   * For unreliable messages: a newer one replaces an older one that is still queued, also one of the same turn. `true`: of the same
   * message, as for a snapshot. The name of a field: of the same message with the same value there, as for the place of each player,
   * `latest: 'id'`.
   * @default false
   */
  readonly latest?: boolean | string;
}

const channels: Readonly<Record<MessageDelivery, string>> = {
  reliable: 'messages',
  buffered: 'bulk',
  unreliable: 'state',
  unreliableNoDelay: 'state',
};

const allowed = ['delivery', 'channel', 'latest'];
/** As in option `channels`. */
const channelName = /^[A-Za-z0-9_-]{1,16}$/;

/** Fills in what was left out. Throws when it makes no sense; the error begins with the name of the message. */
export function checkTravel(name: string, travel: Travel): Required<Travel> {
  const fail = (field: string, due: string) => {
    const value = (travel as Readonly<Record<string, unknown>>)[field];
    throw new TypeError(`message ${name}: ${field} must be ${due}, not ${inWords(value)}.`);
  };
  for (const field of Object.keys(travel)) if (!allowed.includes(field)) fail(field, `absent (there are ${allowed.join(', ')})`);
  const { delivery = 'reliable', latest = false } = travel;
  if (!Object.hasOwn(channels, delivery)) fail('delivery', `one of ${Object.keys(channels).join(', ')}`);
  const { channel = channels[delivery] } = travel;
  if (typeof channel !== 'string' || !channelName.test(channel)) fail('channel', 'a name of 1 to 16 letters, digits, _ or -');
  if (typeof latest !== 'boolean' && (typeof latest !== 'string' || latest === ''))
    fail('latest', 'true, false or the name of a field');
  if (latest && !delivery.startsWith('unreliable')) {
    fail('latest', `false for a ${delivery} message: only unreliable ones may be replaced by a newer one`);
  }
  return { delivery, channel, latest };
}
