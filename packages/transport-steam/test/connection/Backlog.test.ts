import { afterEach, expect, test } from '@jest/globals';
import { encodeControl } from '../../src/wire/control.ts';
import { Code } from '../../src/wire/packet.ts';
import { Host, World } from '../helpers/World.ts';
import { Impostor } from '../hostile/Impostor.ts';

let world: World;
afterEach(() => world.close());

/** A player whose packets are made by hand, with a connection to a host whose endpoint the test polls as well. */
function visited() {
  world = new World({ seed: 3 });
  const host = new Host();
  const { driver, endpoint } = world.user();
  endpoint.serve(host);
  const player = new Impostor(world, driver.steamId);
  player.greet();
  const open = { connection: Code.OpenedBySender, unreliableFrom: 0, offerFor: undefined, target: '/' };
  player.control(encodeControl({ type: 'open', ...open }));
  world.run(100);
  const record = host.connections[0]?.record;
  if (record === undefined) throw new Error('no connection at the host');
  return { endpoint, player, record };
}

// A share of 200 units a turn is 12 000 a second where a game polls 60 times, and 20 000 may come: of a peer who kept to that, 205 MiB waited
// after a minute, and nobody told him to stop. All that polled in the tests polled each millisecond.
test.each([60, 30, 10])('who keeps to his budget does not pile up at a host that polls %d times a second', (hertz) => {
  const { endpoint, player, record } = visited();
  const bytes = 51_200;
  let heard = 0;
  record.onMessage = () => {
    heard++;
  };
  let sent = 0;
  for (let turn = 1; turn <= 20 * hertz; turn++) {
    for (; sent < (turn * 180) / hertz; sent++) player.send(Code.OpenedBySender, new Uint8Array(bytes));
    world.steam.advance(1_000 / hertz);
    endpoint.poll();
  }
  expect([endpoint.isShutOut(player.steamId), record.closes]).toEqual([false, []]);
  expect((sent - heard) * bytes).toBeLessThan(2 ** 21);
});

// The turn within began a new list of what waits, which the one around it threw away: reliable packets were missing.
test('a turn in a turn loses nothing, and puts nothing before another', () => {
  const { endpoint, player, record } = visited();
  const send = (from: number, to: number) => {
    for (let i = from; i < to; i++) player.send(Code.OpenedBySender, [i >> 8, i & 0xff]);
  };
  const heard: number[] = [];
  record.onMessage = (message) => {
    heard.push(((message[0] as number) << 8) | (message[1] as number));
    // The last that waits; he has sent more meanwhile.
    if (heard.length !== 150) return;
    send(150, 2_000);
    world.steam.advance(1);
    endpoint.poll();
  };
  send(0, 150);
  world.run(3_000);
  expect(record.closes).toEqual([]);
  expect(heard).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
});
