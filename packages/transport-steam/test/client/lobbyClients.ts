import { type Client as CoreClient, matchMaker, Room } from '@colyseus/core';
import { expect } from '@jest/globals';
import { LobbyClient, type LobbyClientOptions } from '../../src/client.ts';
import { Endpoint } from '../../src/index.ts';
import { Lobbies } from '../../src/lobby/Lobbies.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { until } from '../compliance/transport/waiting.ts';
import { GAME, type LobbyWorld, withLobbyWorld } from '../helpers/lobbyWorld.ts';
import { IMPATIENT } from '../helpers/steamArena.ts';

/** A room that says back what it hears, and does as the test says. */
export class ArenaRoom extends Room {
  static latest: ArenaRoom;
  /** What `onAuth` does. */
  static auth: () => unknown = () => true;
  /** What `onJoin` does. */
  static join: (client: CoreClient) => unknown = () => undefined;
  override autoDispose = false;
  readonly left: (number | undefined)[] = [];
  mayReturn = false;

  override onCreate({ maxClients, metadata }: { maxClients?: number; metadata?: object }): void {
    ArenaRoom.latest = this;
    if (maxClients !== undefined) this.maxClients = maxClients;
    if (metadata !== undefined) this.metadata = metadata;
    this.onMessage('echo', (client: CoreClient, text: string) => client.send('echo', text));
  }

  override async onAuth(): Promise<unknown> {
    return await ArenaRoom.auth();
  }

  override async onJoin(client: CoreClient): Promise<void> {
    await ArenaRoom.join(client);
  }

  override async onDrop(client: CoreClient): Promise<void> {
    if (this.mayReturn) await this.allowReconnection(client, 20);
  }

  override onLeave(_client: CoreClient, code?: number): void {
    this.left.push(code);
  }
}

export interface LobbyClientWorld extends LobbyWorld {
  /** A player, who is another user, unless `driver` says otherwise. */
  client(options?: Partial<LobbyClientOptions>): LobbyClient;
  driverOf(client: LobbyClient): SimulatedDriver;
  /** The host makes a room, and Steam its lobby: what is returned is the lobby's id. */
  host(options?: object): Promise<bigint>;
  /** Who is in a lobby, as Steam has it. */
  membersOf(lobby: bigint): readonly bigint[];
}

/** A host with a room that has a lobby, and players who look for one; nothing may be left when the test ends. */
export async function withLobbyClients(
  setting: Parameters<typeof withLobbyWorld>[0],
  play: (world: LobbyClientWorld) => Promise<void>,
): Promise<void> {
  ArenaRoom.auth = () => true;
  ArenaRoom.join = () => undefined;
  await withLobbyWorld(setting, async (world) => {
    const { steam } = world;
    const clients = new Map<LobbyClient, SimulatedDriver>();
    world.world.define('arena', ArenaRoom);
    try {
      await play({
        ...world,
        client: (options = {}) => {
          const driver = (options.driver as SimulatedDriver | undefined) ?? steam.user();
          const client = new LobbyClient({ game: GAME, ...IMPATIENT, ...options, driver });
          clients.set(client, driver);
          return client;
        },
        driverOf: (client) => clients.get(client) as SimulatedDriver,
        host: async (options = {}) => {
          await matchMaker.createRoom('arena', options);
          const { id } = await world.open();
          return id as bigint;
        },
        membersOf: (lobby) => steam.lobbies.inspect(lobby)?.members ?? [],
      });
    } finally {
      for (const client of clients.keys()) await client.close();
      for (const driver of clients.values()) {
        if (driver === world.arena.host) continue;
        expect(Lobbies.of(Endpoint.of(driver)).current).toBeUndefined();
        await until(() => Endpoint.of(driver).stats().length === 0, 'every session of a player is over', 2_000);
      }
    }
  });
}
