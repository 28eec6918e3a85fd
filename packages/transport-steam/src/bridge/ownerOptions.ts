import { lobbyIdOf } from '../client/lobbyIds.ts';
import { type LobbyClientOptions, splitLobbyOptions } from '../client/lobbyOptions.ts';
import { type SplitOptions, type SteamSDKOptions, splitClientOptions } from '../client/options.ts';
import { hostOfEndpoint } from '../client/steamAddress.ts';
import { resolveChannels } from '../connection/channels.ts';
import { Endpoint } from '../connection/Endpoint.ts';
import { checkChannels, checkSameMessages } from '../messages/contract.ts';
import { checkBridgeNumbers } from './pageOptions.ts';

/** Options of {@link serveBridge}: its own, and those of the endpoint, which count for the whole process. */
export interface BridgeOptions extends Omit<SteamSDKOptions, 'headers'> {
  /**
   * `steam://` and the SteamID64 of the user who hosts: whom a page plays with that names nobody.
   * @default nobody
   */
  endpoint?: string;
  /**
   * Whether the page may reach this user, beside the one of `endpoint` and the host of the lobby that it is in. May be asked for each request.
   * @default nobody else
   */
  hosts?: (host: bigint) => boolean;
  /**
   * Lets the page find and join games through their lobbies, as the player of this process.
   * @default none
   */
  lobbies?: BridgeLobbiesOptions;
  /**
   * Connections of the page at once; one that is over counts until the page has heard of it.
   * @default 16
   */
  maxConnections?: number;
  /**
   * Requests and calls of the page that wait for an answer.
   * @default 32
   */
  maxRequests?: number;
  /**
   * What the page may have on its way on one connection before Steam has taken it. Unit: bytes.
   * @default 262_144
   */
  windowBytes?: number;
  /**
   * What may wait here on one connection until the page takes it; over it the connection closes as slow (1013), at both of its ends. Unit: bytes.
   * @default 4_194_304
   */
  maxBufferedBytes?: number;
  /**
   * Silence after which the page is gone: every port that can tell does so at once. A page that is stopped in a debugger is silent. Unit: ms.
   * @default 60_000
   */
  silenceMs?: number;
  /** The bridge has ended: by whom and why, in words. Called once. */
  onEnd?: (code: number, reason: string) => void;
}

/** What is told of the lobbies of a {@link serveBridge}: see `LobbyClientOptions`. */
export interface BridgeLobbiesOptions extends Pick<LobbyClientOptions, 'game' | 'status'> {
  /**
   * The lobby with which the game was started, from `lobbyFromCommandLine(process.argv)`: the page is told as of an invite that is accepted now.
   * @default none
   */
  invited?: bigint | undefined;
}

export const defaultBridgeOptions = {
  maxConnections: 16,
  maxRequests: 32,
  windowBytes: 262_144,
  maxBufferedBytes: 4_194_304,
  silenceMs: 60_000,
} as const;

export interface ResolvedBridgeOptions {
  readonly endpoint: Endpoint;
  readonly split: SplitOptions;
  readonly named: bigint | undefined;
  readonly lobbies: { readonly options: LobbyClientOptions; readonly invited: bigint | undefined } | undefined;
  readonly mayReach: ((host: bigint) => boolean) | undefined;
  readonly limits: Readonly<Record<keyof typeof defaultBridgeOptions, number>>;
  readonly onEnd: ((code: number, reason: string) => void) | undefined;
}

/** @throws TypeError | RangeError naming the option, the value and what is allowed */
export function resolveBridgeOptions(options: BridgeOptions): ResolvedBridgeOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`serveBridge(port, options) needs options, at least { driver }, not ${String(options)}`);
  }
  const {
    endpoint: address,
    hosts,
    lobbies,
    onEnd,
    maxConnections,
    maxRequests,
    windowBytes,
    maxBufferedBytes,
    silenceMs,
    ...rest
  } = options;
  const given = { maxConnections, maxRequests, windowBytes, maxBufferedBytes, silenceMs };
  checkBridgeNumbers(given);
  for (const [name, value] of Object.entries({ hosts, onEnd })) {
    if (value !== undefined && typeof value !== 'function')
      throw new TypeError(`option ${name} must be a function, not ${String(value)}`);
  }
  const named = address === undefined ? undefined : hostOfEndpoint(address);
  const others = ['endpoint', 'hosts', 'lobbies', 'onEnd', ...Object.keys(defaultBridgeOptions)];
  const split = splitClientOptions(rest, { whose: 'serveBridge', others });
  const { driver, messages } = split;
  // Before the endpoint, whose first options stay.
  if (messages !== undefined) checkChannels(messages, resolveChannels(split.endpoint.channels, driver.limits.channels));
  const endpoint = Endpoint.of(driver, split.endpoint);
  checkSameMessages(messages, endpoint.options.contract);
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    endpoint,
    split,
    named,
    lobbies: lobbies && lobbiesOf(lobbies, rest),
    mayReach: hosts,
    limits: { ...defaultBridgeOptions, ...present },
    onEnd,
  };
}

function lobbiesOf(given: BridgeLobbiesOptions, sdk: SteamSDKOptions): NonNullable<ResolvedBridgeOptions['lobbies']> {
  const { invited, ...lobbies } = given;
  const options = { ...sdk, ...lobbies };
  splitLobbyOptions(options);
  return { options, invited: invited === undefined ? undefined : lobbyIdOf(invited) };
}
