import { Packr } from 'msgpackr';
import type { Benchmark } from './Benchmark.ts';
import { messages, type Packet, packets } from './encodingPackets.ts';
import { goals, sizesOf, total } from './encodingSizes.ts';
import { median } from './statistics.ts';

const ROUNDS = 25;
const ROUND_MS = 4;
const NOT_SLOWER = 8;

const packr = new Packr({ useRecords: false });

export const benchmark: Benchmark = {
  title: 'ten packets: bytes each way of sending them, and nanoseconds to encode and decode, ours beside msgpackr, by turns',
  goal: `${goals.map(({ of, share }) => `${percent(share)} of ${of}`).join(', ')}; encode and decode not slower on ${NOT_SLOWER} of ${packets.length}`,
  problem: () => undefined,
  run: async () => {
    const sizes = packets.map(sizesOf);
    const sum = total(sizes);
    const times = timesOf(packets);
    const bytes = (size: typeof sum) =>
      Object.fromEntries(Object.entries(size).map(([column, value]) => [column, String(value)]));
    const rows = packets.map(({ name }, i) => {
      const { encode, decode } = times[i]!;
      return { packet: name, ...bytes(sizes[i]!), ...timeColumns('encode', encode), ...timeColumns('decode', decode) };
    });
    const shares = goals.map(({ of, share }) => ({ of, share, reached: sum.ours / sum[of] }));
    const notSlower = (kind: 'encode' | 'decode') => times.filter((time) => time[kind].ratio <= 1).length;
    return {
      rows: [...rows, { packet: 'total', ...bytes(sum) }],
      result: `${shares.map(({ of, reached }) => `${percent(reached)} of ${of}`).join(', ')}; not slower: encode ${notSlower('encode')}, decode ${notSlower('decode')}`,
      isGoalReached:
        shares.every(({ share, reached }) => reached <= share) &&
        notSlower('encode') >= NOT_SLOWER &&
        notSlower('decode') >= NOT_SLOWER,
    };
  },
};

interface Time {
  readonly ours: number;
  readonly msgpackr: number;
  /** Median over the rounds of ours / msgpackr, each measured right after the other. */
  readonly ratio: number;
}

interface Subject {
  readonly encode: readonly [() => unknown, () => unknown];
  readonly decode: readonly [() => unknown, () => unknown];
}

/** All packets take turns, so that no code is compiled for one of them alone. */
function timesOf(all: readonly Packet[]): { encode: Time; decode: Time }[] {
  const subjects = all.map(subjectOf);
  const samples = subjects.map(() => ({ encode: [] as [number, number][], decode: [] as [number, number][] }));
  for (let round = 0; round < ROUNDS; round++) {
    subjects.forEach(({ encode, decode }, i) => {
      samples[i]!.encode.push([nanoseconds(encode[0]), nanoseconds(encode[1])]);
      samples[i]!.decode.push([nanoseconds(decode[0]), nanoseconds(decode[1])]);
    });
  }
  // The first rounds are for the compiler.
  const timeOf = (pairs: readonly (readonly [number, number])[]): Time => {
    const measured = pairs.slice(ROUNDS / 5);
    return {
      ours: median(measured.map(([ours]) => ours)),
      msgpackr: median(measured.map(([, theirs]) => theirs)),
      ratio: median(measured.map(([ours, theirs]) => ours / theirs)),
    };
  };
  return samples.map(({ encode, decode }) => ({ encode: timeOf(encode), decode: timeOf(decode) }));
}

function subjectOf({ name, payload }: Packet): Subject {
  const declared = messages.get(name)!;
  const ours = declared.encode(payload);
  // A copy: packr hands out a part of its own buffer.
  const theirs = Uint8Array.from(packr.pack(payload));
  return {
    encode: [() => declared.encode(payload), () => packr.pack(payload)],
    decode: [() => declared.decode(ours), () => packr.unpack(theirs)],
  };
}

let sink: unknown;

function nanoseconds(call: () => unknown): number {
  const start = performance.now();
  let calls = 0;
  let end = start;
  while (end - start < ROUND_MS) {
    for (let i = 0; i < 100; i++) sink = call();
    calls += 100;
    end = performance.now();
  }
  return ((end - start) * 1e6) / calls;
}

export function lastResult(): unknown {
  return sink;
}

function timeColumns(kind: string, { ours, msgpackr, ratio }: Time): Record<string, string> {
  return { [kind]: ours.toFixed(0), [`${kind} msgpackr`]: msgpackr.toFixed(0), [`${kind} ratio`]: ratio.toFixed(2) };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
