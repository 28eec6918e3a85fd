import { CloseCode } from '@colyseus/sdk';
import type { Connection } from '../connection/Connection.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import type { EndpointOptions } from '../connection/options.ts';
import type { ConnectionEvents, SteamRequest, SteamResponse } from '../connection/types.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { EndpointHold } from './EndpointHold.ts';
import { Offers } from './Offers.ts';

/** What one SDK does over Steam: its requests and its connections, and the endpoint held while there are any. */
export class SteamLink {
  readonly endpoint: Endpoint;
  readonly #hold: EndpointHold;
  readonly #offers: Offers;
  readonly #connections = new Set<Connection>();
  #closed = new AbortController();
  #generation = 0;
  #isMatchmaking = false;

  constructor(driver: SteamDriver, options: EndpointOptions) {
    this.endpoint = Endpoint.of(driver, options);
    this.#hold = new EndpointHold(this.endpoint);
    this.#offers = new Offers(this.endpoint.options.connectTimeoutMs);
  }

  /** How often it was closed: what began before a {@link close} must not go on after it. */
  get generation(): number {
    return this.#generation;
  }

  /** The request that begins now is followed by a {@link dial} of the seat in its answer. */
  get isMatchmaking(): boolean {
    return this.#isMatchmaking;
  }

  /** Runs `ask`; what it requests before it returns is matchmaking. */
  matchmake<T>(ask: () => T): T {
    this.#isMatchmaking = true;
    try {
      return ask();
    } finally {
      this.#isMatchmaking = false;
    }
  }

  /** Aborted with `signal`, and by {@link close}: for a request that begins now. */
  signalFor(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  /** Asks a host, and keeps the connection that comes with the answer. */
  async request(host: bigint, request: SteamRequest, signal: AbortSignal): Promise<SteamResponse> {
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

  /**
   * Opens a connection, or takes the one that the host has opened for the same seat: then `onOpen` comes as if it had been dialled.
   *
   * @param lingerMs asked at the end: how long the endpoint stays for the next one.
   */
  dial(host: bigint, target: string, events: ConnectionEvents, lingerMs: () => number | undefined = () => undefined): Connection {
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

  /** Leaves everything with consent, gives up what waits for an answer, and lets the endpoint go. It can be used again. */
  close(): void {
    this.#generation++;
    this.#closed.abort(new DOMException('the SteamSDK was closed', 'AbortError'));
    this.#closed = new AbortController();
    for (const connection of this.#connections) connection.close(CloseCode.CONSENTED);
    this.#offers.clear();
    this.endpoint.flush();
    this.#hold.release();
  }
}
