import { CloseCode } from '@colyseus/sdk';
import type { Connection } from '../connection/Connection.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import type { EndpointOptions } from '../connection/options.ts';
import type { ConnectionEvents, SteamRequest, SteamResponse } from '../connection/types.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { EndpointHold } from './EndpointHold.ts';
import { Offers } from './Offers.ts';
import { PlayerLink } from './PlayerLink.ts';

/** Over the Steam of this process, whose endpoint is held while there is a request or a connection. */
export class SteamLink extends PlayerLink {
  readonly endpoint: Endpoint;
  readonly #hold: EndpointHold;
  readonly #offers: Offers;
  readonly #connections = new Set<Connection>();

  /** `begin` is called whenever it begins to use its endpoint; what it returns, when that is over. */
  constructor(driver: SteamDriver, options: EndpointOptions, begin?: (endpoint: Endpoint) => () => void) {
    super();
    this.endpoint = Endpoint.of(driver, options);
    this.#hold = new EndpointHold(this.endpoint, begin === undefined ? undefined : () => begin(this.endpoint));
    this.#offers = new Offers(this.endpoint.options.connectTimeoutMs);
  }

  /** It has nothing, and holds nothing. */
  get isIdle(): boolean {
    return !this.#hold.isHeld;
  }

  override get knowsMessages(): boolean {
    return this.endpoint.options.contract !== undefined;
  }

  override async request(host: bigint, request: SteamRequest, signal: AbortSignal): Promise<SteamResponse> {
    signal.throwIfAborted();
    const done = this.#hold.use();
    try {
      const result = await this.endpoint.request(host, request, signal);
      if (result.offer !== undefined) {
        this.#offers.keep(host, result.offer.target, result.offer.connection, this.#hold.use());
      }
      return result;
    } finally {
      done();
    }
  }

  /** The endpoint stays for `lingerMs` after the end. */
  override dial(
    host: bigint,
    target: string,
    events: ConnectionEvents,
    lingerMs: () => number | undefined = () => undefined,
  ): Connection {
    const done = this.#hold.use();
    const told: ConnectionEvents = {
      ...events,
      onClose: (code, reason, error) => {
        this.#connections.delete(connection);
        try {
          events.onClose(code, reason, error);
        } finally {
          done(lingerMs());
        }
      },
    };
    const offered = this.#offers.take(host, target);
    const connection = offered ?? this.endpoint.connect(host, target, told);
    this.#connections.add(connection);
    offered?.adopt(told);
    return connection;
  }

  /** And lets the endpoint go. `code`: with which connections end. */
  override close(code: number = CloseCode.CONSENTED): void {
    super.close();
    for (const connection of this.#connections) connection.close(code);
    this.#offers.clear();
    this.endpoint.flush();
    this.#hold.release();
  }
}
