import type { Endpoint } from '../connection/Endpoint.ts';
import { describe } from '../driver/describe.ts';
import { checkSameMessages, contractOf } from '../messages/contract.ts';
import type { Messages } from '../messages/Messages.ts';
import type { Lobby } from './Lobby.ts';

// biome-ignore lint/complexity/noBannedTypes: no declared messages
export type NoMessages = Messages<{}>;

export interface LobbyMeshOptions<M extends Messages = NoMessages> {
  /**
   * The declared messages of the game, from `colyseus-transport-steam/messages`: the same that the endpoint was made with.
   * @default none: messages travel through msgpack, reliably
   */
  messages?: M;
  /** A member is there: what is sent to him arrives, and what he sends may come. Again after {@link onPeerLost}. */
  onPeer?(member: bigint): void;
  /** A member is not there any more: he left, or the connection is lost, which is made anew while he is a member. `reason` is for people. */
  onPeerLost?(member: bigint, reason: string): void;
  /** We are out of the lobby: we left, or Steam dropped us and does not let us in again. Everybody was lost before; nothing comes after it. */
  onEnd?(reason: string): void;
}

const CALLBACKS = ['onPeer', 'onPeerLost', 'onEnd'] as const;
const NAMES: readonly string[] = ['messages', ...CALLBACKS];

/**
 * What a mesh is made of.
 *
 * @throws TypeError naming what is wrong; Error when we are not in the lobby any more
 */
export function checkMesh<M extends Messages>(lobby: Lobby, options: LobbyMeshOptions<M>): void {
  if (typeof (lobby as Lobby | undefined)?.watch !== 'function') {
    throw new TypeError(
      `new LobbyMesh(lobby, options) needs a lobby that we are in, of Lobbies.create() or join(), not ${describe(lobby)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw new TypeError(`unknown option ${name}; the options of LobbyMesh are ${NAMES.join(', ')}`);
  }
  for (const name of CALLBACKS) {
    const callback: unknown = options[name];
    if (callback !== undefined && typeof callback !== 'function') {
      throw new TypeError(`option ${name} must be a function, not ${describe(callback)}`);
    }
  }
  if (lobby.isOver) throw new Error(`we are not in lobby ${lobby.id} any more`);
  checkMessages(lobby.endpoint, options.messages);
}

/** @throws TypeError when other messages are the endpoint's, whose hello they are in */
function checkMessages(endpoint: Endpoint, messages: Messages | undefined): void {
  const { contract } = endpoint.options;
  checkSameMessages(messages, contract);
  if (messages !== undefined && contractOf(messages).fingerprint !== contract?.fingerprint) {
    throw new TypeError(
      'option messages is not what this endpoint was made with: give it to Lobbies.for({ driver, messages }), or whatever comes first in the process',
    );
  }
}
