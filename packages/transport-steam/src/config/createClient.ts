import { type ClientOptions, ColyseusSDK, type EndpointSettings } from '@colyseus/sdk';
import { SteamSDK } from '../client/SteamSDK.ts';
import {
  checkEndpointOptions,
  choiceKey,
  codeKey,
  hostKeysInFile,
  objectKey,
  type SteamConfig,
  steamKeys,
  valuesOf,
} from './keys.ts';
import { MessagesSDK } from './MessagesSDK.ts';
import { checked, type Keys, readConfig } from './readConfig.ts';
import type { ServerTypes } from './ServerTypes.ts';
import { sharedDriver } from './sharedDriver.ts';

/** What a player is told. Of the SDK's own options, all but the headers mean something over WebSocket only. */
export interface ClientConfig extends SteamConfig, ClientOptions {
  /**
   * Whether the host is given a ticket over Steam, when he asks for one: see `SteamSDKOptions`.
   * @default true
   */
  tickets?: boolean;
}

const playerKeys = {
  ...steamKeys,
  headers: objectKey<Record<string, string>>('an object of names and values'),
  tickets: {
    inFile: true,
    allowed: 'true or false',
    read: (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined),
  },
  protocol: choiceKey(['ws', 'h3']),
  urlBuilder: codeKey<NonNullable<ClientOptions['urlBuilder']>>('a function'),
  fetchFn: codeKey<NonNullable<ClientOptions['fetchFn']>>('a function'),
} satisfies Keys & Record<keyof ClientOptions, unknown>;

const STEAM = 'steam://';
/** What the SDK takes: a URL, or in a browser a path. */
const WEB = /^(?:(?:wss?|https?):\/\/|\/)/;

/**
 * A client of the Colyseus SDK to wherever the endpoint leads: over Steam to `steam://` and a SteamID, over WebSocket to `ws://`, `wss://`,
 * `http://` and `https://`. What comes after is the same.
 *
 * ```ts
 * const client = createClient('steam://76561197960265729');
 * ```
 *
 * @param endpoint without one, and as an object, it is the SDK's affair
 * @param config or the path of the file
 * @throws TypeError | RangeError naming the key, where it stands, the value and what is allowed; SteamError when Steam does not start
 */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults, which mean an untyped server
export function createClient<ServerType extends ServerTypes = any, UserData = any>(
  endpoint?: string | EndpointSettings,
  config?: ClientConfig | string,
): ColyseusSDK<ServerType, UserData> {
  const settings = readConfig('createClient', playerKeys, hostKeysInFile, config);
  const endpointOptions = checkEndpointOptions(settings.endpoint);
  const { messages, headers, tickets, urlBuilder, protocol, fetchFn } = valuesOf(settings);
  if (typeof endpoint === 'string' && endpoint.startsWith(STEAM)) {
    const { driver } = sharedDriver(settings);
    const options = { ...endpointOptions, driver, ...given({ messages, headers, tickets }) };
    return checked('createClient()', () => new SteamSDK<ServerType, UserData>(endpoint, options));
  }
  if (typeof endpoint === 'string' && !WEB.test(endpoint)) {
    throw new TypeError(
      `createClient(): the endpoint must begin with steam://, ws://, wss://, http:// or https://, not be ${JSON.stringify(endpoint)}`,
    );
  }
  const options = given({ headers, urlBuilder, protocol, fetchFn });
  if (messages === undefined) return new ColyseusSDK<ServerType, UserData>(endpoint, options);
  return new MessagesSDK<ServerType, UserData>(messages, endpoint, options);
}

/** Without what is undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
