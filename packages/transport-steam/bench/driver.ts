import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Server } from '@colyseus/core';
import { Endpoint } from '../src/connection/Endpoint.ts';
import { SendType } from '../src/driver/SteamDriver.ts';
import type { SteamworksClient } from '../src/driver/steamworksClient.ts';
import { SimulatedSteam } from '../src/sim.ts';
import { initSteamworks, SteamworksDriver } from '../src/steamworks.ts';
import { PACKET_HEADER_BYTES } from '../src/wire/packet.ts';
import { nativeProblem } from '../test/native/double.ts';
import type { Benchmark } from './Benchmark.ts';
import { LoopDriver } from './driver/LoopDriver.ts';
import { type Player, playersAt } from './driver/players.ts';
import { Arena, INPUT_FRAME } from './room/Arena.ts';
import { NullTransport } from './room/NullTransport.ts';
import { median } from './statistics.ts';
import { withUsers } from './withUsers.ts';

const PLAYERS = [8, 32, 100];
/** Where the goal is. */
const GOAL_PLAYERS = 32;
const HIGHEST_RATIO = 1.25;

/** Of a room of 60 patches a second: polls, a millisecond apart, from one patch to the next. */
const POLLS = 16;
/** Of one side, before it is the other's turn. */
const PATCHES = 6;
const ROUNDS = 400;
/** Until all is compiled: a server runs for hours. */
const WARM_UP_ROUNDS = 800;

export const benchmark: Benchmark = {
  title: 'what a room sends and receives in a second, through connections beside the same addon calls in a bare loop; ms of CPU',
  goal: `of ${GOAL_PLAYERS} players, at most ${HIGHEST_RATIO} times the bare loop`,
  problem: nativeProblem,
  run: async (args) => {
    const counts = args.length === 0 ? PLAYERS : args.map(Number);
    const measured: Measured[] = [];
    for (const count of counts) measured.push(await withUsers((users) => users.start(import.meta.url).call(measure, count)));
    const { players, ratio = Number.NaN } = measured.find((row) => row.players === GOAL_PLAYERS) ?? measured.at(-1) ?? {};
    return {
      rows: measured.map((row) => ({
        players: String(row.players),
        'bytes of a patch': String(row.patchBytes),
        'packets/s': row.packets.toFixed(0),
        'bare calls': row.bareMs.toFixed(1),
        connections: row.oursMs.toFixed(1),
        'ns more each': (((row.oursMs - row.bareMs) * 1e6) / row.packets).toFixed(0),
        ratio: row.ratio.toFixed(2),
      })),
      result: `${ratio.toFixed(2)} times with ${players} players`,
      isGoalReached: ratio <= HIGHEST_RATIO,
    };
  },
};

interface Measured {
  readonly players: number;
  readonly patchBytes: number;
  readonly packets: number;
  readonly bareMs: number;
  readonly oursMs: number;
  /** The median of the rounds' own ratios: what disturbs one round disturbs both of its sides. */
  readonly ratio: number;
}

/** What one side does: a look for what has come, and a patch to everybody. */
interface Side {
  /** What a player sends next. */
  input(player: number): Uint8Array;
  poll(): void;
  patch(): void;
  /** Inputs that came so far. */
  readonly inputs: number;
}

/** The time of the connections: as much passes for them as in a room, however fast this goes. Undefined: the real time. */
interface Clock {
  at: number | undefined;
}

// What follows runs in a process of its own.

export async function measure(count: number): Promise<Measured> {
  const patch = await recordPatch(count);
  const client = initSteamworks(480);
  const steam = new SimulatedSteam({ clock: 'real' });
  const loop = new LoopDriver(steam.user(), new SteamworksDriver(client));
  const clock: Clock = { at: undefined };
  const host = Endpoint.of(loop, { poll: 'manual' }, { now: () => clock.at ?? performance.now() });
  host.acquire();
  let inputs = 0;
  const players = await playersAt(host, steam, count, INPUT_FRAME, () => inputs++);
  loop.begin();
  clock.at = performance.now();
  const ours = connectionsOf(host, loop, players, patch, () => inputs);
  const bare = bareLoop(client, count, patch);
  const run = (side: Side) => time(side, client, count, clock);
  const rounds: { bareMs: number; oursMs: number }[] = [];
  for (let i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
    // Who comes first inherits the garbage of the other: they take turns.
    const bareFirst = i % 2 === 0;
    const first = await run(bareFirst ? bare : ours);
    const second = await run(bareFirst ? ours : bare);
    if (i >= 0) rounds.push(bareFirst ? { bareMs: first, oursMs: second } : { bareMs: second, oursMs: first });
  }
  return {
    players: count,
    patchBytes: patch.length,
    packets: count * 80,
    bareMs: median(rounds.map(({ bareMs }) => bareMs)),
    oursMs: median(rounds.map(({ oursMs }) => oursMs)),
    ratio: median(rounds.map(({ bareMs, oursMs }) => oursMs / bareMs)),
  };
}

/** Runs what happens in the time of some patches. ms of a second of them, without what only this benchmark does. */
async function time(side: Side, { networking, localplayer }: SteamworksClient, count: number, clock: Clock): Promise<number> {
  const self = localplayer.getSteamId().steamId64;
  const expected = side.inputs + Math.round((PATCHES * count) / 3);
  const start = performance.now();
  let besideMs = 0;
  let sent = 0;
  for (let i = 0; i < PATCHES * POLLS; i++) {
    clock.at = (clock.at ?? 0) + 1_000 / 60 / POLLS;
    const before = performance.now();
    // A third of the players has an input for each patch: 20 a second.
    for (; sent < ((i + 1) * count) / (3 * POLLS); sent++) {
      networking.sendP2PPacket(self, SendType.Reliable, side.input(sent % count));
    }
    besideMs += performance.now() - before;
    side.poll();
    if (i % POLLS === 0) side.patch();
    besideMs += drain(networking);
    await turn();
  }
  if (side.inputs < expected) throw new Error(`${side.inputs} inputs came, not ${expected}`);
  return ((performance.now() - start - besideMs) / PATCHES) * 60;
}

/** Takes what went to players, who are ourselves. Returns how long it took. */
function drain(networking: SteamworksClient['networking']): number {
  const start = performance.now();
  for (let size = networking.isP2PPacketAvailable(); size > 0; size = networking.isP2PPacketAvailable())
    networking.readP2PPacket(size);
  return performance.now() - start;
}

function connectionsOf(
  host: Endpoint,
  loop: LoopDriver,
  players: readonly Player[],
  patch: Uint8Array,
  inputs: () => number,
): Side {
  return {
    get inputs() {
      return inputs();
    },
    input: (index) => {
      const { steamId, next } = players[index] as Player;
      loop.expect(steamId);
      return next();
    },
    poll: () => host.poll(),
    patch: () => {
      for (const { connection } of players) connection.send(patch);
      host.flush();
    },
  };
}

/** No more than every use of the addon must do: look who it is from, and take all that there is. */
function bareLoop({ networking, localplayer }: SteamworksClient, count: number, patch: Uint8Array): Side {
  const self = localplayer.getSteamId().steamId64;
  const packet = Buffer.alloc(PACKET_HEADER_BYTES + patch.length, 7);
  const input = Buffer.alloc(PACKET_HEADER_BYTES + INPUT_FRAME.length, 7);
  const side = {
    inputs: 0,
    input: () => input,
    poll: () => {
      for (let size = networking.isP2PPacketAvailable(); size > 0; size = networking.isP2PPacketAvailable()) {
        const { data, steamId } = networking.readP2PPacket(size);
        if (steamId.steamId64 === self && data.length > 0) side.inputs++;
      }
    },
    patch: () => {
      for (let i = 0; i < count; i++) networking.sendP2PPacket(self, SendType.Reliable, packet);
    },
  };
  return side;
}

/** A patch as Colyseus makes it of a room with so many players. */
async function recordPatch(count: number): Promise<Uint8Array> {
  let patch = new Uint8Array();
  const transport = new NullTransport();
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('arena', Arena);
  await server.listen(0);
  const record = (frame: Uint8Array): void => {
    patch = Uint8Array.from(frame);
  };
  for (let i = 0; i < count; i++) await transport.join('arena', record);
  Arena.current.begin();
  // The first ones say who is there.
  await sleep(500);
  Arena.current.end();
  return patch;
}
