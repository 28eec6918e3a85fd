import type { Room } from '@colyseus/core';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { FaultLog } from '../../src/server/FaultLog.ts';
import { Gate } from '../../src/server/Gate.ts';
import type { HostLobbies } from '../../src/server/HostLobbies.ts';
import { HostLobby } from '../../src/server/HostLobby.ts';
import { resolveLobbyOptions } from '../../src/server/lobbyOptions.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { FloodedDriver } from '../helpers/FloodedDriver.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { ShownRoom } from '../helpers/ShownRoom.ts';
import { dial, Host, settle, World } from '../helpers/World.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Strangers come to it, and it has the lobbies of the driver in it. */
class FloodedHost extends FloodedDriver {
  readonly lobbies: SteamDriver['lobbies'];

  constructor(driver: SteamDriver, now: () => number) {
    super(driver, now);
    this.lobbies = driver.lobbies;
  }
}

test('10 000 strangers in a second ask for a lobby that they are not in: who joins it comes in, before them', async () => {
  muteConsole();
  const world = new World();
  const driver = new FloodedHost(world.steam.user(), () => world.steam.now);
  const endpoint = world.endpoint(driver as unknown as SimulatedDriver);
  const lobby = new HostLobby(endpoint, new ShownRoom() as unknown as Room, resolveLobbyOptions({ game: 'test' }));
  const gate = new Gate(endpoint, { current: lobby, isWanted: true } as HostLobbies, undefined, new FaultLog());
  const host = new Host();
  let asked = 0;
  host.onSessionRequest = (peer) => {
    asked++;
    return gate.ask(peer);
  };
  const stops = [endpoint.serve(host), gate.open(), endpoint.onTick((now) => lobby.tick(now))];
  const pass = async (ms: number, isDone = () => false) => {
    const end = world.steam.now + ms;
    while (world.steam.now < end && !isDone()) {
      world.run(10);
      await settle();
    }
  };
  await pass(100);

  driver.begin('announcements', 10_000);
  await pass(4_000);
  const { driver: friend, endpoint: player } = world.user();
  await friend.lobbies.join(lobby.id as bigint);
  const joinedAt = world.steam.now;
  const record = dial(player, driver.steamId);
  await pass(5_000, () => record.opened === 1);
  driver.end();
  expect(record).toMatchObject({ opened: 1, closes: [] });
  // One look at the lobby, and a hello.
  expect(world.steam.now - joinedAt).toBeLessThan(1_500);
  expect(driver.strangers).toBeGreaterThan(40_000);
  // Those of whom it was thought, three seconds each.
  expect(asked).toBeLessThan(2_500);
  expect(host.connections).toHaveLength(1);
  for (const stop of stops) stop();
  lobby.close();
  await settle();
  world.close();
});
