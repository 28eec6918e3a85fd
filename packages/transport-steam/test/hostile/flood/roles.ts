import { constants, setPriority } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Client, logger, Room, Server } from '@colyseus/core';
import type { Room as PlayerRoom } from '@colyseus/sdk';
import { percentile } from '../../../bench/statistics.ts';
import { SteamSDK } from '../../../src/client.ts';
import { SteamTransport, steamIdOf } from '../../../src/index.ts';
import { connectToHub, type HubAddress } from '../../../src/sim.ts';
import { Flooder } from './Flooder.ts';
import { floods } from './kinds.ts';

// What the processes of the figure do. Each has this file, and calls what is exported.

/** Pings of one player in a second, and messages about where he is. */
const HZ = 20;
const SAMPLE_MS = 20;

export interface HostReport {
  /** Of the event loop, from one turn to the next. Unit: ms. */
  readonly delayP99: number;
  readonly delayMax: number;
  /** Beyond what it was when the measuring began. Unit: bytes. */
  readonly memoryGrowth: number;
  /** Lines that went to the log. */
  readonly lines: number;
  /** Who left the room, and with which code. */
  readonly left: readonly { readonly steamId: bigint; readonly code: number | undefined; readonly afterMs: number }[];
}

let begun = 0;
let memory = { base: 0, peak: 0 };
let lines = 0;
const delay = monitorEventLoopDelay({ resolution: 1 });
const left: { steamId: bigint; code: number | undefined; at: number }[] = [];

class Match extends Room {
  override maxClients = 100;
  override messages = {
    ping: (client: Client, token: number) => client.send('pong', token),
    at: (_: unknown, at: unknown) => this.broadcast('at', at),
    say: () => undefined,
  };

  override onLeave(client: Client, code?: number): void {
    left.push({ steamId: steamIdOf(client) as bigint, code, at: performance.now() });
  }
}

export async function host(hub: HubAddress): Promise<bigint> {
  for (const method of ['error', 'warn', 'info'] as const) logger[method] = console[method] = () => void lines++;
  const driver = await connectToHub(hub);
  const transport = new SteamTransport({ driver, compression: 'deflate' });
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('match', Match);
  await server.listen(0);
  setInterval(() => {
    memory.peak = Math.max(memory.peak, used());
  }, SAMPLE_MS);
  return driver.steamId;
}

export function measure(): void {
  globalThis.gc?.();
  memory = { base: used(), peak: 0 };
  lines = left.length = 0;
  begun = performance.now();
  delay.reset();
  delay.enable();
}

export function report(): HostReport {
  delay.disable();
  return {
    delayP99: delay.percentile(99) / 1e6,
    delayMax: delay.max / 1e6,
    memoryGrowth: memory.peak - memory.base,
    lines,
    left: left.map(({ steamId, code, at }) => ({ steamId, code, afterMs: at - begun })),
  };
}

let roundTrips: number[] = [];
let sentAt = new Map<number, number>();
const rooms: PlayerRoom[] = [];

export async function play(hub: HubAddress, steamId: bigint, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const client = new SteamSDK(`steam://${steamId}`, { driver: await connectToHub(hub), compression: 'deflate' });
    const room = await client.joinOrCreate('match');
    room.onMessage('at', () => undefined);
    room.onMessage('pong', (token: number) => {
      const at = sentAt.get(token);
      if (at !== undefined) roundTrips.push(performance.now() - at);
      sentAt.delete(token);
    });
    rooms.push(room);
    let token = i * 1e6;
    setTimeout(
      () =>
        setInterval(() => {
          if (!room.connection.isOpen) return;
          sentAt.set(++token, performance.now());
          room.send('ping', token);
          room.sendUnreliable('at', { id: i, x: token, y: token });
        }, 1_000 / HZ),
      (i * 1_000) / HZ / count,
    );
  }
}

/** Round trips of all players since the last call, and those who are still in the room. Unit: ms. */
export function roundTripsSince(): {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
  readonly players: number;
} {
  // What is not back yet has taken as long as it is on its way.
  for (const at of sentAt.values()) if (performance.now() - at > 100) roundTrips.push(performance.now() - at);
  const result = { p50: percentile(roundTrips, 0.5), p99: percentile(roundTrips, 0.99), count: roundTrips.length };
  roundTrips = [];
  sentAt = new Map();
  return { ...result, players: rooms.filter(({ connection }) => connection.isOpen).length };
}

let flooder: Flooder;

export async function joinAsFlooder(hub: HubAddress, steamId: bigint): Promise<bigint> {
  yieldToOthers();
  flooder = await Flooder.join(hub, steamId, 'match');
  return flooder.steamId;
}

/** Floods, and returns how many packets Steam took in a second. */
export function flood(kind: string, ms: number, perSecond: number, to?: bigint): Promise<number> {
  const make = floods[kind];
  if (make === undefined) throw new TypeError(`there is no flood of ${kind}; there are ${Object.keys(floods).join(', ')}`);
  return flooder.flood(make, ms, perSecond, to);
}

/** Whom nobody else is interested in: takes everything, and throws it away. */
export async function sink(hub: HubAddress): Promise<bigint> {
  yieldToOthers();
  const driver = await connectToHub(hub);
  driver.start({
    onSessionRequest: (peer) => driver.acceptSession(peer),
    onPacket: () => undefined,
    onSessionFailed: () => undefined,
    onSteamLost: () => undefined,
    onSteamRestored: () => undefined,
  });
  const read = () => {
    if (driver.poll(256) > 0) setImmediate(read);
    else setTimeout(read, 1);
  };
  read();
  return driver.steamId;
}

/** In reality he has a machine of his own. */
function yieldToOthers(): void {
  setPriority(constants.priority.PRIORITY_LOW);
}

function used(): number {
  const { rss } = process.memoryUsage();
  return rss;
}
