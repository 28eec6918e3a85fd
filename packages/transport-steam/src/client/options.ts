import { type EndpointOptions, endpointOptionNames } from '../connection/options.ts';
import { checkDriver } from '../driver/checkDriver.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { contractOf } from '../messages/contract.ts';
import type { Messages } from '../messages/Messages.ts';

/** Options of a {@link SteamSDK}: its own, and those of the endpoint, which count for the whole process. */
export interface SteamSDKOptions extends Omit<EndpointOptions, 'contract'> {
  /** Where packets come from: Steam itself, or a simulated one. The same object for everything in this process. */
  driver: SteamDriver;
  /**
   * The messages of the game, from `colyseus-transport-steam/messages`. Both ends must give the same: a peer with others is refused with
   * `schema-mismatch`.
   * @default none: messages travel through msgpack, reliably
   */
  messages?: Messages;
  /** Headers of every request, as in the SDK's own options. */
  headers?: Record<string, string>;
  /**
   * Whether the host of the game is given a ticket when he asks for one, which proves to him, and to nobody else, who we are and that
   * we own the app. He must have the publisher's key to read it.
   * @default true
   */
  tickets?: boolean;
}

export interface SplitOptions {
  readonly driver: SteamDriver;
  readonly messages: Messages | undefined;
  readonly headers: Record<string, string>;
  readonly tickets: boolean;
  readonly endpoint: EndpointOptions;
}

/**
 * @param whose options they are, and what others it has, which are not among these
 * @throws TypeError naming the option and what is allowed
 */
export function splitClientOptions(
  options: SteamSDKOptions,
  { whose, others }: { whose: string; others: readonly string[] } = { whose: 'SteamSDK', others: [] },
): SplitOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`new SteamSDK(endpoint, options) needs options, at least { driver }, not ${String(options)}`);
  }
  const { driver, messages, headers = {}, tickets = true, ...endpoint } = options;
  for (const name of Object.keys(endpoint)) {
    if (!endpointOptionNames.includes(name)) {
      throw new TypeError(
        `unknown option ${name}; the options of ${whose} are ${['driver', ...others, 'messages', 'headers', 'tickets', ...endpointOptionNames].join(', ')}`,
      );
    }
  }
  for (const [name, value] of Object.entries(checkRecord(headers))) {
    if (typeof value !== 'string') throw new TypeError(`option headers: ${name} must be a string, not ${String(value)}`);
  }
  if (typeof tickets !== 'boolean') throw new TypeError(`option tickets must be true or false, not ${String(tickets)}`);
  const contract = messages === undefined ? undefined : { contract: contractOf(messages) };
  return { driver: checkDriver(driver), messages, headers, tickets, endpoint: { ...endpoint, ...contract } };
}

function checkRecord(headers: unknown): object {
  if (typeof headers === 'object' && headers !== null) return headers;
  throw new TypeError(`option headers must be an object of names and values, not ${String(headers)}`);
}
