// How the page reaches the game: over Steam, by the process that owns it, or over WebSocket. The only file of the page that knows. Its other end is
// transport.ts.
import { Client, type Room } from '@colyseus/sdk';
import { BridgeClient, webSocketPort } from 'colyseus-transport-steam/bridge';
import { withMessages } from 'colyseus-transport-steam/messages';
import type { ArenaRoom } from '../shared/ArenaRoom.ts';
import { messages } from '../shared/messages.ts';
import { Arena } from '../shared/state.ts';

/** A game that somebody hosts. */
export interface ListedGame {
  readonly id: string;
  readonly title: string;
}

/** A game that the player is in. */
export interface JoinedGame {
  readonly room: Room<ArenaRoom, Arena>;
  /** Lets the player choose friends, in Steam's overlay. Undefined: there is none. */
  readonly invite: (() => void) | undefined;
  readonly leave: () => Promise<unknown>;
}

/** The games that the player can come to. What it cannot do it rejects with, in words for him. */
export interface Games {
  list(): Promise<ListedGame[]>;
  join(id: string, options: { name: string; spectator?: boolean }): Promise<JoinedGame>;
  /** He has accepted an invite, or his game was started by one. */
  onInvited(handler: (id: string) => void): void;
  /** The process that has Steam is gone. */
  onEnd(handler: (reason: string) => void): void;
}

/** `args` are those that the game was started with. */
export async function connect(carrier: 'steam' | 'websocket', args: readonly string[]): Promise<Games> {
  return carrier === 'steam' ? overSteam() : overWebSocket(args[args.indexOf('+connect') + 1]);
}

async function overSteam(): Promise<Games> {
  const url = new URL('socket', location.href);
  url.protocol = 'ws:';
  const client = await BridgeClient.connect(webSocketPort(new WebSocket(url)), { messages });
  const { lobbies } = client;
  addEventListener('pagehide', () => client.close());
  return {
    async list() {
      const found = await lobbies.findLobbies();
      return found.map(({ id, hostName, players, maxPlayers }) => ({
        id: String(id),
        title: `${hostName}: ${players} of ${maxPlayers} players`,
      }));
    },
    async join(id, options) {
      const game = await lobbies.joinLobby<ArenaRoom, Arena>(id, options, { rootSchema: Arena });
      return { room: game.room, invite: () => game.lobby.openInviteDialog(), leave: game.leave };
    },
    onInvited: (handler) => lobbies.onJoinRequested((lobby) => handler(String(lobby))),
    onEnd: (handler) => client.onEnd((_, reason) => handler(reason)),
  };
}

/** There is no list, and nobody to invite: players are told the address. */
function overWebSocket(address: string | undefined): Games {
  return {
    list: async () => (address === undefined ? [] : [{ id: address, title: address }]),
    async join(id, options) {
      const room = await new Client(id).joinOrCreate<ArenaRoom>('arena', options, Arena);
      return { room: withMessages(room, messages), invite: undefined, leave: () => room.leave() };
    },
    onInvited: (handler) => address !== undefined && handler(address),
    onEnd() {},
  };
}
