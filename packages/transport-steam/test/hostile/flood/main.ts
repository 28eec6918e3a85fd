// The figure: players in a match, and one who floods their host, each a process of its own on the simulated Steam.
//
//   npm run flood                        all kinds of floods: about six minutes. Ends with 1 when a goal is missed
//   npm run flood -- pings requests      these
//   npm run flood -- --runs=3            the median of three
//   npm run flood -- --rate=0            as fast as a line of a gigabit takes it
//   npm run flood -- --json              rows of JSON
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { missedGoals } from './goals.ts';
import { floods } from './kinds.ts';
import { measureFloods, type Row } from './measureFloods.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '30000' },
    runs: { type: 'string', default: '1' },
    players: { type: 'string', default: '8' },
    ms: { type: 'string', default: '5000' },
    maxWorkPerSecond: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
  },
});

const players = Number(values.players);
const columns: Readonly<Record<string, (row: Row) => string | number>> = {
  flood: (row) => row.kind,
  'packets/s': (row) => Math.round(row.packetsPerSecond),
  'not heard after': (row) => (row.shutOutAfterMs === undefined ? 'never' : `${row.shutOutAfterMs.toFixed(0)} ms`),
  'left with': (row) => row.code ?? 'stays',
  'loop p99, ms': (row) => `${row.delayP99.toFixed(1)} (${row.quietDelayP99.toFixed(1)})`,
  'loop max, ms': (row) => row.delayMax.toFixed(0),
  'RTT p50, ms': (row) => [row.rttP50, row.quietRttP50, row.elsewhereRttP50].map((ms) => ms.toFixed(1)).join(' / '),
  'RTT p99, ms': (row) => [row.rttP99, row.quietRttP99, row.elsewhereRttP99].map((ms) => ms.toFixed(1)).join(' / '),
  'RTT samples': (row) => row.samples,
  'memory, MB': (row) => (row.memoryGrowth / 1e6).toFixed(0),
  'log lines': (row) => row.lines,
  goals: (row) => missedGoals(row, players).join(', ').replace(/^./, 'MISSED: $&') || 'met',
};
const print = (cells: readonly (string | number)[]) => {
  if (!values.json) console.log(`| ${cells.join(' | ')} |`);
};

print(Object.keys(columns));
print(Object.keys(columns).map(() => '---'));
const rate = Number(values.rate);
const rows = await measureFloods({
  kinds: positionals.length > 0 ? positionals : Object.keys(floods),
  perSecond: rate === 0 ? Number.POSITIVE_INFINITY : rate,
  runs: Number(values.runs),
  players,
  ms: Number(values.ms),
  maxWorkPerSecond: Number(values.maxWorkPerSecond),
  onRow: (row) => print(Object.values(columns).map((cell) => cell(row))),
});
if (values.json) {
  console.log(JSON.stringify(rows));
} else {
  console.log(`loop: during the flood (before it); RTT: during / before / while he floods somebody else on this machine.`);
  console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`);
}
// Who reads the rows judges them.
process.exit(!values.json && rows.some((row) => missedGoals(row, players).length > 0) ? 1 : 0);
