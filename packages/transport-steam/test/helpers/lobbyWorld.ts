import { SteamSDK } from '../../src/client.ts';
import { Endpoint, type HostLobby } from '../../src/index.ts';
import { Lobbies } from '../../src/lobby/Lobbies.ts';
import type { Lobby } from '../../src/lobby/Lobby.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import type { World } from '../compliance/transport/World.ts';
import { until } from '../compliance/transport/waiting.ts';
import { type HostOptions, IMPATIENT, type SteamArena } from './steamArena.ts';
import { withSteamWorld } from './steamWorld.ts';

export const GAME = 'test-studio.test-game';

/** A host with a lobby, and players, for the length of one test. */
export interface LobbyWorld {
  readonly world: World;
  readonly arena: SteamArena;
  readonly steam: SteamArena['steam'];
  readonly transport: SteamArena['transport'];
  /** The host's own lobby, once Steam has made it. */
  open(): Promise<HostLobby>;
  player(): SteamSDK;
  /** The player enters a lobby, and leaves it when the test ends. */
  enter(player: SteamSDK, lobby: bigint): Promise<Lobby>;
  lobbiesOf(player: SteamSDK): Lobbies;
  /** The player of the host's own process. */
  ownPlayer(): SteamSDK;
}

export async function withLobbyWorld(
  setting: { host?: HostOptions; steam?: SimulatedSteamOptions; seed?: number },
  play: (world: LobbyWorld) => Promise<void>,
): Promise<void> {
  const { host = { lobby: { game: GAME } }, ...rest } = setting;
  await withSteamWorld({ ...rest, host }, async (world, arena) => {
    const { steam, transport } = arena;
    const players = new Set<SteamSDK>();
    const lobbiesOf = (player: SteamSDK) => Lobbies.of(Endpoint.of(arena.driverOf(player)));
    const own: SteamSDK[] = [];
    try {
      await play({
        world,
        arena,
        steam,
        transport,
        lobbiesOf,
        open: async () => {
          await until(() => transport.lobby?.state === 'open', 'a lobby');
          return transport.lobby as HostLobby;
        },
        player: () => {
          const player = arena.player();
          players.add(player);
          return player;
        },
        enter: (player, lobby) => lobbiesOf(player).join(lobby),
        ownPlayer: () => {
          const player = new SteamSDK(`steam://${arena.host.steamId}`, { driver: arena.host, ...IMPATIENT });
          own.push(player);
          return player;
        },
      });
    } finally {
      for (const player of players) lobbiesOf(player).current?.leave();
      for (const player of own) player.close();
    }
  });
}
