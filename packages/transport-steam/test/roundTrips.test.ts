import { matchMaker, Room, Server } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SteamSDK } from '../src/client.ts';
import { Endpoint } from '../src/connection/Endpoint.ts';
import { SteamTransport } from '../src/index.ts';
import { SimulatedSteam } from '../src/sim.ts';

const LATENCY_MS = 50;
const ROUND_TRIP_MS = 2 * LATENCY_MS;

const State = schema({ turn: t.number() }, 'State');

class Turns extends Room<{ state: InstanceType<typeof State> }> {
  override state = new State().assign({ turn: 7 });
}

/** Round trips are counted on the simulation's clock: it moves only when both processes have nothing left to do. */
describe('round trips until the first state', () => {
  const steam = new SimulatedSteam({ conditions: { latencyMs: LATENCY_MS } });
  const hostDriver = steam.user();
  const playerDriver = steam.user();
  const endpoints = [hostDriver, playerDriver].map((driver) => Endpoint.of(driver, { poll: 'manual' }, { now: () => steam.now }));
  const server = new Server({ transport: new SteamTransport({ driver: hostDriver }), greet: false, gracefullyShutdown: false });
  const client = new SteamSDK(`steam://${hostDriver.steamId}`, { driver: playerDriver });

  beforeAll(async () => {
    server.define('turns', Turns);
    await server.listen(0);
  });

  afterAll(async () => {
    client.close();
    await server.gracefullyShutdown(false);
    steam.close();
  });

  /** Lets both processes do all that they can do now. */
  async function turn(): Promise<void> {
    for (let i = 0; i < 12; i++) {
      for (const endpoint of endpoints) endpoint.poll();
      await new Promise(setImmediate);
    }
  }

  async function roundTripsToState(): Promise<number> {
    const start = steam.now;
    let stateAt: number | undefined;
    const joining = client.joinOrCreate('turns').then((room) => {
      room.onStateChange.once((state) => {
        expect(state.turn).toBe(7);
        stateAt = steam.now;
      });
      return room;
    });
    while (stateAt === undefined) {
      await turn();
      if (stateAt === undefined) steam.advance((steam.nextEventAt as number) - steam.now);
    }
    expect(matchMaker.stats.local.ccu).toBeGreaterThan(0);
    await joining;
    return (stateAt - start) / ROUND_TRIP_MS;
  }

  test('cold: 3, of which Steam takes one to make its session (ws-transport: 5)', async () => {
    expect(await roundTripsToState()).toBeCloseTo(3, 3);
  });

  test('with a session: 2 (ws-transport: 4)', async () => {
    expect(await roundTripsToState()).toBeCloseTo(2, 3);
  });
});
