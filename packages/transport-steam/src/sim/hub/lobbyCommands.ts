import type { SimulatedSteam } from '../SimulatedSteam.ts';
import { type Args, id } from './commandArgs.ts';

/**
 * What a control client may do to the lobbies of the hub's Steam, by name: see `LobbyControls`. Results are JSON, ids in it
 * decimal strings.
 */
export const lobbyCommands: Record<string, (steam: SimulatedSteam, args: Args) => unknown> = {
  lobbyIds: ({ lobbies }) => lobbies.ids.map(String),
  inviteDialogs: ({ lobbies }) => lobbies.inviteDialogs.map(({ user, lobby }) => ({ user: String(user), lobby: String(lobby) })),
  inspectLobby: ({ lobbies }, [lobby]) => {
    const found = lobbies.inspect(id(lobby));
    return found && { ...found, id: String(found.id), owner: String(found.owner), members: found.members.map(String) };
  },
  befriend: ({ lobbies }, [a, b]) => lobbies.befriend(id(a), id(b)),
  invite: ({ lobbies }, [from, to, lobby]) => lobbies.invite(id(from), id(to), id(lobby)),
  requestJoin: ({ lobbies }, [user, lobby, friend]) =>
    lobbies.requestJoin(id(user), id(lobby), friend === null ? undefined : id(friend)),
  dropFromLobbies: ({ lobbies }, [user]) => lobbies.drop(id(user)),
  addForeignLobbies: ({ lobbies }, [count, data]) => {
    const ids =
      data === null ? lobbies.addForeign(count as number) : lobbies.addForeign(count as number, data as Record<string, string>);
    return ids.map(String);
  },
  losePromises: ({ lobbies }, [user, count]) => lobbies.losePromises(id(user), count as number),
  richPresenceOf: ({ lobbies }, [user]) => lobbies.richPresenceOf(id(user)),
  clearLobbies: ({ lobbies }) => lobbies.clear(),
};
