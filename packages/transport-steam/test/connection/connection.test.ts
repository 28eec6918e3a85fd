import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import { bytes, dial, Host, World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  world = new World(simulation);
  const host = new Host();
  const server = world.user(options);
  const player = world.user(options);
  server.endpoint.serve(host);
  const hostId = server.driver.steamId;
  const open = (target = '/') => {
    const ours = dial(player.endpoint, hostId, target);
    const before = host.connections.length;
    world.runUntil(() => host.connections.length > before);
    const theirs = host.connections[before];
    if (theirs === undefined) throw new Error('no connection at the host');
    world.runUntil(() => ours.connection?.state === 'open');
    return { ours, theirs: theirs.record };
  };
  return { host, server, player, hostId, open };
}

describe('a connection', () => {
  test('opens with its target, carries messages both ways in order, and closes with code and reason on both sides', () => {
    const { open, host } = pair({ conditions: { latencyMs: 30 } });
    const { ours, theirs } = open('/process/room?sessionId=abc');
    expect(host.connections[0]?.target).toBe('/process/room?sessionId=abc');
    expect(ours.opened).toBe(1);

    ours.send('one');
    ours.send('two');
    theirs.send('three');
    world.run(100);
    expect(theirs.texts).toEqual(['one', 'two']);
    expect(ours.texts).toEqual(['three']);

    ours.send('the last word');
    ours.connection?.close(4000, 'bye');
    world.run(200);
    expect(theirs.texts.at(-1)).toBe('the last word');
    expect(theirs.closes).toEqual([{ code: 4000, reason: 'bye', error: undefined }]);
    expect(ours.closes).toEqual([{ code: 4000, reason: 'bye', error: undefined }]);
    expect(ours.connection?.state).toBe('closed');
  });

  test('sends what is said while it opens, in the same flight', () => {
    const { player, hostId, host } = pair({ conditions: { latencyMs: 50 } });
    const ours = dial(player.endpoint, hostId);
    ours.send('early');
    // A Steam session costs one round trip, and then one way.
    world.run(151);
    expect(host.connections[0]?.record.texts).toEqual(['early']);
  });

  test('carries an empty message', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    ours.connection?.send(new Uint8Array());
    world.run(50);
    expect(theirs.messages).toEqual([new Uint8Array()]);
  });

  test('copies what it is given', () => {
    const { open } = pair();
    const { ours, theirs } = open();
    const buffer = bytes('keep');
    ours.connection?.send(buffer);
    ours.connection?.send(buffer, 'unreliable');
    buffer.fill(0);
    world.run(50);
    expect(theirs.texts).toEqual(['keep', 'keep']);
  });
});
