import { afterEach, expect, jest, test } from '@jest/globals';
import { Peer } from '../../src/connection/Peer.ts';
import { dial, Host, World } from '../helpers/World.ts';

let world: World;
afterEach(() => {
  jest.restoreAllMocks();
  world.close();
});

test('of a thousand users who came and went nobody is left', () => {
  world = new World();
  const server = world.user();
  const host = new Host();
  server.endpoint.serve(host);
  for (let group = 0; group < 20; group++) {
    const users = Array.from({ length: 50 }, () => world.user());
    for (const { endpoint } of users) dial(endpoint, server.driver.steamId).send('hello');
    world.run(100);
    for (const { endpoint } of users) endpoint.release();
    world.run(100);
    for (const { endpoint, driver } of users) {
      world.freeze(endpoint);
      driver.close();
    }
  }
  expect(host.connections.map(({ record }) => record.texts)).toEqual(Array(1_000).fill(['hello']));
  world.run(10_000, 100);
  expect(server.endpoint.stats()).toEqual([]);
  // Who is known is looked at.
  const looks = jest.spyOn(Peer.prototype, 'tick');
  world.run(1_000);
  expect(looks).not.toHaveBeenCalled();
});
