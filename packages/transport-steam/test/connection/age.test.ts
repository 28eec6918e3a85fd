import { afterEach, expect, test } from '@jest/globals';
import type { Connection } from '../../src/connection/Connection.ts';
import type { ConnectionEvents } from '../../src/connection/types.ts';
import { Host, World } from '../helpers/World.ts';

const PLAYERS = 16;
const FRAMES = 1_200;
const FRAME_MS = 1_000 / 60;

/** So long is a position: player, and where he is, and when he was there. */
const POSITION_BYTES = 24;

let world: World;
afterEach(() => world.close());

// Steam repeats what is lost on the reliable stream, and everything behind it waits. A position is worth nothing by then.
test('16 players at 60 Hz under 5 % loss: the p99 age of an unreliable latest position is a third of a reliable one, or less', () => {
  const unreliable = ages((connection, bytes) => connection.send(bytes, 'unreliable', { latest: 0 }));
  world.close();
  const reliable = ages((connection, bytes) => connection.send(bytes, 'reliable'));
  const sent = PLAYERS * FRAMES * 2;
  expect(reliable.length).toBe(sent);
  expect(unreliable.length).toBeGreaterThan(0.93 * sent);
  expect(unreliable.length).toBeLessThan(0.97 * sent);
  expect(p99(unreliable)).toBeLessThanOrEqual(p99(reliable) / 3);
});

/** The ages at which positions arrive, both ways, in ms. The same network for whatever is sent. */
function ages(send: (connection: Connection, bytes: Uint8Array) => void): number[] {
  world = new World({ seed: 60, conditions: { latencyMs: 30, loss: 0.05 } });
  const taken: number[] = [];
  const take = (bytes: Uint8Array) => {
    if (bytes.length === POSITION_BYTES) taken.push(world.steam.now - view(bytes).getFloat64(16));
  };
  const listening = (): ConnectionEvents => ({ onMessage: take, onClose: () => undefined });
  const connections: Connection[] = [];
  const host = new Host();
  host.onConnection = (connection) => {
    connections.push(connection);
    return listening();
  };
  const server = world.user();
  server.endpoint.serve(host);
  for (let i = 0; i < PLAYERS; i++) {
    connections.push(world.user().endpoint.connect(server.driver.steamId, '/', listening()));
  }
  world.runUntil(() => connections.length === 2 * PLAYERS && connections.every(({ state }) => state === 'open'));

  const position = new Uint8Array(POSITION_BYTES);
  for (let frame = 0; frame < FRAMES; frame++) {
    view(position).setFloat64(16, world.steam.now);
    for (const connection of connections) send(connection, position);
    world.run(FRAME_MS);
  }
  world.run(2_000);
  return taken;
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] as number;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
