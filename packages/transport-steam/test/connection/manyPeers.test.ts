import { afterEach, expect, test } from '@jest/globals';
import { dial, Host, World } from '../helpers/World.ts';

const PLAYERS = 140;
const DEAD_AFTER_MS = 2_000;
/** From one look at a peer to the next 100 ms, and what was on its way, in a world that goes on by 20 ms. */
const LATE_MS = 100 + 20;

let world: World | undefined;
afterEach(() => {
  world?.close();
  world = undefined;
});

test('of many peers each lives while he is there, and is dead when he is not', () => {
  world = new World();
  const host = new Host();
  const { endpoint } = world.user({ maxPeers: PLAYERS, deadAfterMs: DEAD_AFTER_MS, heartbeatMs: 500 });
  endpoint.serve(host);
  const players = Array.from({ length: PLAYERS }, () => (world as World).user({ heartbeatMs: 500 }).endpoint);
  const connections = players.map((player) => dial(player, endpoint.steamId));
  world.runUntil(() => connections.every(({ opened }) => opened === 1));
  world.run(2 * DEAD_AFTER_MS);
  expect(endpoint.stats()).toHaveLength(PLAYERS);

  for (const player of players) world.freeze(player);
  world.run(DEAD_AFTER_MS + LATE_MS);
  expect(endpoint.stats()).toEqual([]);
  expect(host.connections.flatMap(({ record }) => record.closes.map(({ code }) => code))).toEqual(Array(PLAYERS).fill(1006));
});
