import { createServer, type Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Transport } from '@colyseus/core';
import type { EndpointOptions } from '../connection/options.ts';
import { type LobbyOptions, resolveLobbyOptions } from '../server/lobbyOptions.ts';
import type { SteamTransportOptions } from '../server/options.ts';
import { CombinedTransport } from './CombinedTransport.ts';
import { ConfiguredSteamTransport } from './ConfiguredSteamTransport.ts';
import { ConfiguredWebSocketTransport } from './ConfiguredWebSocketTransport.ts';
import {
  checkEndpointOptions,
  choiceKey,
  codeKey,
  objectKey,
  playerKeysInFile,
  type SteamConfig,
  steamKeys,
  valuesOf,
} from './keys.ts';
import type { WebSocketOptions } from './loadWebSocketTransport.ts';
import { checked, isRecord, type Key, type Keys, readConfig, type Settings } from './readConfig.ts';
import { sharedDriver } from './sharedDriver.ts';
import { WebSocketSide } from './WebSocketSide.ts';

/** What {@link createTransport} passes on to `SteamTransport`. */
type HostOptions = Omit<SteamTransportOptions, keyof EndpointOptions | 'driver' | 'messages' | 'server'>;

/** What a host is told. */
export interface TransportConfig extends SteamConfig, HostOptions {
  /**
   * How players reach the server: `steam+websocket` is both ways at once, into the same rooms.
   * @default the environment variable `COLYSEUS_TRANSPORT`, else `websocket`
   */
  transport?: 'websocket' | 'steam' | 'steam+websocket';
  /**
   * The HTTP server: for WebSocket, and for pages and routes beside it. With Steam alone there is none unless the game gives one, or has pages
   * (`express`).
   * @default one that is made here
   */
  server?: HttpServer | HttpsServer;
  /**
   * Options of `WebSocketTransport`.
   * @default its own
   */
  websocket?: WebSocketOptions;
}

/** An option of `SteamTransport` that is missing here is a type error. */
const optionKeys = {
  lobby: objectKey<LobbyOptions>("an object such as { game: 'my-studio.my-game' }"),
  onSessionRequest: codeKey('a function'),
  bans: codeKey('SteamIDs'),
  exposeRoute: codeKey('a function'),
} satisfies Keys & Record<keyof HostOptions, Key<unknown>>;

const hostKeys = {
  ...steamKeys,
  ...optionKeys,
  transport: choiceKey(['websocket', 'steam', 'steam+websocket'], 'COLYSEUS_TRANSPORT'),
  server: {
    inFile: false,
    allowed: 'an http.Server or https.Server',
    read: (value: unknown): HttpServer | undefined =>
      isRecord(value) && typeof value.listen === 'function' ? (value as unknown as HttpServer) : undefined,
  },
  websocket: objectKey<WebSocketOptions>('an object of options of WebSocketTransport, such as { pingInterval: 5000 }'),
} satisfies Keys;

/** What the HTTP server is said by, and not by options of WebSocketTransport. */
const PLACES = ['server', 'noServer', 'port'];

/**
 * The transport that the configuration says: an object, a JSON file, the environment, or nothing, which means WebSocket.
 *
 * ```ts
 * const server = defineServer({ transport: createTransport(), rooms });
 * ```
 *
 * At once: what takes time (the simulated Steam, loading `@colyseus/ws-transport`) is waited for by `server.listen()`, which rejects when it
 * fails. With Steam it is a `SteamTransport`.
 *
 * @param config or the path of the file
 * @throws TypeError | RangeError naming the key, where it stands, the value and what is allowed; SteamError when Steam does not start
 */
export function createTransport(config?: TransportConfig | string): Transport {
  const settings = readConfig('createTransport', hostKeys, playerKeysInFile, config);
  const endpoint = checkEndpointOptions(settings.endpoint);
  const { lobby, websocket } = settings;
  if (lobby !== undefined) checked(lobby.where, () => resolveLobbyOptions(lobby.value));
  if (websocket !== undefined) checkWebSocketOptions(websocket);

  const { transport = 'websocket', server, messages, ...others } = valuesOf(settings);
  const websocketSide = () => new WebSocketSide(server ?? createServer(), websocket?.value, messages);
  if (transport === 'websocket') return new ConfiguredWebSocketTransport(websocketSide());

  const host = sharedDriver(settings);
  const passedOn = Object.entries(others).filter(([name]) => name in optionKeys);
  const options: SteamTransportOptions = {
    ...endpoint,
    ...Object.fromEntries(passedOn),
    driver: host.driver,
    ...(messages && { messages }),
  };
  return checked('createTransport()', () =>
    transport === 'steam'
      ? new ConfiguredSteamTransport({ ...options, ...(server && { server }) }, host)
      : new CombinedTransport(options, host, websocketSide()),
  );
}

function checkWebSocketOptions({ value, where }: NonNullable<Settings<typeof hostKeys>['websocket']>): void {
  for (const name of PLACES) {
    if (name in value)
      throw new TypeError(`${where} must not have ${name}: the key server is for that, and listen() for the port`);
  }
}
