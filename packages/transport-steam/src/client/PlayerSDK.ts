import { ColyseusSDK, type FetchFn, type JoinOptions, type Room, type SeatReservation } from '@colyseus/sdk';
import { registerMessages } from '../messages/extension.ts';
import type { Messages } from '../messages/Messages.ts';
import { hasHost, seatWithHost } from './hostOfSeat.ts';
import { measureLatency, type SteamLatencyOptions } from './measureLatency.ts';
import type { PlayerLink } from './PlayerLink.ts';
import { type RootSchema, SteamRoom, steamUrl } from './sdkSeam.ts';

/** What types a server: `SDKTypes` of `@colyseus/shared-types`, which only the SDK itself can import. */
export interface ServerTypes {
  // biome-ignore-start lint/suspicious/noExplicitAny: as the SDK has it
  '~rooms': Record<string, any>;
  '~routes': any;
  // biome-ignore-end lint/suspicious/noExplicitAny: as the SDK has it
}

/** What a {@link PlayerSDK} is made of. */
export interface PlayerParts {
  readonly host: bigint;
  readonly messages: Messages | undefined;
  readonly headers: Record<string, string>;
  readonly fetchFn: FetchFn;
}

/** The Colyseus SDK to the game that a Steam user hosts, over whatever link: what the client of this process and that of a page share. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults, which mean an untyped server
export class PlayerSDK<ServerType extends ServerTypes = any, UserData = any> extends ColyseusSDK<ServerType, UserData> {
  /** The user who hosts. */
  readonly host: bigint;
  readonly #link: PlayerLink;
  readonly #messages: Messages | undefined;
  #takeBack: (() => void) | undefined;
  /** Of the seat that is being taken. */
  #latestRoom: Pick<SteamRoom<unknown, unknown>, 'joinFailure'> | undefined;

  /** @throws Error when this process uses other messages already */
  constructor(link: PlayerLink, { host, messages, headers, fetchFn }: PlayerParts) {
    const takeBack = messages === undefined ? undefined : registerMessages(messages);
    super({ hostname: `${host}.steam`, secure: false, port: 80, pathname: '' }, { headers, fetchFn });
    this.host = host;
    this.#link = link;
    this.#messages = messages;
    this.#takeBack = takeBack;
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

  /** Takes a seat, also one that the game gave away: in whatever room of the cluster it is. */
  override async consumeSeatReservation<T>(seat: SeatReservation, rootSchema?: RootSchema<T>): Promise<Room<unknown, T>> {
    const found = hasHost(seat) ? seat : await seatWithHost(seat, this.host, this.#link);
    const joining = super.consumeSeatReservation(found, rootSchema);
    // Made before that returned.
    const room = this.#latestRoom;
    this.#latestRoom = undefined;
    try {
      return await joining;
    } catch (error) {
      throw room?.joinFailure(error) ?? error;
    }
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
    const room = new SteamRoom<unknown, T>(roomName, rootSchema, this.#link, this.#messages);
    this.#latestRoom = room;
    return room;
  }

  protected override buildEndpoint(seat: SeatReservation, options?: Record<string, string>): string {
    return steamUrl(super.buildEndpoint(seat, options));
  }
}
