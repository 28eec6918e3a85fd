import { FRAGMENT_BYTES, Fragments, splitIntoFragments } from '../src/wire/Fragments.ts';
import { PacketWriter } from '../src/wire/PacketWriter.ts';
import { FRAME_HEADER_BYTES, Lane, PACKET_HEADER_BYTES, readFrames } from '../src/wire/packet.ts';
import type { Benchmark } from './Benchmark.ts';
import { Crowd } from './Crowd.ts';
import { median } from './statistics.ts';

const ROUNDS = 40;
const WARM_UP_ROUNDS = 10;
const ROUND_MS = 3;

const FRAME_BYTES = 64;
const MANY = 16;
/** What 400 players who move take. */
const STATE_FRAGMENTS = 5;
const STATE_BYTES = STATE_FRAGMENTS * FRAGMENT_BYTES;

const CONNECTIONS = 1_000;
const TICK_ROUNDS = 12;
const TICK_MS = 5;
const HIGHEST_TICK_US = 50;

/** One operation of ours, and the least that anybody would have to do in its place. */
interface Pair {
  readonly name: string;
  readonly ours: () => unknown;
  readonly control: () => unknown;
  readonly of: string;
}

export const benchmark: Benchmark = {
  title: 'single operations beside the least that anybody would do in their place, by turns; ns',
  goal: `a tick with ${CONNECTIONS} idle connections under ${HIGHEST_TICK_US} µs`,
  problem: () => undefined,
  run: async () => {
    const times = measure([encode(1), encode(MANY), decode(1), decode(MANY), splitting(), reassembly(), reassembly(2)]);
    const tick = measureTick();
    return {
      rows: [...times, tick].map(({ name, of, ours, control }) => ({
        operation: name,
        ours: ours.toFixed(0),
        control: control.toFixed(0),
        'control is': of,
      })),
      result: `tick: ${(tick.ours / 1_000).toFixed(0)} µs`,
      isGoalReached: tick.ours / 1_000 < HIGHEST_TICK_US,
    };
  },
};

interface Measured {
  readonly name: string;
  readonly of: string;
  readonly ours: number;
  readonly control: number;
}

function measure(pairs: readonly Pair[]): Measured[] {
  const samples = pairs.map(() => ({ ours: [] as number[], control: [] as number[] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    pairs.forEach(({ ours, control }, i) => {
      const [oursNs, controlNs] = [nanoseconds(ours), nanoseconds(control)];
      if (round < 0) return;
      samples[i]?.ours.push(oursNs);
      samples[i]?.control.push(controlNs);
    });
  }
  return pairs.map(({ name, of }, i) => ({
    name,
    of,
    ours: median(samples[i]?.ours ?? []),
    control: median(samples[i]?.control ?? []),
  }));
}

function nanoseconds(run: () => unknown): number {
  const start = performance.now();
  let runs = 0;
  let tookMs = 0;
  while (tookMs < ROUND_MS) {
    for (let i = 0; i < 200; i++) run();
    runs += 200;
    tookMs = performance.now() - start;
  }
  return (tookMs * 1e6) / runs;
}

function encode(frames: number): Pair {
  const writer = new PacketWriter(Lane.Unreliable);
  const payload = new Uint8Array(FRAME_BYTES).fill(7);
  const buffer = new Uint8Array(2_000);
  return {
    name: `encode a packet of ${frames} x ${FRAME_BYTES} B`,
    ours: () => {
      for (let i = 0; i < frames; i++) writer.append(3, payload);
      return writer.take(5, 77);
    },
    of: 'the bytes copied one behind the other',
    control: () => {
      for (let i = 0; i < frames; i++) buffer.set(payload, PACKET_HEADER_BYTES + i * (FRAME_HEADER_BYTES + FRAME_BYTES));
      return buffer.subarray(0, PACKET_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + FRAME_BYTES));
    },
  };
}

function decode(frames: number): Pair {
  const writer = new PacketWriter(Lane.Unreliable);
  const payload = new Uint8Array(FRAME_BYTES).fill(7);
  for (let i = 0; i < frames; i++) writer.append(3, payload);
  const packet = writer.take(5, 77).slice();
  let bytes = 0;
  const take = (code: number, frame: Uint8Array) => {
    bytes += code + frame.length;
    return true;
  };
  const headerBytes = frames === 1 ? 0 : FRAME_HEADER_BYTES;
  return {
    name: `decode a packet of ${frames} x ${FRAME_BYTES} B`,
    ours: () => readFrames(packet, take) && bytes,
    of: 'a view of each',
    control: () => {
      for (let i = 0, at = PACKET_HEADER_BYTES; i < frames; i++) {
        at += headerBytes;
        take(3, packet.subarray(at, at + FRAME_BYTES));
        at += FRAME_BYTES;
      }
      return bytes;
    },
  };
}

function splitting(): Pair {
  const state = new Uint8Array(STATE_BYTES).fill(7);
  const packet = new Uint8Array(FRAGMENT_BYTES);
  return {
    name: `split ${STATE_BYTES} B into ${STATE_FRAGMENTS} fragments and a parity`,
    ours: () => splitIntoFragments(3, state, take),
    of: 'copied, part by part',
    control: () => {
      for (let at = 0; at < STATE_BYTES; at += FRAGMENT_BYTES) packet.set(state.subarray(at, at + FRAGMENT_BYTES));
      return packet;
    },
  };

  function take(fragment: Uint8Array): void {
    packet[0] = fragment[0] as number;
  }
}

/** Of packets that come in order, but for one that is lost. */
function reassembly(lost?: number): Pair {
  const fragments = new Fragments(1_000_000);
  const packets: Uint8Array[] = [];
  splitIntoFragments(3, new Uint8Array(STATE_BYTES).fill(7), (fragment) => packets.push(fragment.slice()));
  const come = packets.filter((_, index) => index !== lost);
  let sequence = 0;
  return {
    name: `reassemble ${STATE_FRAGMENTS} fragments, ${STATE_BYTES} B${lost === undefined ? '' : ', one of them lost'}`,
    ours: () => {
      sequence = (sequence + 1) & 0x3ff;
      let whole: unknown;
      for (const packet of come) whole = fragments.accept(sequence, packet, 0);
      return whole;
    },
    of: 'copied into one buffer',
    control: () => {
      const whole = new Uint8Array(STATE_BYTES);
      for (let i = 0, at = 0; i < STATE_FRAGMENTS; i++) {
        const packet = packets[i] as Uint8Array;
        whole.set(packet.subarray(packet.length - FRAGMENT_BYTES), at);
        at += FRAGMENT_BYTES;
      }
      return whole;
    },
  };
}

/** The control looks at a number of each of as many objects. */
function measureTick(): Measured {
  const crowd = new Crowd(CONNECTIONS);
  const bare = new Map(Array.from({ length: CONNECTIONS }, (_, i) => [BigInt(i), { dueAt: i }]));
  const ours: number[] = [];
  const control: number[] = [];
  let due = 0;
  const look = () => {
    for (const { dueAt } of bare.values()) if (dueAt < 0) due++;
    return due;
  };
  for (let round = 0; round < TICK_ROUNDS; round++) {
    ours.push((crowd.run(1_000) * 1e6) / (1_000 / TICK_MS));
    control.push(nanoseconds(look));
  }
  return {
    name: `tick with ${CONNECTIONS} idle connections`,
    of: 'a look at as many objects',
    ours: median(ours),
    control: median(control),
  };
}
