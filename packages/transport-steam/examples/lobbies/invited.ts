import { LobbyClient, lobbyFromCommandLine, type SteamErrorCode, steamErrorCode } from 'colyseus-transport-steam/client';
import { connectToHub } from 'colyseus-transport-steam/sim';

const words: Partial<Record<SteamErrorCode, string>> = {
  full: 'There is no place any more.',
  gone: 'The game is over.',
  'version-mismatch': 'One of you has an older game.',
  'schema-mismatch': 'One of you has an older game.',
};

const driver = await connectToHub({ steamId: 76561198000000002n });
const lobbies = new LobbyClient({ driver, game: 'my-studio.my-game' });

async function join(lobby: bigint): Promise<void> {
  try {
    const joined = await lobbies.joinLobby(lobby);
    console.log(`in room ${joined.room.name}`);
    joined.onLobbyChanged(({ id }) => console.log(`the lobby is ${id} now, and the game goes on`));
    joined.room.onLeave((code) => console.log(`out of the room (${code}), and of the lobby`));
  } catch (error) {
    const code = steamErrorCode(error);
    console.log((code && words[code]) ?? (error as Error).message);
  }
}

// The game runs, and its player accepts an invite, or chooses "Join game", in the overlay.
lobbies.onJoinRequested((lobby) => join(lobby));

// The game was started by that.
const invited = lobbyFromCommandLine(process.argv);
if (invited !== undefined) await join(invited);
console.log('waiting for invites');
