import { ColyseusSDK, type JoinOptions, type Room, type SeatReservation } from '@colyseus/sdk';
import { resolveChannels } from '../connection/channels.ts';
import type { Endpoint } from '../connection/Endpoint.ts';
import { checkChannels, checkSameMessages } from '../messages/contract.ts';
import { registerMessages } from '../messages/extension.ts';
import type { Messages } from '../messages/Messages.ts';
import { measureLatency, type SteamLatencyOptions } from './measureLatency.ts';
import { type SteamSDKOptions, splitClientOptions } from './options.ts';
import { SteamLink } from './SteamLink.ts';
import { type RootSchema, SteamRoom, steamUrl } from './sdkSeam.ts';
import { hostOfEndpoint } from './steamAddress.ts';
import { steamFetch } from './steamFetch.ts';

/** What types a server: `SDKTypes` of `@colyseus/shared-types`, which only the SDK itself can import. */
interface ServerTypes {
  // biome-ignore-start lint/suspicious/noExplicitAny: as the SDK has it
  '~rooms': Record<string, any>;
  '~routes': any;
  // biome-ignore-end lint/suspicious/noExplicitAny: as the SDK has it
}

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
export class SteamSDK<ServerType extends ServerTypes = any, UserData = any> extends ColyseusSDK<ServerType, UserData> {
  /** The user who hosts. */
  readonly host: bigint;
  readonly #link: SteamLink;
  readonly #messages: Messages | undefined;
  #takeBack: (() => void) | undefined;

  /**
   * @param endpoint `steam://` and the SteamID64 of the user who hosts. It may be our own: a host plays in his own game.
   * @throws TypeError | RangeError for a bad endpoint or bad options, naming the value and what is expected.
   */
  constructor(endpoint: string, options: SteamSDKOptions) {
    const host = hostOfEndpoint(endpoint);
    const { driver, messages, headers, endpoint: endpointOptions } = splitClientOptions(options);
    // Before the endpoint, whose first options stay.
    if (messages !== undefined) checkChannels(messages, resolveChannels(endpointOptions.channels, driver.limits.channels));
    const takeBack = messages === undefined ? undefined : registerMessages(messages);
    let link: SteamLink;
    try {
      link = new SteamLink(driver, endpointOptions);
      checkSameMessages(messages, link.endpoint.options.contract);
    } catch (error) {
      takeBack?.();
      throw error;
    }
    super({ hostname: `${host}.steam`, secure: false, port: 80, pathname: '' }, { headers, fetchFn: steamFetch(link) });
    this.host = host;
    this.#link = link;
    this.#messages = messages;
    this.#takeBack = takeBack;
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

  /** Round trip to the host in ms, without joining a room. @throws ServerError (rejects) when he does not answer in time. */
  override getLatency(options?: SteamLatencyOptions): Promise<number> {
    return measureLatency(this.#link, this.host, options);
  }

  /**
   * Leaves all rooms with consent (4000), gives up requests, and lets Steam go at once. A room that is reconnecting is told when its
   * next attempt would begin. Without `close` that happens by itself, shortly after the last room was left. The client can be used again.
   */
  close(): void {
    this.#link.close();
    this.#takeBack?.();
    this.#takeBack = undefined;
  }

  protected override createMatchMakeRequest<T>(
    method: string,
    roomName: string,
    options?: JoinOptions,
    rootSchema?: RootSchema<T>,
  ): Promise<Room<unknown, T>> {
    return this.#link.matchmake(() => super.createMatchMakeRequest(method, roomName, options, rootSchema));
  }

  protected override createRoom<T>(roomName: string, rootSchema?: RootSchema<T>): Room<unknown, T> {
    if (this.#messages !== undefined) this.#takeBack ??= registerMessages(this.#messages);
    return new SteamRoom<unknown, T>(roomName, rootSchema, this.#link, this.#messages);
  }

  protected override buildEndpoint(seat: SeatReservation, options?: Record<string, string>): string {
    return steamUrl(super.buildEndpoint(seat, options));
  }
}
