import type { Messages } from '../messages/Messages.ts';

/** Options of a {@link BridgeClient}. */
export interface BridgeClientOptions {
  /**
   * `steam://` and the SteamID64 of the user who hosts, as far as the owner of the bridge lets us reach him.
   * @default whom the owner names, if he does
   */
  endpoint?: string;
  /**
   * The messages of the game, from `colyseus-transport-steam/messages`. The owner must give the same.
   * @default none: messages travel through msgpack, reliably
   */
  messages?: Messages;
  /** Headers of every request, as in the SDK's own options. */
  headers?: Record<string, string>;
  /**
   * Until the owner has answered. Unit: ms.
   * @default 10_000
   */
  connectTimeoutMs?: number;
  /**
   * Silence after which the owner is gone: every port that can tell does so at once. Unit: ms.
   * @default 30_000
   */
  silenceMs?: number;
  /**
   * What may be on its way to us on one connection before we have read it. Unit: bytes.
   * @default 262_144
   */
  windowBytes?: number;
  /**
   * What may wait here on one connection until the owner takes it; over it the connection closes as slow (1013). Unit: bytes.
   * @default 4_194_304
   */
  maxBufferedBytes?: number;
}

export const defaultBridgeClientOptions = {
  connectTimeoutMs: 10_000,
  silenceMs: 30_000,
  windowBytes: 262_144,
  maxBufferedBytes: 4_194_304,
} as const;

/** What both ends may choose from. */
export const bridgeBounds = {
  connectTimeoutMs: [1, 3_600_000],
  silenceMs: [10_000, 3_600_000],
  /** Smaller ones take more credits than an owner takes from a page in a second. */
  windowBytes: [16_384, 16_777_216],
  maxBufferedBytes: [65_536, 268_435_456],
  maxConnections: [1, 1_000],
  maxRequests: [1, 1_000],
} as const;

type Bounded = keyof typeof bridgeBounds;

/** @throws TypeError | RangeError naming option, value and bound */
export function checkBridgeNumbers(options: Partial<Record<Bounded, unknown>>): void {
  for (const [name, [least, most]] of Object.entries(bridgeBounds)) {
    const value = options[name as Bounded];
    if (value === undefined) continue;
    if (!Number.isInteger(value)) throw new TypeError(`option ${name} must be a whole number, not ${String(value)}`);
    if ((value as number) < least || (value as number) > most) {
      throw new RangeError(`option ${name} is ${String(value)}, but must be from ${least} to ${most}`);
    }
  }
}

const names = ['endpoint', 'messages', 'headers', ...Object.keys(defaultBridgeClientOptions)];

/** @throws TypeError | RangeError naming the option and what is allowed */
export function resolveBridgeClientOptions(
  options: BridgeClientOptions,
): BridgeClientOptions & Required<Pick<BridgeClientOptions, keyof typeof defaultBridgeClientOptions>> {
  if (typeof options !== 'object' || options === null) throw new TypeError(`options must be an object, not ${String(options)}`);
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`unknown option ${name}; the options of BridgeClient are ${names.join(', ')}`);
  }
  checkBridgeNumbers(options);
  // Not by its class, whose codecs a page without messages need not load.
  if (options.messages !== undefined && typeof options.messages.fingerprint !== 'bigint') {
    throw new TypeError('option messages must be what defineMessages() returned');
  }
  return { ...defaultBridgeClientOptions, ...options };
}
