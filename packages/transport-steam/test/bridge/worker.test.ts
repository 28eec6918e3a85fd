import { MessageChannel, Worker } from 'node:worker_threads';
import { type Client, Room } from '@colyseus/core';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Bridge, messagePort, serveBridge } from '../../src/bridge.ts';
import { Endpoint } from '../../src/index.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { World } from '../compliance/transport/World.ts';
import { until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { IMPATIENT, type SteamArena, steamArena } from '../helpers/steamArena.ts';
import type { PageOrder, PageReport } from './pageWorker.ts';

// The page's end in another thread, from which nothing but the port leads here: as Electron's renderer.

class Talk extends Room {
  static latest: Talk;
  readonly left: (number | undefined)[] = [];

  override onCreate(): void {
    Talk.latest = this;
    this.onMessageBytes('echo', (client: Client, bytes: Uint8Array) => client.sendBytes('echo', bytes));
  }

  override onLeave(_client: Client, code?: number): void {
    this.left.push(code);
  }
}

let arena: SteamArena;
let world: World;
let driver: SimulatedDriver;
let worker: Worker;
let bridge: Bridge;
const ends: [number, string][] = [];
const reports: PageReport[] = [];

beforeEach(async () => {
  muteConsole();
  arena = steamArena({});
  world = await World.open(() => arena);
  world.define('talk', Talk);
  driver = arena.steam.user();
  ends.length = 0;
  reports.length = 0;
  const { port1, port2 } = new MessageChannel();
  const onEnd = (code: number, reason: string) => void ends.push([code, reason]);
  bridge = serveBridge(messagePort(port2), { driver, endpoint: `steam://${arena.host.steamId}`, ...IMPATIENT, onEnd });
  const { NODE_OPTIONS: _, ...env } = process.env;
  worker = new Worker(new URL('./pageWorker.ts', import.meta.url), {
    workerData: { port: port1 },
    transferList: [port1],
    execArgv: ['--conditions=steam-source', '--disable-warning=ExperimentalWarning'],
    env,
  });
  worker.on('message', (report: PageReport) => reports.push(report));
});

afterEach(async () => {
  await worker.terminate();
  bridge.close();
  await until(() => Endpoint.of(driver).stats().length === 0, 'no session is left');
  await world.close();
  jest.restoreAllMocks();
});

const order = (what: PageOrder) => worker.postMessage(what);
const reported = (count: number) => until(() => reports.length === count, `report ${count}`);

test('a page in a worker joins, sends what fills many packets, and leaves', async () => {
  order({ do: 'join' });
  await reported(1);
  expect(reports[0]).toEqual({ done: 'join', steamId: driver.steamId, sessionId: Talk.latest.clients[0]?.sessionId });
  // The second is handed over, not copied.
  for (const bytes of [100, 100_000]) order({ do: 'echo', bytes });
  await reported(3);
  expect(reports.slice(1)).toEqual([
    { done: 'echo', bytes: 100 },
    { done: 'echo', bytes: 100_000 },
  ]);
  order({ do: 'leave' });
  await reported(4);
  expect(reports[3]).toEqual({ done: 'leave', code: 4000 });
  await until(() => ends.length === 1, 'the bridge is over');
  expect(ends).toEqual([[1000, 'the page closed the bridge']]);
});

test('a page that draws for too long has what came meanwhile wait at its owner', async () => {
  order({ do: 'join' });
  await reported(1);
  order({ do: 'block', ms: 400 });
  const [client] = Talk.latest.clients;
  for (let i = 0; i < 20; i++) client?.sendBytes('echo', new Uint8Array(10_000));
  await until(() => bridge.bufferedAmount > 100_000, 'it waits');
  await reported(21);
  expect(bridge.bufferedAmount).toBe(0);
});

test('a worker that is killed leaves its host at once', async () => {
  order({ do: 'join' });
  await reported(1);
  await worker.terminate();
  await until(() => Talk.latest.left.length > 0, 'the host heard');
  expect(Talk.latest.left).toEqual([1001]);
  expect(ends).toEqual([[1006, 'the other end of the MessagePort is gone']]);
});
