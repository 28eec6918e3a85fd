// The figure: players in a match, and one who floods their host, each a process of its own on the simulated Steam.
//
//   npm run flood                        all kinds of floods, three times: about ten minutes
//   npm run flood -- pings requests      these
//   npm run flood -- --rate=0            as fast as the hub of the simulated Steam takes it
//   npm run flood -- --runs=1 --json     one row of JSON for each kind
import { parseArgs } from 'node:util';
import { floods } from './kinds.ts';
import { measureFloods, type Row } from './measureFloods.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '30000' },
    runs: { type: 'string', default: '3' },
    players: { type: 'string', default: '8' },
    quietMs: { type: 'string', default: '3000' },
    floodMs: { type: 'string', default: '5000' },
    json: { type: 'boolean', default: false },
  },
});

const rate = Number(values.rate);
const rows = await measureFloods({
  kinds: positionals.length > 0 ? positionals : Object.keys(floods),
  perSecond: rate === 0 ? Number.POSITIVE_INFINITY : rate,
  runs: Number(values.runs),
  players: Number(values.players),
  quietMs: Number(values.quietMs),
  floodMs: Number(values.floodMs),
  onRow: (row) => {
    if (!values.json) console.log(inWords(row));
  },
});
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows.map(inWords));
process.exit();

function inWords(row: Row): Readonly<Record<string, string | number>> {
  const ms = (value: number) => value.toFixed(1);
  return {
    flood: row.kind,
    'packets/s': Math.round(row.packetsPerSecond),
    'loop p99': `${ms(row.delayP99)} (${ms(row.quietDelayP99)})`,
    'RTT p99': `${ms(row.rttP99)} (${ms(row.quietRttP99)}; ${ms(row.elsewhereRttP99)})`,
    'RTT p50': `${ms(row.rttP50)} (${ms(row.quietRttP50)}; ${ms(row.elsewhereRttP50)})`,
    'memory, MiB': (row.memoryGrowth / 1_048_576).toFixed(0),
    'log lines': row.lines,
    gone: row.code === undefined ? 'no' : `${row.code} after ${Math.round(row.goneAfterMs)} ms`,
    players: row.players,
  };
}
