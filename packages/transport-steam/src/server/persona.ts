import type { Client } from '@colyseus/core';
import type { SteamSocket } from './SteamSocket.ts';

/** On the socket, so that the ESM and the CommonJS copy of this module know it. */
const PERSONA = Symbol.for('colyseus-transport-steam.persona');

type NamedSocket = Partial<SteamSocket> & { [PERSONA]?: () => string | undefined };

/** Says where the name of this player is to be had. It stays known when he has gone: `onLeave` wants to say who it was. */
export function namePlayer(socket: SteamSocket, ask: () => string | undefined): void {
  let last = ask();
  const name = () => {
    last = ask() ?? last;
    return last;
  };
  Object.defineProperty(socket, PERSONA, { value: name });
}

/**
 * What a player calls himself, fit to be shown on one line. His word, which he can change, and which is not who he is: two players may
 * say the same, or a name that is somebody else's. Undefined when he does not say, and for a client of another transport.
 *
 * @param client of a room, in any of its callbacks
 */
export function personaOf(client: Client): string | undefined {
  return (client.ref as NamedSocket)[PERSONA]?.();
}
