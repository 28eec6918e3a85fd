import { Company } from './director/Company.ts';
import { Show } from './director/Show.ts';
import { actCount, bill, perform } from './director/script.ts';
import { summary } from './director/summary.ts';
import { Plain } from './view/Plain.ts';
import { Terminal } from './view/Terminal.ts';

/** Ended by Ctrl-C, as a shell has it. */
const INTERRUPTED = 130;

/** Three processes, which play a match of seven acts by themselves, in the terminal. Sets the exit code. */
export async function performInTerminal(signal: AbortSignal): Promise<void> {
  const show = new Show(bill, actCount);
  const inPlace = process.stdout.isTTY && process.stdout.columns > 0 && process.env.TERM !== 'dumb';
  const view = inPlace ? new Terminal(show, process.stdout) : new Plain(show, process.stdout);
  let company: Company | undefined;
  let ending: string[];
  try {
    company = await Company.gather(show, signal);
    ending = summary(show, await perform(company));
  } catch (error) {
    if (signal.aborted) {
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
}
