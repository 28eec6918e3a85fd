// `npm run demo`: three players on this machine, in a browser or in the terminal; or one of them, on Steam.
import { type Arguments, parseArguments, USAGE } from './arguments.ts';
import { playInBrowser } from './browser/inBrowser.ts';
import { performInTerminal } from './headless.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
// Nobody reads on: `npm run demo | head`.
process.stdout.on('error', () => interrupt.abort());

const options = argumentsOrUsage();
try {
  if (options.isHeadless) await performInTerminal(interrupt.signal);
  else await playInBrowser(options, interrupt.signal);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function argumentsOrUsage(): Arguments {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    process.exit();
  }
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
