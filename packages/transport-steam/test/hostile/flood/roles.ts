import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { constants, setPriority } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Client, logger, Room, Server } from '@colyseus/core';
import type { Room as PlayerRoom } from '@colyseus/sdk';
import { percentile } from '../../../bench/statistics.ts';
import { SteamSDK } from '../../../src/client.ts';
import { SteamTransport, steamIdOf } from '../../../src/index.ts';
import { hubPath } from '../../../src/sim/hub/address.ts';
import { Hub } from '../../../src/sim/hub/Hub.ts';
import { listenOnce } from '../../../src/sim/hub/listenOnce.ts';
import { connectToHub, type HubAddress } from '../../../src/sim.ts';
import { Flooder } from './Flooder.ts';
import { floods } from './kinds.ts';
import { TwoLines } from './TwoLines.ts';

// What the processes of the figure do. Each has this file, and calls what is exported.

/** Between two messages of the first player about where he is; of the others a millisecond more each, so that they do not fall into step. */
const MOVES_MS = 46;
/** Between two of his pings, as above: so many that the hundredth part of them says something, and spread over all of the time. */
const PINGS_MS = 17;
const SAMPLE_MS = 20;
/** A round trip that has taken so long counts, though it is not over. */
const LATE_MS = 100;

export interface HostReport {
  /** Of the event loop, from one turn to the next. Unit: ms. */
  readonly delayP99: number;
  readonly delayMax: number;
  /** Beyond what it was when the measuring began. Unit: bytes. */
  readonly memoryGrowth: number;
  /** Lines that went to the log. */
  readonly lines: number;
  /** With which who floods left the room. Undefined: he did not. */
  readonly code: number | undefined;
  /** Since when nothing of his is looked at. Undefined: it is. Unit: ms since the measuring began. */
  readonly shutOutAfterMs: number | undefined;
}

let begun = 0;
let memory = { base: 0, peak: 0 };
let lines = 0;
let suspect = 0n;
let code: number | undefined;
let shutOutAt: number | undefined;
let transport: SteamTransport;
const delay = monitorEventLoopDelay({ resolution: 1 });

class Match extends Room {
  override maxClients = 100;
  override messages = {
    ping: (client: Client, token: number) => client.send('pong', token),
    at: (_: unknown, at: unknown) => this.broadcast('at', at),
    say: () => undefined,
  };

  override onLeave(client: Client, why?: number): void {
    if (steamIdOf(client) === suspect) code = why;
  }
}

/** `maxWorkPerSecond`: the option of the transport. */
export async function host(players: HubAddress, flooder: HubAddress, maxWorkPerSecond: number): Promise<bigint> {
  for (const method of ['error', 'warn', 'info'] as const) logger[method] = console[method] = () => void lines++;
  const driver = await TwoLines.connect(players, flooder);
  transport = new SteamTransport({ driver, compression: 'deflate', maxWorkPerSecond });
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('match', Match);
  await server.listen(0);
  transport.endpoint.onTick(() => {
    if (transport.endpoint.isShutOut(suspect)) shutOutAt ??= performance.now();
  });
  setInterval(() => {
    memory.peak = Math.max(memory.peak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  return driver.steamId;
}

/** `steamId`: who is about to flood. */
export function measure(steamId: bigint): void {
  globalThis.gc?.();
  memory = { base: process.memoryUsage.rss(), peak: 0 };
  lines = 0;
  suspect = steamId;
  code = shutOutAt = undefined;
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
    code,
    shutOutAfterMs: shutOutAt === undefined ? undefined : shutOutAt - begun,
  };
}

/** Unit: ms. */
export interface RoundTrips {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
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
    setInterval(() => {
      if (!room.connection.isOpen) return;
      sentAt.set(++token, performance.now());
      room.send('ping', token);
    }, PINGS_MS + i);
    setInterval(() => {
      if (room.connection.isOpen) room.sendUnreliable('at', { id: i, x: token, y: token });
    }, MOVES_MS + i);
  }
}

/** Round trips of all players since the last call. */
export function roundTripsSince(): RoundTrips {
  for (const at of sentAt.values()) if (performance.now() - at > LATE_MS) roundTrips.push(performance.now() - at);
  const result = { p50: percentile(roundTrips, 0.5), p99: percentile(roundTrips, 0.99), count: roundTrips.length };
  roundTrips = [];
  sentAt = new Map();
  return result;
}

/** Who are still in the room. */
export function playing(): number {
  return rooms.filter(({ connection }) => connection.isOpen).length;
}

let line: Hub;
let flooder: Flooder | undefined;

/** The line of those who flood: they are in one process with it. */
export async function openLine(address: HubAddress): Promise<void> {
  yieldToOthers();
  const server = createServer();
  await listenOnce(server, hubPath(address));
  line = new Hub({}, () => server.close());
  server.on('connection', (socket) => line.accept(socket));
}

/** In the place of the one before him. */
export async function joinAsFlooder(host: bigint): Promise<bigint> {
  flooder?.close();
  flooder = await Flooder.join(line, host, 'match');
  return flooder.steamId;
}

/** Floods, and returns how many packets Steam took in a second. */
export function flood(kind: string, ms: number, perSecond: number, to?: bigint): Promise<number> {
  const make = floods[kind];
  if (flooder === undefined) throw new Error('nobody has joined who could flood');
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

/** In reality this process has a machine of its own: here it gets what the others leave of theirs. */
function yieldToOthers(): void {
  const { pid } = process;
  try {
    // A process of this class never has a core that one of another class wants, as one of the lowest priority does, for milliseconds.
    execFileSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)]);
  } catch {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  }
}
