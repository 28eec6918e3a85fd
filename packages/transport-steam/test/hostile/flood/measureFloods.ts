import { setTimeout as sleep } from 'node:timers/promises';
import { Participant } from '../../../bench/Participant.ts';
import { median } from '../../../bench/statistics.ts';
import { connectHubControl } from '../../../src/sim.ts';
import {
  flood,
  host,
  joinAsFlooder,
  measure,
  openLine,
  play,
  playing,
  type RoundTrips,
  report,
  roundTripsSince,
  sink,
} from './roles.ts';

const roles = new URL('./roles.ts', import.meta.url).href;

/** What a process takes to come to rest after it joined, or after a flood. */
const SETTLE_MS = 500;

export interface FloodOptions {
  readonly kinds: readonly string[];
  /** Of the flooder. Unit: packets a second. */
  readonly perSecond: number;
  /** Of each kind; a row has the median of each time. */
  readonly runs: number;
  readonly players: number;
  /** Of each of the three parts of a run: quiet, the flood at somebody else, the flood. */
  readonly ms: number;
  /** The host's option. */
  readonly maxWorkPerSecond: number;
  onRow(row: Row): void;
}

/**
 * What one kind of flood does. `quiet…` is before it, `elsewhere…` is while the flooder does the same to somebody else: what the
 * machine has to do with it, on which they all run. Times in milliseconds.
 */
export interface Row {
  readonly kind: string;
  readonly packetsPerSecond: number;
  readonly delayP99: number;
  readonly quietDelayP99: number;
  /** The longest in all runs. */
  readonly delayMax: number;
  readonly rttP50: number;
  readonly quietRttP50: number;
  readonly elsewhereRttP50: number;
  readonly rttP99: number;
  readonly quietRttP99: number;
  readonly elsewhereRttP99: number;
  /** Round trips of which these are, each. */
  readonly samples: number;
  /** Of the host: resident, at its peak. Unit: bytes. */
  readonly memoryGrowth: number;
  /** In the host's log. */
  readonly lines: number;
  /** With which the flooder left the room. Undefined: he did not. */
  readonly code: number | undefined;
  /** Since when nothing of his was looked at. Undefined: it was. */
  readonly shutOutAfterMs: number | undefined;
  /** Still in the room at the end. */
  readonly players: number;
}

export async function measureFloods(options: FloodOptions): Promise<Row[]> {
  const playersHub = { name: `flood-${process.pid}` };
  const flooderHub = { name: `flood-${process.pid}-line` };
  const control = await connectHubControl(playersHub);
  const participants: Participant[] = [];
  const start = () => {
    const participant = new Participant(roles);
    participants.push(participant);
    return participant;
  };
  try {
    const [hostProcess, players, flooder, bystander] = [start(), start(), start(), start()];
    await flooder.call(openLine, flooderHub);
    const hostId = await hostProcess.call(host, playersHub, flooderHub, options.maxWorkPerSecond);
    const sinkId = await bystander.call(sink, flooderHub);
    await players.call(play, playersHub, hostId, options.players);

    const tripsDuring = async (run: () => Promise<unknown>): Promise<RoundTrips> => {
      await sleep(SETTLE_MS);
      await players.call(roundTripsSince);
      await run();
      return players.call(roundTripsSince);
    };

    const measureOnce = async (kind: string): Promise<Row> => {
      const { ms, perSecond } = options;
      await hostProcess.call(measure, await flooder.call(joinAsFlooder, hostId));
      const quiet = await tripsDuring(() => sleep(ms));
      const quietHost = await hostProcess.call(report);
      const other = await tripsDuring(() => flooder.call(flood, kind, ms, perSecond, sinkId));
      // Not before: he answers no ping.
      const flooderId = await flooder.call(joinAsFlooder, hostId);
      let packetsPerSecond = 0;
      const flooded = await tripsDuring(async () => {
        await hostProcess.call(measure, flooderId);
        packetsPerSecond = await flooder.call(flood, kind, ms, perSecond);
      });
      const floodedHost = await hostProcess.call(report);
      return {
        kind,
        packetsPerSecond,
        delayP99: floodedHost.delayP99,
        quietDelayP99: quietHost.delayP99,
        delayMax: floodedHost.delayMax,
        rttP50: flooded.p50,
        quietRttP50: quiet.p50,
        elsewhereRttP50: other.p50,
        rttP99: flooded.p99,
        quietRttP99: quiet.p99,
        elsewhereRttP99: other.p99,
        samples: Math.min(quiet.count, other.count, flooded.count),
        memoryGrowth: floodedHost.memoryGrowth,
        lines: floodedHost.lines,
        code: floodedHost.code,
        shutOutAfterMs: floodedHost.shutOutAfterMs,
        players: await players.call(playing),
      };
    };

    const rows: Row[] = [];
    for (const kind of options.kinds) {
      const runs: Row[] = [];
      for (let run = 0; run < options.runs; run++) runs.push(await measureOnce(kind));
      const row = medians(runs);
      options.onRow(row);
      rows.push(row);
    }
    return rows;
  } finally {
    for (const participant of participants) participant.end();
    control.close();
  }
}

/** Of several runs the median of each time: one that the machine had no time for is none. Of what must not happen, the worst. */
function medians(runs: readonly Row[]): Row {
  const [first] = runs as [Row];
  const entries = Object.entries(first).map(([name, value]) => {
    const values = runs.map((run) => run[name as keyof Row]);
    return [name, typeof value === 'number' ? median(values as number[]) : value];
  });
  const highest = (number: (run: Row) => number) => Math.max(...runs.map(number));
  const unbounded = runs.find((run) => run.code === undefined || run.shutOutAfterMs === undefined);
  return {
    ...(Object.fromEntries(entries) as Row),
    ...(unbounded && { code: unbounded.code, shutOutAfterMs: unbounded.shutOutAfterMs }),
    delayMax: highest((run) => run.delayMax),
    players: -highest((run) => -run.players),
    lines: highest((run) => run.lines),
  };
}
