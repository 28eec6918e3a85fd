// What carries the game: Steam, or WebSocket. The only file that knows, but for page/connect.ts, which is its other end in a page.
import type { AddressInfo } from 'node:net';
import type { Room } from '@colyseus/core';
import { SteamTransport, type SteamTransportOptions } from 'colyseus-transport-steam';
import { type Bridge, serveBridge, type WebSocketLike, webSocketPort } from 'colyseus-transport-steam/bridge';
import { Client, LobbyClient, lobbyFromCommandLine } from 'colyseus-transport-steam/client';
import { createTransport as createConfigured } from 'colyseus-transport-steam/config';
import type { Inspection } from 'colyseus-transport-steam/inspect';
import { patience } from './patience.ts';
import { messages } from './shared/messages.ts';

export type Driver = SteamTransportOptions['driver'];
export type Transport = ReturnType<typeof createTransport>;

/** Which lobbies are ours: app 480 is everybody's. */
const GAME = 'colyseus-transport-steam.demo-game';

/** Over Steam, as the user of `driver`; without one over WebSocket. */
export function createTransport(driver: Driver | undefined) {
  if (driver === undefined) return createConfigured({ transport: 'websocket', messages });
  return new SteamTransport({ driver, messages, ...patience });
}

/**
 * Lets others find a room: by a lobby of Steam, or by its address. `tell` hears the arguments with which a game is started to join it, and again
 * whenever they are others; undefined while Steam has lost the lobby, and another one is made.
 */
export async function openToOthers(
  transport: Transport,
  room: Room,
  tell: (args: readonly string[] | undefined) => void,
): Promise<void> {
  if (!(transport instanceof SteamTransport)) {
    const address = transport.server?.address() as AddressInfo;
    tell(['+connect', `ws://127.0.0.1:${address.port}`]);
    return;
  }
  await transport.openLobby(room, {
    game: GAME,
    status: ({ players, maxPlayers }) => `In the arena, ${players} of ${maxPlayers}`,
    onOpen: ({ id }) => tell(['+connect_lobby', String(id)]),
    onLost: () => tell(undefined),
  });
}

/** Our end of what the page is connected by: it plays as the user of `driver`. `args` may name the lobby that it is to join first. */
export function bridgeToSteam(socket: WebSocketLike, driver: Driver, args: readonly string[]): Bridge {
  const lobbies = { game: GAME, invited: lobbyFromCommandLine(args) };
  return serveBridge(webSocketPort(socket), { driver, messages, ...patience, lobbies });
}

/** What goes over Steam in this process, for the network view. Undefined: nothing does. */
export function inspect(transport: Transport | undefined, bridge: Bridge | undefined): Inspection | undefined {
  return transport instanceof SteamTransport ? transport.inspect() : bridge?.inspect();
}

/** For who plays without a page, and knows the host. */
export function createClient(driver: Driver, host: bigint): Client {
  return new Client(`steam://${host}`, { driver, messages, ...patience });
}

/** For who plays without a page, and has a lobby to join. */
export function lobbiesOf(driver: Driver): LobbyClient {
  return new LobbyClient({ driver, messages, ...patience, game: GAME });
}
