// npm run bench [name [arguments of its own]]: prints a table for each benchmark. README.md says how to read them.
import type { Benchmark } from './Benchmark.ts';

const benchmarks: Readonly<Record<string, () => Promise<{ benchmark: Benchmark }>>> = {
  room: () => import('./room.ts'),
  driver: () => import('./driver.ts'),
  addon: () => import('./addon.ts'),
  join: () => import('./join.ts'),
  latency: () => import('./latency.ts'),
  loss: () => import('./loss.ts'),
  scale: () => import('./scale.ts'),
  micro: () => import('./micro.ts'),
  garbage: () => import('./garbage.ts'),
  idle: () => import('./idle.ts'),
  encoding: () => import('./encoding.ts'),
  strangers: () => import('./strangers.ts'),
};

const [chosen, ...args] = process.argv.slice(2);
if (chosen !== undefined && !Object.hasOwn(benchmarks, chosen)) {
  console.error(`there is no benchmark ${chosen}, only ${Object.keys(benchmarks).join(', ')}`);
  process.exit(1);
}

for (const [name, load] of Object.entries(benchmarks)) {
  if (chosen !== undefined && name !== chosen) continue;
  const { benchmark } = await load();
  const problem = benchmark.problem();
  if (problem === undefined) await report(name, benchmark);
  else console.log(`${name}: skipped: ${problem}`);
}

async function report(name: string, { title, goal, run }: Benchmark): Promise<void> {
  console.log(`${name}: ${title}\n`);
  const { rows, result, isGoalReached } = await run(args);
  for (const line of table(rows)) console.log(`  ${line}`);
  console.log(`\n  ${result}; goal: ${goal}: ${isGoalReached ? 'reached' : 'MISSED'}\n`);
}

/** Lines; the first column to the left, numbers to the right. */
function table(rows: readonly Readonly<Record<string, string>>[]): string[] {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const align = (cell: string, i: number) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0));
  return lines.map((line) => line.map(align).join('   ').trimEnd());
}
