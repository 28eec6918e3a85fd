import type { Endpoint } from '../connection/Endpoint.ts';
import { ticketIdentity, ticketRequest } from '../connection/ticketRequest.ts';
import type { SteamResponse } from '../connection/types.ts';
import type { DriverTicket } from '../driver/SteamDriver.ts';
import { utf8 } from '../wire/bytes.ts';
import { driverTicket } from './tickets.ts';

/** A ticket is good for so long: its host asks Steam at once. */
const LIFE_MS = 60_000;

/** Of one host, in {@link LIFE_MS}. One will do, but he may want one for each room that we join, and again when the web API had no time. */
const MAX_ATTEMPTS = 10;

/** On the endpoint itself, so that the ESM and the CommonJS copy of this module answer as one. */
const ANSWERS = Symbol.for('colyseus-transport-steam.ticketAnswers');

interface Attempt {
  readonly host: bigint;
  readonly at: number;
  ticket?: DriverTicket;
}

/**
 * Gives tickets to the hosts in whose games we are, when they ask. Each is made for the host who asks, by the SteamID that Steam says
 * he has: he cannot be somebody else with it elsewhere.
 */
export class TicketAnswers {
  readonly #endpoint: Endpoint;
  /** Why each host may ask: a session of an SDK with him. */
  readonly #games = new Map<bigint, Set<symbol>>();
  #attempts: Attempt[] = [];
  /** One after the other: of two that are made at once, Steam may lose one. */
  #last: Promise<unknown> = Promise.resolve();
  #stop: (() => void) | undefined;

  private constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Those of an endpoint: always the same object. */
  static of(endpoint: Endpoint): TicketAnswers {
    const carrier = endpoint as Endpoint & { [ANSWERS]?: TicketAnswers };
    if (carrier[ANSWERS] === undefined) Object.defineProperty(carrier, ANSWERS, { value: new TicketAnswers(endpoint) });
    return carrier[ANSWERS] as TicketAnswers;
  }

  /** From now on this host may ask. The returned function ends that, and cancels what he was given, unless another game of his goes on. */
  allow(host: bigint): () => void {
    this.#stop ??= this.#start();
    const game = Symbol('game');
    const games = this.#games.get(host) ?? new Set();
    this.#games.set(host, games.add(game));
    return () => {
      if (!games.delete(game) || games.size > 0) return;
      this.#games.delete(host);
      for (const attempt of this.#attempts) if (attempt.host === host) attempt.ticket?.cancel();
      if (this.#games.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #start(): () => void {
    const stops = [
      this.#endpoint.answer(ticketRequest.path, (peer) => this.#answer(peer)),
      this.#endpoint.onTick((now) => this.#forget(now)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async #answer(host: bigint): Promise<SteamResponse> {
    if (!this.#games.has(host)) return refusal(403, 'no game of yours is played here');
    const now = this.#endpoint.now();
    this.#forget(now);
    if (this.#attempts.filter((attempt) => attempt.host === host).length >= MAX_ATTEMPTS) {
      return refusal(429, `you had ${MAX_ATTEMPTS} tickets within ${LIFE_MS / 1_000} s`);
    }
    const attempt: Attempt = { host, at: now };
    this.#attempts.push(attempt);
    const answer = this.#last.then(() => this.#give(attempt));
    this.#last = answer;
    return await answer;
  }

  async #give(attempt: Attempt): Promise<SteamResponse> {
    const { host } = attempt;
    const games = this.#games.get(host);
    try {
      const ticket = games === undefined ? undefined : await driverTicket(this.#endpoint.driver, ticketIdentity(host));
      if (ticket !== undefined && this.#games.get(host) === games) {
        attempt.ticket = ticket;
        return { status: 200, headers: [['content-type', 'application/octet-stream']], body: ticket.bytes };
      }
      ticket?.cancel();
      return refusal(403, 'the game of yours that was played here is over');
    } catch (error) {
      return refusal(503, (error as Error).message);
    }
  }

  #forget(now: number): void {
    const isOver = ({ at }: Attempt) => now - at >= LIFE_MS;
    for (const { ticket } of this.#attempts.filter(isOver)) ticket?.cancel();
    this.#attempts = this.#attempts.filter((attempt) => !isOver(attempt));
  }
}

function refusal(status: number, error: string): SteamResponse {
  return { status, headers: [['content-type', 'application/json']], body: utf8(JSON.stringify({ error })) };
}
