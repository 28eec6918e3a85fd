import { setTimeout as sleep } from 'node:timers/promises';
import { Participant } from '../../../bench/Participant.ts';
import { median } from '../../../bench/statistics.ts';
import { connectHubControl } from '../../../src/sim.ts';
import { flood, host, joinAsFlooder, measure, play, report, roundTripsSince, sink } from './roles.ts';

const roles = new URL('./roles.ts', import.meta.url).href;

/** What a process takes to come to rest after it joined, or after a flood. */
const SETTLE_MS = 1_000;

export interface FloodOptions {
  readonly kinds: readonly string[];
  /** Of the flooder. Unit: packets a second. */
  readonly perSecond: number;
  /** Of each kind; a row has the median of each number. */
  readonly runs: number;
  readonly players: number;
  readonly quietMs: number;
  readonly floodMs: number;
  onRow(row: Row): void;
}

/**
 * What one kind of flood does. `quiet…` is before it, `elsewhere…` is while the flooder does the same to somebody else: what the
 * machine and the hub of the simulated Steam have to do with it. Times in milliseconds.
 */
export interface Row {
  readonly kind: string;
  readonly packetsPerSecond: number;
  readonly delayP99: number;
  readonly quietDelayP99: number;
  readonly rttP50: number;
  readonly quietRttP50: number;
  readonly elsewhereRttP50: number;
  readonly rttP99: number;
  readonly quietRttP99: number;
  readonly elsewhereRttP99: number;
  /** Of the host: resident, at its peak. Unit: bytes. */
  readonly memoryGrowth: number;
  /** In the host's log. */
  readonly lines: number;
  /** With which the flooder left the room. Undefined: he did not. */
  readonly code: number | undefined;
  readonly goneAfterMs: number;
  /** Still in the room at the end. */
  readonly players: number;
}

export async function measureFloods(options: FloodOptions): Promise<Row[]> {
  const hub = { name: `flood-${process.pid}` };
  const control = await connectHubControl(hub);
  const participants: Participant[] = [];
  const start = () => {
    const participant = new Participant(roles);
    participants.push(participant);
    return participant;
  };
  try {
    const [hostProcess, players, bystander] = [start(), start(), start()];
    const hostId = await hostProcess.call(host, hub);
    const sinkId = await bystander.call(sink, hub);
    await players.call(play, hub, hostId, options.players);
    await sleep(2 * SETTLE_MS);

    const measureOnce = async (kind: string): Promise<Row> => {
      const { floodMs, quietMs, perSecond } = options;
      const flooders = [start(), start()] as const;
      const [elsewhere, here] = flooders;
      await elsewhere.call(joinAsFlooder, hub, hostId);
      await sleep(SETTLE_MS);
      await players.call(roundTripsSince);
      await hostProcess.call(measure);
      await sleep(quietMs);
      const quietHost = await hostProcess.call(report);
      const quiet = await players.call(roundTripsSince);
      await elsewhere.call(flood, kind, floodMs, perSecond, sinkId);
      const other = await players.call(roundTripsSince);
      // Not before: he answers no ping.
      const flooderId = await here.call(joinAsFlooder, hub, hostId);
      await sleep(SETTLE_MS);
      await players.call(roundTripsSince);
      await hostProcess.call(measure);
      const packetsPerSecond = await here.call(flood, kind, floodMs, perSecond);
      const flooded = await players.call(roundTripsSince);
      const floodedHost = await hostProcess.call(report);
      for (const flooder of flooders) flooder.end();
      await sleep(SETTLE_MS);
      const gone = floodedHost.left.find(({ steamId }) => steamId === flooderId);
      return {
        kind,
        packetsPerSecond,
        delayP99: floodedHost.delayP99,
        quietDelayP99: quietHost.delayP99,
        rttP50: flooded.p50,
        quietRttP50: quiet.p50,
        elsewhereRttP50: other.p50,
        rttP99: flooded.p99,
        quietRttP99: quiet.p99,
        elsewhereRttP99: other.p99,
        memoryGrowth: floodedHost.memoryGrowth,
        lines: floodedHost.lines,
        code: gone?.code,
        goneAfterMs: gone?.afterMs ?? Number.NaN,
        players: flooded.players,
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

/** Of several runs the median of each number: one that the machine had no time for is none. */
function medians(runs: readonly Row[]): Row {
  const [first] = runs as [Row];
  const entries = Object.entries(first).map(([name, value]) => {
    const values = runs.map((run) => run[name as keyof Row]);
    return [name, typeof value === 'number' ? median(values as number[]) : value];
  });
  return Object.fromEntries(entries) as Row;
}
