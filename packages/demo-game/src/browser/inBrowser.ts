import { once } from 'node:events';
import type { Arguments } from '../arguments.ts';
import { openInBrowser } from './openInBrowser.ts';
import { setTable } from './table.ts';

const welcomes = {
  simulated: `Three Steam users on this machine, which needs no Steam: Ann hosts, Bob and Carol came by her invite.`,
  websocket: 'Three players on this machine, over WebSocket: Ann hosts, Bob and Carol were told her address.',
  steam: 'One player on Steam, as app 480. Create a game, or join one; the others do the same on their machines.',
} as const;

/** Ended by Ctrl-C, as a shell has it. */
const INTERRUPTED = 130;

/** Serves the demo until `signal` is aborted, or nothing of it runs. Sets the exit code. */
export async function playInBrowser({ carrier, port, opens, ofSteam }: Arguments, signal: AbortSignal): Promise<void> {
  if (carrier === 'steam') process.env.STEAM_DRIVER = 'steamworks';
  const table = await setTable({
    carrier,
    port,
    args: ofSteam,
    onProblem: (problem) => signal.aborted || console.error(problem),
  });
  if (table.hasFailed) {
    if (carrier === 'steam') console.error('What is missing on this machine says: npx colyseus-transport-steam doctor');
    await table.end();
    process.exitCode = 1;
    return;
  }
  console.log(
    `${welcomes[carrier]}\nAnn is yours from your first key; click into another game to take it. Ctrl-C ends the demo.\n\n  ${table.url}\n`,
  );
  if (opens && process.stdout.isTTY && !process.env.CI) openInBrowser(table.url);
  if (!signal.aborted) await once(signal, 'abort');
  await table.end();
  process.exitCode = INTERRUPTED;
}
