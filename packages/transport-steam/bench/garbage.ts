import type { HeapProfiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import type { Benchmark } from './Benchmark.ts';
import { Crowd, type Traffic } from './Crowd.ts';
import { collectGarbage } from './heap.ts';

const PLAYERS = 32;
const TRAFFIC: Traffic = { everyMs: 16, patch: { bytes: new Uint8Array(64), delivery: 'unreliable' }, inputBytes: 16 };
/** Until everything is compiled: what the optimizing compiler keeps off the heap is no garbage. */
const WARM_UP_MS = 30_000;
const MEASURED_MS = 60_000;
/** Mean bytes between two samples. */
const SAMPLING_BYTES = 256;
/** Less than this is growth, or chance. */
const NOTABLE_BYTES = 0.5;

const SOURCES = new URL('../src/', import.meta.url).href;

export const benchmark: Benchmark = {
  title: `${PLAYERS} connections, a patch of 64 B out and an input of 16 B in 60 times a second, on a driver that allocates nothing: bytes that the host allocates a packet, by who asks for them`,
  goal: 'none',
  problem: () => undefined,
  run: async () => {
    const crowd = new Crowd(PLAYERS);
    crowd.run(WARM_UP_MS, TRAFFIC);
    collectGarbage();
    const packets = packetsOf(crowd);
    const allocated = await sampled(() => crowd.run(MEASURED_MS, TRAFFIC));
    const perPacket = 1 / (packetsOf(crowd) - packets);
    const rows = [...allocated].map(([where, bytes]) => ({ where, bytes: bytes * perPacket })).sort((a, b) => b.bytes - a.bytes);
    const total = rows.reduce((sum, { where, bytes }) => sum + (where === ELSEWHERE ? 0 : bytes), 0);
    return {
      rows: rows
        .filter(({ bytes }) => bytes >= NOTABLE_BYTES)
        .map(({ where, bytes }) => ({ 'allocated by': where, 'B a packet': bytes.toFixed(1) })),
      result: `${total.toFixed(1)} B a packet, in and out`,
      isGoalReached: total < NOTABLE_BYTES,
    };
  },
};

/** What the benchmark itself allocates. */
const ELSEWHERE = 'the benchmark';

function packetsOf({ host }: Crowd): number {
  return host.stats().reduce((sum, { sent, received }) => sum + sent.packets + received.packets, 0);
}

/** Bytes allocated while `run` runs, those too that are garbage by then: by the function of ours that did, or called who did. */
async function sampled(run: () => void): Promise<Map<string, number>> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  run();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const bytes = new Map<string, number>();
  addTo(bytes, profile.head, ELSEWHERE);
  return bytes;
}

function addTo(
  bytes: Map<string, number>,
  { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode,
  caller: string,
): void {
  const { url, functionName, lineNumber } = callFrame;
  const isOurs = url.startsWith(SOURCES);
  const where = isOurs ? `${functionName} (${url.slice(SOURCES.length)}:${lineNumber + 1})` : url === '' ? caller : ELSEWHERE;
  if (selfSize > 0) bytes.set(where, (bytes.get(where) ?? 0) + selfSize);
  for (const child of children) addTo(bytes, child, where);
}
