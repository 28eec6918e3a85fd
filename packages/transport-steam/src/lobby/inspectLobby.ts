import type { Endpoint } from '../connection/Endpoint.ts';
import type { InspectedLobby, Inspection } from '../connection/inspection.ts';
import { Lobbies } from './Lobbies.ts';
import type { Lobby } from './Lobby.ts';

/** The part of an {@link Inspection} about the lobby that this process is in. */
export function inspectLobby(endpoint: Endpoint): Pick<Inspection, 'lobby'> {
  const lobby = Lobbies.currentOf(endpoint);
  return lobby === undefined ? {} : { lobby: { state: 'joined', ...contentOf(lobby) } };
}

/** What a lobby shows of itself. */
export function contentOf({ id, owner, members, data }: Lobby): Pick<InspectedLobby, 'id' | 'owner' | 'members' | 'data'> {
  return {
    id: String(id),
    ...(owner !== undefined && { owner: String(owner) }),
    members: members.map(String),
    data: { ...data },
  };
}
