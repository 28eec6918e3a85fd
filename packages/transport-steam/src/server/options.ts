import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { type EndpointOptions, endpointOptionNames } from '../connection/options.ts';
import { checkDriver } from '../driver/checkDriver.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';
import { contractOf } from '../messages/contract.ts';
import type { Messages } from '../messages/Messages.ts';
import type { Access } from './access.ts';
import { type LobbyOptions, type ResolvedLobbyOptions, resolveLobbyOptions } from './lobbyOptions.ts';
import { type Bans, bansOf } from './Moderation.ts';

/** Options of a {@link SteamTransport}: its own, and those of the endpoint, which count for the whole process. */
export interface SteamTransportOptions extends Omit<EndpointOptions, 'contract'> {
  /** Where packets come from: Steam itself, or a simulated one. */
  driver: SteamDriver;
  /**
   * The messages of the game, from `colyseus-transport-steam/messages`. Both ends must give the same: a peer with others is refused with
   * `schema-mismatch`.
   * @default none: messages travel through msgpack, reliably
   */
  messages?: Messages;
  /**
   * An HTTP server to listen beside Steam, for pages, webhooks, the monitor. `server.listen(port)` then listens there, too; players
   * still come over Steam only.
   * @default none: the process opens no port
   */
  server?: HttpServer | HttpsServer;
  /**
   * Shows a room of this process as a Steam lobby, for as long as there is the room: the oldest one (of the name `lobby.room`,
   * when that is given), and the next one when that is disposed. Players of a host with a lobby come through it
   * ({@link onSessionRequest}), so the host makes the room.
   * @default none: {@link SteamTransport.openLobby} opens one
   */
  lobby?: LobbyOptions;
  /**
   * May this user talk to us? `false`: he hears nothing, as if nobody was here. A string: he is told so, with that reason. May be
   * asynchronous. What it throws, and any other answer, is logged and counts as `false`. Asked once for each session, and not for
   * our own player, nor for whom is banned. `access` has what is common.
   * @default `access.lobby()` with option `lobby`, and once `openLobby()` was called; else `access.anyone`
   */
  onSessionRequest?: Access;
  /**
   * Who is not let in, whatever {@link onSessionRequest} would say: SteamIDs, or a map from SteamID to the reason that he is
   * told. `transport.ban()` adds to them.
   * @default nobody
   */
  bans?: Bans;
  /**
   * Which of the operator's pages (`/monitor`, `/playground`, `/admin`, `/__…`) players may open over Steam. Asked for those only.
   * @default none
   */
  exposeRoute?: (path: string) => boolean;
}

const OWN_NAMES = ['driver', 'messages', 'server', 'lobby', 'onSessionRequest', 'bans', 'exposeRoute'];

export interface SplitOptions {
  readonly own: Required<Pick<SteamTransportOptions, 'driver' | 'exposeRoute'>> &
    Pick<SteamTransportOptions, 'messages' | 'server' | 'onSessionRequest'> & {
      readonly lobby?: ResolvedLobbyOptions;
      readonly bans: ReadonlyMap<bigint, string>;
    };
  readonly endpoint: EndpointOptions;
}

/** Checks the transport's own options, and sets those of the endpoint apart. @throws TypeError naming the option and what is allowed */
export function splitTransportOptions(options: SteamTransportOptions): SplitOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`new SteamTransport() needs options, at least { driver }, not ${String(options)}`);
  }
  const { driver, messages, server, lobby, onSessionRequest, bans, exposeRoute = () => false, ...endpoint } = options;
  for (const name of Object.keys(endpoint)) {
    if (!endpointOptionNames.includes(name)) {
      throw new TypeError(
        `unknown option ${name}; the options of SteamTransport are ${[...OWN_NAMES, ...endpointOptionNames].join(', ')}`,
      );
    }
  }
  for (const [name, value] of Object.entries({ onSessionRequest, exposeRoute })) {
    if (value !== undefined && typeof value !== 'function')
      throw new TypeError(`option ${name} must be a function, not ${String(value)}`);
  }
  if (server !== undefined && typeof server.listen !== 'function') {
    throw new TypeError(`option server must be an http.Server or https.Server, not ${String(server)}`);
  }
  const own = {
    driver: checkDriver(driver),
    exposeRoute,
    bans: bansOf(bans),
    ...(lobby !== undefined && { lobby: resolveLobbyOptions(lobby) }),
    ...(onSessionRequest !== undefined && { onSessionRequest }),
    ...(messages !== undefined && { messages }),
    ...(server !== undefined && { server }),
  };
  return { own, endpoint: messages === undefined ? endpoint : { ...endpoint, contract: contractOf(messages) } };
}
