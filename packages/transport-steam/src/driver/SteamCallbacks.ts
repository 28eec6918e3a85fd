import { describe } from './describe.ts';
import { checkClient, SteamCallback, type SteamCallbackEvents, type SteamworksClient } from './steamworksClient.ts';

/** On steamworks.js itself, so that the ESM and the CommonJS copy of this module find the same registrations. */
const CALLBACKS = Symbol.for('colyseus-transport-steam.callbacks');

type Handler = (event: never) => void;

interface Registration {
  readonly handlers: Set<Handler>;
  handle: { disconnect(): void } | undefined;
}

/**
 * The callbacks of one Steam client, for everybody in the process who wants them.
 *
 * steamworks.js has one handler per type in a process: a second `register` silently takes the place of the first, and
 * `disconnect()` of either removes whichever is there. So one registers for all. A game that wants an event which the driver wants,
 * too, takes it from here; or it registers itself and hands the event on: {@link leaveToGame}, {@link feed}.
 */
export class SteamCallbacks {
  readonly #table: SteamworksClient['callback'];
  readonly #registrations = new Map<SteamCallback, Registration>();
  readonly #leftToGame = new Set<SteamCallback>();
  /** What the last `init` that we know of returned. */
  #client: SteamworksClient | undefined;

  /**
   * Those of `client`: one for a process, whoever asks. With another client than before, as another `init` returns it, {@link renew}.
   *
   * @throws TypeError when it is not what `init` returned
   */
  static of(client: SteamworksClient): SteamCallbacks {
    const table: SteamworksClient['callback'] & { [CALLBACKS]?: SteamCallbacks } = checkClient(client).callback;
    if (table[CALLBACKS] === undefined) Object.defineProperty(table, CALLBACKS, { value: new SteamCallbacks(table) });
    const callbacks = table[CALLBACKS] as SteamCallbacks;
    callbacks.renew(client);
    return callbacks;
  }

  private constructor(table: SteamworksClient['callback']) {
    this.#table = table;
  }

  /**
   * Has `handler` called for each event, later, by the timer of steamworks.js (30 times a second), never from inside a call of yours;
   * until the function that it returns is called. Events from before are lost (steamworks.js).
   *
   * @throws RangeError when the type cannot be registered safely; TypeError when `handler` is no function: steamworks.js would abort
   *   the process
   */
  on<Type extends SteamCallback>(type: Type, handler: (event: SteamCallbackEvents[Type]) => void): () => void {
    checkType(type);
    if (typeof handler !== 'function')
      throw new TypeError(`the handler of callback ${type} is ${describe(handler)}, not a function`);
    const registration = this.#registrations.get(type) ?? { handlers: new Set(), handle: undefined };
    // Before anything is kept: it may throw.
    if (registration.handle === undefined && !this.#leftToGame.has(type)) this.#register(type, registration);
    this.#registrations.set(type, registration);
    // The same function may be given twice.
    const own: Handler = (event) => handler(event);
    registration.handlers.add(own);
    return () => {
      if (!registration.handlers.delete(own) || registration.handlers.size > 0) return;
      registration.handle?.disconnect();
      // Not to be used again: an event that is on its way to it is from before.
      this.#registrations.delete(type);
    };
  }

  /**
   * Registers again what is registered here. Another `init` of steamworks.js, from whatever thread, has taken all of it away without a
   * word, and nothing tells whether there was one. Harmless when there was none. A type that was left to the game is the game's to renew.
   *
   * @param client what `init` returned: nothing is done when it is known already. Without it, always
   */
  renew(client?: SteamworksClient): void {
    if (client !== undefined && client === this.#client) return;
    this.#client = client ?? this.#client;
    for (const [type, registration] of this.#registrations) {
      if (this.#leftToGame.has(type)) continue;
      registration.handle?.disconnect();
      registration.handle = undefined;
      this.#register(type, registration);
    }
  }

  #register(type: SteamCallback, registration: Registration): void {
    registration.handle = this.#table.register(type, (event) => this.#tell(registration, event as never));
  }

  /**
   * Says that the game registers `types` itself, now or later, and calls {@link feed} from its handlers: they are not registered here.
   *
   * @throws Error when one of them is registered here already: call it before the driver is made
   */
  leaveToGame(...types: SteamCallback[]): void {
    for (const type of types) {
      checkType(type);
      if (this.#registrations.get(type)?.handle !== undefined) {
        throw new Error(`callback ${nameOf(type)} is registered already; call leaveToGame() before the driver is made`);
      }
    }
    for (const type of types) this.#leftToGame.add(type);
  }

  /** Hands on an event that the game's own handler was given. @throws Error when the type was not left to the game */
  feed<Type extends SteamCallback>(type: Type, event: SteamCallbackEvents[Type]): void {
    checkType(type);
    if (!this.#leftToGame.has(type)) {
      throw new Error(`callback ${nameOf(type)} is not left to the game; call leaveToGame() first, or it would come twice`);
    }
    const registration = this.#registrations.get(type);
    if (registration !== undefined) this.#tell(registration, event as never);
  }

  /** All are told, whatever one of them throws; the first error is then thrown on, as steamworks.js does. */
  #tell({ handlers }: Registration, event: never): void {
    const errors: unknown[] = [];
    for (const handler of [...handlers]) {
      // Another one may have taken it away meanwhile.
      if (!handlers.has(handler)) continue;
      try {
        handler(event);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

function checkType(type: unknown): void {
  if (!Object.values(SteamCallback).some((known) => known === type)) {
    const names = Object.entries(SteamCallback).map(([name, value]) => `${name} (${value})`);
    throw new RangeError(`callback type ${String(type)} is not one that can be registered safely: ${names.join(', ')}`);
  }
}

function nameOf(type: SteamCallback): string {
  return Object.entries(SteamCallback).find(([, value]) => value === type)?.[0] ?? String(type);
}
