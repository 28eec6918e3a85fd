// `npm run demo`: three processes on this machine, three Steam users on a simulated Steam, one game.
import { Company } from './director/Company.ts';
import { Show } from './director/Show.ts';
import { actCount, bill, perform } from './director/script.ts';
import { summary } from './director/summary.ts';
import { Plain } from './view/Plain.ts';
import { Terminal } from './view/Terminal.ts';

const USAGE = 'Usage: npm run demo [-- --headless]';
/** Ended by Ctrl-C, as a shell has it. */
const INTERRUPTED = 130;

const unknown = process.argv.slice(2).find((argument) => argument !== '--headless');
if (unknown !== undefined) {
  console.error(`unknown argument ${unknown}\n${USAGE}`);
  process.exit(2);
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
// Nobody reads on: `npm run demo | head`.
process.stdout.on('error', () => interrupt.abort());

const show = new Show(bill, actCount);
const inPlace = process.stdout.isTTY && process.stdout.columns > 0 && process.env.TERM !== 'dumb';
const view = inPlace ? new Terminal(show, process.stdout) : new Plain(show, process.stdout);
let company: Company | undefined;
let ending: string[];
try {
  company = await Company.gather(show, interrupt.signal);
  ending = summary(show, await perform(company));
} catch (error) {
  if (interrupt.signal.aborted) {
    process.exitCode = INTERRUPTED;
    ending = ['Interrupted; the three processes have ended.'];
  } else {
    process.exitCode = 1;
    ending = [`FAILED in act ${show.act.number}, ${show.act.title}: ${(error as Error).message}`];
  }
} finally {
  await company?.dismiss();
  view.close();
}
console.log(['', ...ending].join('\n'));
