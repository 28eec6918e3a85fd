import { CloseCode, Room, ServerError } from '@colyseus/sdk';
import { isReliable } from '../connection/delivery.ts';
import type { DeclaredMessage } from '../messages/DeclaredMessage.ts';
import type { Messages } from '../messages/Messages.ts';
import { sendDeclared } from '../messages/withMessages.ts';
import { GameCalls } from './GameCalls.ts';
import type { PlayerLink } from './PlayerLink.ts';
import { type SdkConnection, SteamSdkTransport } from './SteamSdkTransport.ts';

/** What a room of the SDK may be given besides its name; the SDK does not export the type. */
export type RootSchema<State> = NonNullable<ConstructorParameters<typeof Room<unknown, State>>[1]>;

/** Longer than the longest pause between two attempts to reconnect. */
const RECONNECTION_SLACK_MS = 1_000;

/**
 * The SDK's own 15 attempts are made for hosts that refuse at once. A Steam user who is gone says nothing: each attempt takes
 * `connectTimeoutMs`, and a player should know after a minute, not after four. A game may set `room.reconnection.maxRetries`.
 */
const MAX_RETRIES = 5;

/**
 * All that we touch inside @colyseus/sdk (0.18.4), which has no public seam for a transport. `test/client/sdkSeam.test.ts` fails when
 * a release changes any of it:
 *
 * - `ColyseusSDK.createMatchMakeRequest(method, roomName, options, rootSchema)` (protected) makes every join, and calls the `fetchFn`
 *   before it returns: {@link PlayerSDK} overrides it to know which requests are followed by a connection to the seat.
 * - `ColyseusSDK.consumeSeatReservation(seat, rootSchema)` takes every seat, those of a join too, and calls `createRoom` before it returns:
 *   {@link PlayerSDK} overrides it to find out who has the seat, and says why Steam did not get there.
 * - `ColyseusSDK.createRoom(name, rootSchema)` (protected) makes every room: {@link PlayerSDK} overrides it to make these.
 * - `ColyseusSDK.buildEndpoint(seat, options)` (protected) makes the URL that `room.connect()` is given.
 * - `Room.connect(url, options, headers)` makes `this.connection` and, in the same call, connects it. A Connection chooses its
 *   transport by name in its constructor and knows two; but `transport` is a public field that it reads at each use, so that it can
 *   be replaced between the two: when `connection` is assigned, which only an accessor sees.
 * - The transport that is replaced, a `WebSocketTransport`, must have opened nothing before its own `connect()`.
 * - `connection.events` is filled by the room, and read by us at each event.
 * - `room.onMessageHandlers` (protected) has the handlers of messages by type in `events`, an object with a prototype, and calls them by
 *   `emit(type, …)`; `invoke(…)` of `onStateChange`, `onError`, `onLeave`, `onDrop`, `onReconnect` and `onJoin` (protected) calls the others.
 * - `room.leave()` says LEAVE_ROOM to the connection, and waits for `onLeave`; a connection that is lost, or is not there, made it come back.
 * - `room.removeAllListeners()` makes new `events`, and throws when `room.serializer` has no state.
 */
export class SteamRoom<T, State> extends Room<T, State> {
  readonly #link: PlayerLink;
  readonly #game = new GameCalls();

  constructor(name: string, rootSchema: RootSchema<State> | undefined, link: PlayerLink, messages?: Messages) {
    super(name, rootSchema);
    this.#link = link;
    this.#clearPrototype();
    this.#game.watch(this.onMessageHandlers, 'emit');
    const signals = [this.onStateChange, this.onError, this.onLeave, this.onDrop, this.onReconnect, this.onJoin];
    for (const signal of signals) this.#game.watch(signal, 'invoke');
    if (messages !== undefined) {
      sendDeclared(this, messages, (declared, payload, delivery) => this.#sendMessage(declared, payload, delivery));
    }
    this.reconnection.maxRetries = MAX_RETRIES;
  }

  override connect(url: string, options?: unknown, headers?: unknown): void {
    let connection: SdkConnection | undefined;
    Object.defineProperty(this, 'connection', {
      configurable: true,
      enumerable: true,
      get: () => connection,
      set: (made: SdkConnection) => {
        made.transport = new SteamSdkTransport(made.events, this.#link, this.#game, () => this.#lingerMs());
        connection = made;
      },
    });
    try {
      super.connect(url, options, headers);
    } finally {
      Object.defineProperty(this, 'connection', { configurable: true, enumerable: true, writable: true, value: connection });
    }
  }

  /**
   * Resolves to the code with which it ended: when the host has heard it; when the link is lost instead; at once while there is none, or when the
   * room is over.
   */
  override leave(consented?: boolean): Promise<number> {
    const left = super.leave(consented);
    const transport = this.connection?.transport;
    if (consented !== false && transport instanceof SteamSdkTransport && !transport.leave()) {
      this.reconnection.isReconnecting = false;
      this.onLeave.invoke(CloseCode.CONSENTED);
    }
    return left;
  }

  /** What a join of it failed with, when that was Steam's doing: as the SDK's own errors have it, with our code. Undefined else. */
  joinFailure(error: unknown): ServerError | undefined {
    const { transport } = this.connection;
    const failure = transport instanceof SteamSdkTransport ? transport.failure : undefined;
    if (failure === undefined || !(error instanceof ServerError)) return undefined;
    return new ServerError(failure.code as never, failure.message);
  }

  /** The SDK calls it at the end of a room, before it tells the game. */
  override removeAllListeners(): void {
    try {
      super.removeAllListeners();
    } catch {
      // The host said that there is a state, and not of what kind: the SDK has nothing to take leave of.
      this.serializer = undefined as never;
    }
    this.#clearPrototype();
  }

  /** The host names the types of messages: `constructor` must be one that nobody listens to. */
  #clearPrototype(): void {
    Object.setPrototypeOf(this.onMessageHandlers.events, null);
  }

  #sendMessage(declared: DeclaredMessage, payload: unknown, delivery?: 'unreliable'): boolean {
    const { transport } = this.connection;
    if (transport instanceof SteamSdkTransport && transport.isOpen) {
      transport.sendMessage(declared, payload, delivery);
      return true;
    }
    // The SDK keeps what is sent meanwhile, for later: not what would be stale then.
    return !isReliable(delivery ?? declared.delivery);
  }

  /** While the SDK pauses between two attempts to reconnect there is no connection, but there will be. */
  #lingerMs(): number | undefined {
    const { isReconnecting, maxDelay } = this.reconnection;
    return isReconnecting ? maxDelay + RECONNECTION_SLACK_MS : undefined;
  }
}

/** The SDK's URL of a seat, `ws://<id>.steam/…`, as ours. Its host may be another user: the `publicAddress` of the seat. */
export function steamUrl(webSocketUrl: string): string {
  return webSocketUrl.replace(/^ws:\/\/(\d+)(?:\.steam)?(?=\/)/, 'steam://$1');
}
