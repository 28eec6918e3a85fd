// The process of a server: one room of players who move, on one transport.
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { SteamTransport } from '../../src/index.ts';
import { connectToHub, type HubAddress } from '../../src/sim.ts';
import { initSteamworks, SteamworksDriver } from '../../src/steamworks.ts';
import { Arena, INPUT_FRAME } from './Arena.ts';
import { BareAddon } from './BareAddon.ts';
import { NullTransport } from './NullTransport.ts';

/** What the players are connected by. */
export type Side = 'null' | 'ws' | 'hub' | 'addon' | 'bare';

/** For the clients. */
export interface Address {
  readonly url: string;
  readonly inputFrame: Uint8Array;
}

/** What went through the transport so far, both ways. */
interface Traffic {
  /** Steam packets; frames of WebSocket, each of which is a write. */
  readonly packets: number;
  readonly bytes: number;
}

export interface ServerSample {
  readonly ms: number;
  readonly cpuMs: number;
  readonly inputs: number;
  /** How late a timer comes. */
  readonly loopP99Ms: number;
  readonly packets: number;
  readonly bytes: number;
  /** To the players, of the null transport only. */
  readonly dropped: number;
}

const LOOP_STEP_MS = 10;

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

let nothing: NullTransport | undefined;
let bare: BareAddon | undefined;
let traffic: () => Traffic = () => ({ packets: 0, bytes: 0 });

/** Begins to listen. */
export async function serve(side: Side, hub: HubAddress): Promise<Address> {
  return { url: await servers[side](hub), inputFrame: INPUT_FRAME };
}

const servers: Readonly<Record<Side, (hub: HubAddress) => Promise<string>>> = {
  null: async () => {
    nothing = new NullTransport();
    await listen(nothing);
    return '';
  },
  ws: async () => {
    const http = createServer();
    const sockets = new Set<Socket>();
    http.on('connection', (socket) => sockets.add(socket));
    await listen(new WebSocketTransport({ server: http }));
    traffic = () => {
      let bytes = 0;
      for (const { bytesRead, bytesWritten } of sockets) bytes += bytesRead + bytesWritten;
      return { packets: 0, bytes };
    };
    return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  },
  hub: async (hub) => serveSteam(await connectToHub(hub)),
  addon: () => serveSteam(new SteamworksDriver(initSteamworks(480))),
  bare: async () => {
    const client = initSteamworks(480);
    const transport = new NullTransport();
    const addon = new BareAddon(client, transport);
    await listen(transport);
    bare = addon;
    traffic = () => ({ packets: addon.packets, bytes: addon.bytes });
    return `steam://${client.localplayer.getSteamId().steamId64}`;
  },
};

async function serveSteam(driver: SteamDriver): Promise<string> {
  const transport = new SteamTransport({ driver });
  await listen(transport);
  traffic = () => {
    const ways = transport.endpoint.stats().flatMap(({ sent, received }) => [sent, received]);
    return { packets: sum(ways.map(({ packets }) => packets)), bytes: sum(ways.map(({ bytes }) => bytes)) };
  };
  return `steam://${driver.steamId}`;
}

async function listen(transport: NullTransport | WebSocketTransport | SteamTransport): Promise<void> {
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('arena', Arena);
  await server.listen(0, '127.0.0.1');
}

/** Players of the null transport. */
export async function joinNobody(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nothing?.join('arena');
}

/** Players at the other end of the bare addon. */
export async function joinBare(users: readonly bigint[]): Promise<void> {
  for (const user of users) await bare?.join('arena', user);
}

/** Everybody moves from now on. Throws when it is not so many. */
export function begin(count: number): void {
  const { clients } = Arena.current;
  if (clients.length !== count) throw new Error(`${clients.length} players are in the room, not ${count}`);
  Arena.current.begin();
  nothing?.begin();
  bare?.begin();
}

export function end(): void {
  Arena.current.end();
  nothing?.end();
  bare?.end();
}

export async function measure(ms: number): Promise<ServerSample> {
  const delay = monitorEventLoopDelay({ resolution: LOOP_STEP_MS });
  const sentBefore = nothing?.sent ?? 0;
  const inputsBefore = Arena.current.inputCount;
  const trafficBefore = traffic();
  delay.enable();
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  await sleep(ms);
  const { user, system } = process.cpuUsage(cpuBefore);
  const elapsed = performance.now() - start;
  delay.disable();
  const { packets, bytes } = traffic();
  return {
    ms: elapsed,
    cpuMs: (user + system) / 1_000,
    inputs: Arena.current.inputCount - inputsBefore,
    loopP99Ms: delay.percentile(99) / 1e6 - LOOP_STEP_MS,
    packets: packets - trafficBefore.packets,
    bytes: bytes - trafficBefore.bytes,
    dropped: (nothing?.sent ?? 0) - sentBefore,
  };
}

/** After a garbage collection. */
export function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
