import { setTimeout as sleep } from 'node:timers/promises';
import { matchMaker, Room, Server } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { LobbyClient } from '../../src/client.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { SteamTransport } from '../../src/index.ts';
import { connectToHub, type HubAddress, type HubDriver } from '../../src/sim.ts';

const GAME = 'bench.lobby';
const USER_POLL_MS = 10;

const Party = schema({ members: t.map('boolean') }, 'Party');

class PartyRoom extends Room<{ state: InstanceType<typeof Party> }> {
  override state = new Party();
  override maxClients = 250;
  override autoDispose = false;

  override onJoin({ sessionId }: { sessionId: string }): void {
    this.state.members.set(sessionId, true);
  }
}

/** A host with a room for 250, shown as a lobby. */
export async function openLobby(members: number, hub: HubAddress): Promise<bigint> {
  const driver = await connectToHub(hub);
  const lobbyId = Promise.withResolvers<bigint>();
  const transport = new SteamTransport({
    driver,
    lobby: {
      game: GAME,
      maxMembers: members,
      onOpen: ({ id }) => lobbyId.resolve(id as bigint),
      onClose: () => lobbyId.reject(new Error('closed')),
    },
  });
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('party', PartyRoom);
  await server.listen(0);
  await matchMaker.createRoom('party', {});
  return lobbyId.promise;
}

export interface Joins {
  /** From the first join to the last who is in the room. */
  readonly tookMs: number;
  /** Of each who came in. */
  readonly joinMs: readonly number[];
  readonly failures: readonly string[];
}

const users: { readonly driver: HubDriver; readonly lobbies: LobbyClient }[] = [];

/** Logs users in to Steam, who do nothing yet. */
export async function logIn(count: number, hub: HubAddress): Promise<void> {
  for (let i = 0; i < count; i++) {
    const driver = await connectToHub(hub);
    users.push({ driver, lobbies: new LobbyClient({ driver, game: GAME, poll: 'manual' }) });
  }
  const endpoints = users.map(({ driver }) => Endpoint.of(driver));
  setInterval(() => endpoints.forEach((endpoint) => void endpoint.poll()), USER_POLL_MS);
}

/** All of them join, one after the other within so much time. */
export async function joinLobby(lobby: bigint, withinMs: number): Promise<Joins> {
  const start = performance.now();
  const joins = users.map(async ({ lobbies }, i) => {
    await sleep((i * withinMs) / users.length);
    const from = performance.now();
    await lobbies.joinLobby(lobby);
    return performance.now() - from;
  });
  const results = await Promise.allSettled(joins);
  return {
    tookMs: performance.now() - start,
    joinMs: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
    failures: results.flatMap((result) => (result.status === 'rejected' ? String(result.reason) : [])),
  };
}
