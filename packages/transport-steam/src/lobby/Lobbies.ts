import { resolveChannels } from '../connection/channels.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import type { EndpointOptions } from '../connection/options.ts';
import { checkDriver } from '../driver/checkDriver.ts';
import { describe } from '../driver/describe.ts';
import { type DriverLobby, type LobbyDriver, LobbyEnterResponse, LobbyError, type LobbyType } from '../driver/LobbyDriver.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { checkChannels, checkSameMessages, contractOf } from '../messages/contract.ts';
import type { Messages } from '../messages/Messages.ts';
import { Deadlines } from './Deadlines.ts';
import { Lobby } from './Lobby.ts';

/** Steam takes 300 ms to 5 s (Valve), and may lose an answer (steamworks.js). Unit: ms. */
const ANSWER_MS = 15_000;

/** On the endpoint itself, so that the ESM and the CommonJS copy of this module find the same lobbies. */
const LOBBIES = Symbol.for('colyseus-transport-steam.lobbies');

export interface LobbiesOptions extends Omit<EndpointOptions, 'contract'> {
  /** Where Steam is. The same object for everything in this process. */
  driver: SteamDriver;
  /**
   * The declared messages of the game, for a mesh.
   * @default none
   */
  messages?: Messages;
}

/**
 * Steam's lobbies, as one process uses them: one at a time, as a user can be in one regular lobby only, and every answer has a
 * time-out.
 */
export class Lobbies {
  readonly #endpoint: Endpoint;
  readonly #driver: LobbyDriver;
  readonly #deadlines: Deadlines;
  /** One after the other: Steam may lose the answer to one of two. */
  #last: Promise<unknown> = Promise.resolve();
  #current: Lobby | undefined;
  /** Steam may have put us into a lobby and lost the answer: then it lets us into no other. */
  #isAstray = false;

  private constructor(endpoint: Endpoint, driver: LobbyDriver) {
    this.#endpoint = endpoint;
    this.#driver = driver;
    this.#deadlines = new Deadlines(endpoint);
  }

  /** The lobby that an endpoint is in, whoever entered it; undefined also where the driver has none. */
  static currentOf(endpoint: Endpoint): Lobby | undefined {
    return (endpoint as Endpoint & { [LOBBIES]?: Lobbies })[LOBBIES]?.current;
  }

  /** Those of an endpoint: always the same object. @throws TypeError when its driver has no lobbies */
  static of(endpoint: Endpoint): Lobbies {
    const carrier = endpoint as Endpoint & { [LOBBIES]?: Lobbies };
    if (carrier[LOBBIES] === undefined) {
      const { lobbies } = endpoint.driver;
      if (lobbies === undefined) throw new TypeError(`the driver of Steam user ${endpoint.steamId} has no lobbies`);
      Object.defineProperty(carrier, LOBBIES, { value: new Lobbies(endpoint, lobbies) });
    }
    return carrier[LOBBIES] as Lobbies;
  }

  /**
   * Those of a driver, for whoever begins with them: `messages` and the options of the endpoint count for the whole process, as
   * those of `SteamTransport` and `SteamSDK`.
   *
   * @throws TypeError | RangeError for bad options, naming the value and what is expected; TypeError when the driver has no
   *   lobbies
   */
  static for(options: LobbiesOptions): Lobbies {
    const { driver, messages, ...endpoint } = options;
    const { limits } = checkDriver(driver);
    // Before the endpoint, whose first options stay.
    if (messages !== undefined) checkChannels(messages, resolveChannels(endpoint.channels, limits.channels));
    const contract = messages === undefined ? undefined : { contract: contractOf(messages) };
    const made = Endpoint.of(driver, { ...endpoint, ...contract });
    checkSameMessages(messages, made.options.contract);
    return Lobbies.of(made);
  }

  /** The lobby that we are in. */
  get current(): Lobby | undefined {
    return this.#current;
  }

  /**
   * Makes a lobby that we own. Aborting `signal` rejects with its reason at once; a lobby that Steam makes all the same is left.
   *
   * @throws RangeError for `maxMembers` that is not from 1 to 250; Error (rejects) when we are in a lobby: leave it first;
   *   SteamError (rejects) `timed-out` or `steam-failed`
   */
  create(type: LobbyType, maxMembers: number, signal?: AbortSignal): Promise<Lobby> {
    return this.#enter('make a lobby', () => this.#driver.create(type, maxMembers), signal).catch((error) => {
      // There is no lobby yet that could be gone, full or not for us.
      const refusal = error instanceof SteamError ? error.cause : undefined;
      throw refusal instanceof LobbyError ? new SteamError('steam-failed', refusal.message, { cause: refusal }) : error;
    });
  }

  /**
   * Enters a lobby.
   *
   * @throws RangeError (rejects) for an id that is not one of a lobby; Error (rejects) when we are in another lobby: leave it
   *   first; SteamError (rejects) `gone`, `full`, `denied`, `timed-out` or `steam-failed`
   */
  join(id: bigint): Promise<Lobby> {
    return this.#enter(`enter lobby ${id}`, () => this.#driver.join(id));
  }

  /**
   * The lobbies that Steam shows, of whatever game: at most 50, joinable ones only, and only those that have `wanted`.
   *
   * @throws SteamError (rejects) `timed-out` or `steam-failed`
   */
  list(wanted: Readonly<Record<string, string>> = {}): Promise<DriverLobby[]> {
    return this.#inTurn(async () => {
      const what = 'list lobbies';
      const lobbies = await this.#answer(what, this.#driver.list(wanted)).catch((error) => Promise.reject(failure(what, error)));
      const entries = Object.entries(wanted);
      return lobbies.filter((lobby) => {
        const data = lobby.data();
        return entries.every(([key, value]) => data[key] === value);
      });
    });
  }

  /**
   * Has `handler` called when the player accepts an invite or chooses "Join game" in the overlay, until the returned function is.
   * `friend` is whose, where Steam says it. A game that does not run yet is started with `+connect_lobby`:
   * `lobbyFromCommandLine`.
   */
  onJoinRequested(handler: (lobby: bigint, friend: bigint | undefined) => void): () => void {
    if (typeof handler !== 'function') throw new TypeError(`onJoinRequested() needs a function, not ${describe(handler)}`);
    return this.#driver.subscribe({ onJoinRequested: handler });
  }

  #enter(what: string, ask: () => Promise<DriverLobby>, signal?: AbortSignal): Promise<Lobby> {
    return this.#inTurn(async () => {
      signal?.throwIfAborted();
      if (this.#current !== undefined) {
        throw new Error(`we are in lobby ${this.#current.id}, and a user can be in one only: leave it to ${what}`);
      }
      if (this.#isAstray) await this.#findBack(what, signal);
      const entering = ask();
      const entered = await this.#answer(what, entering, signal).catch((error) => {
        // Steam may carry it out later all the same, and whoever asked thinks that we are not in; unless he has asked again
        // since.
        this.#isAstray = !(error instanceof LobbyError);
        void entering.then(
          (late) => {
            this.#isAstray = false;
            if (late.id !== this.#current?.id) late.leave();
          },
          () => {
            this.#isAstray = false;
          },
        );
        throw failure(what, error);
      });
      const lobby = new Lobby(this.#endpoint, this.#driver, entered);
      this.#current = lobby;
      this.#endpoint.log.add('lobby-entered', { lobby: String(lobby.id) });
      lobby.watch({
        onEnd: (why) => {
          if (this.#current === lobby) this.#current = undefined;
          this.#endpoint.log.add('lobby-left', { lobby: String(lobby.id), reason: why });
        },
      });
      return lobby;
    });
  }

  /**
   * Leaves the lobby that we do not know of, if Steam lists it: a public one. Of another one we are rid when the process ends.
   */
  async #findBack(what: string, signal: AbortSignal | undefined): Promise<void> {
    const listed = await this.#answer(what, this.#driver.list(), signal).catch(() => []);
    signal?.throwIfAborted();
    for (const lobby of listed) {
      if (!lobby.members().includes(this.#endpoint.steamId)) continue;
      lobby.leave();
      this.#isAstray = false;
    }
  }

  #answer<T>(what: string, answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#deadlines.within(
      answer,
      ANSWER_MS,
      () => new SteamError('timed-out', `Steam did not answer within ${ANSWER_MS} ms, when it was asked to ${what}`),
      signal,
    );
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** What Steam answered, as an error that a caller can tell apart. */
function failure(what: string, error: unknown): unknown {
  if (!(error instanceof LobbyError)) return error;
  const fail = (code: ConstructorParameters<typeof SteamError>[0], why: string) =>
    new SteamError(code, `Steam did not let us ${what}: ${why}`, { cause: error });
  switch (error.response) {
    case undefined:
      return fail('gone', `it is gone, full, or not for us; Steam does not say which (${error.message})`);
    case LobbyEnterResponse.DoesntExist:
      return fail('gone', 'it is not there any more');
    case LobbyEnterResponse.Full:
      return fail('full', 'it is full');
    case LobbyEnterResponse.Error:
      return fail('steam-failed', `an error in Steam (${error.message})`);
    case LobbyEnterResponse.NotAllowed:
      return fail('denied', 'it lets nobody in now, as when its room is full, locked or hidden; or it is not for us');
    default:
      return fail('denied', `it is not for us (EChatRoomEnterResponse ${error.response})`);
  }
}
