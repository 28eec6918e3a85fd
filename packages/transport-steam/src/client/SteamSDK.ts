import { STATUS_CODES } from 'node:http';
import { resolveChannels } from '../connection/channels.ts';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { Inspection } from '../connection/inspection.ts';
import { inspectLobby } from '../lobby/inspectLobby.ts';
import { checkChannels, checkSameMessages } from '../messages/contract.ts';
import { registerMessages } from '../messages/extension.ts';
import type { SteamLatencyOptions } from './measureLatency.ts';
import { type SplitOptions, type SteamSDKOptions, splitClientOptions } from './options.ts';
import { PlayerSDK, type ServerTypes } from './PlayerSDK.ts';
import { SteamLink } from './SteamLink.ts';
import { hostOfEndpoint } from './steamAddress.ts';
import { steamFetch } from './steamFetch.ts';
import { TicketAnswers } from './TicketAnswers.ts';

/**
 * The Colyseus SDK over Steam: everything that `ColyseusSDK` can, to the game that a Steam user hosts.
 *
 * ```ts
 * const client = new SteamSDK('steam://76561197960265729', { driver });
 * const room = await client.joinOrCreate('arena');
 * ```
 *
 * Uses Steam only while there is a request or a connection, so one that does nothing keeps no process alive.
 */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults, which mean an untyped server
export class SteamSDK<ServerType extends ServerTypes = any, UserData = any> extends PlayerSDK<ServerType, UserData> {
  readonly #link: SteamLink;

  /**
   * @param endpoint `steam://` and the SteamID64 of the user who hosts. It may be our own: a host plays in his own game.
   * @throws TypeError | RangeError for a bad endpoint or bad options, naming the value and what is expected.
   */
  constructor(endpoint: string, options: SteamSDKOptions) {
    const host = hostOfEndpoint(endpoint);
    const split = splitClientOptions(options);
    const { messages, headers } = split;
    const link = linkTo(host, split);
    super(link, { host, messages, headers, fetchFn: steamFetch(link, STATUS_CODES) });
    this.#link = link;
  }

  /**
   * Of several hosts the one with the shortest round trip.
   *
   * @throws Error (rejects) when none of them answers.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults
  static override async selectByLatency<ServerType extends ServerTypes = any, UserData = any>(
    endpoints: string[],
    options: SteamSDKOptions,
    latencyOptions: SteamLatencyOptions = {},
  ): Promise<SteamSDK<ServerType, UserData>> {
    const clients = endpoints.map((endpoint) => new SteamSDK<ServerType, UserData>(endpoint, options));
    const measured = await Promise.allSettled(
      clients.map(async (client) => ({ client, latency: await client.getLatency(latencyOptions) })),
    );
    const answers = measured.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const [fastest] = answers.sort((a, b) => a.latency - b.latency);
    for (const client of clients) if (client !== fastest?.client) client.close();
    if (fastest === undefined) {
      const reasons = measured.flatMap((result) =>
        result.status === 'rejected' ? [String((result.reason as Error).message)] : [],
      );
      throw new Error(`None of ${endpoints.length} endpoints answered. ${reasons.join('; ')}`);
    }
    return fastest.client;
  }

  /** Shared by all that this process does over the driver: its `stats()` are of interest. */
  get endpoint(): Endpoint {
    return this.#link.endpoint;
  }

  /**
   * All that this process does over Steam, at this moment, and the lobby that it is in: plain JSON, for people to look at. See `serveInspector` of
   * `colyseus-transport-steam/inspect`.
   */
  inspect(): Inspection {
    return { ...this.endpoint.inspect(), host: String(this.host), ...inspectLobby(this.endpoint) };
  }
}

function linkTo(host: bigint, { driver, messages, tickets, endpoint: options }: SplitOptions): SteamLink {
  // Before the endpoint, whose first options stay.
  if (messages !== undefined) checkChannels(messages, resolveChannels(options.channels, driver.limits.channels));
  const takeBack = messages === undefined ? undefined : registerMessages(messages);
  try {
    const link = new SteamLink(driver, options, tickets ? (endpoint) => TicketAnswers.of(endpoint).allow(host) : undefined);
    checkSameMessages(messages, link.endpoint.options.contract);
    return link;
  } finally {
    takeBack?.();
  }
}
