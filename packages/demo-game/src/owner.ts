// The process of one player, as Electron's main process is in a game: it has Steam, serves the page that he sees, and hosts when he wants to.
import { once } from 'node:events';
import type { Order, Part, Report } from './browser/words.ts';
import { HostedGame } from './HostedGame.ts';
import { openDriver } from './openDriver.ts';
import { servePage } from './pageServer.ts';
import { bridgeToSteam, inspect } from './transport.ts';

/** What a player who quits may take to say so to the others. Unit: ms. */
const GOODBYE_MS = 1_000;

// Ctrl-C reaches every process of the terminal; here it comes by the director, who hangs up.
process.on('SIGINT', () => {});
const [part] = (await once(process, 'message')) as [Part];
process.on('disconnect', () => void quit());

const driver = part.carrier === 'steam' ? await openDriver(part).catch(fail) : undefined;
const game = new HostedGame(driver, (invitation) => report({ report: 'hosting', invitation }));
let bridge: ReturnType<typeof bridgeToSteam> | undefined;
/** A page that is loaded again is not invited again. */
let isFirstPage = true;
process.on('message', (_: Order) => report({ report: 'network', inspection: inspect(game.transport, bridge) }));

const page = await servePage({
  files: part.page,
  calls: {
    player: () => ({
      name: driver?.personaName ?? part.name,
      isBot: part.isBot,
      carrier: part.carrier,
      startedWith: startedWith(),
    }),
    open,
    close: () => game.close(),
  },
  onSocket(socket) {
    if (driver === undefined) return;
    bridge = bridgeToSteam(socket, driver, isFirstPage ? startedWith() : (game.invitation ?? []));
    isFirstPage = false;
  },
});
if (part.hosts) await open();
report({ report: 'ready', url: page.url, steamId: driver?.steamId });

/** Steam starts a game with the lobby to join. Who hosts joins his own. */
function startedWith(): readonly string[] {
  return game.invitation ?? process.argv.slice(2);
}

/** The page's "Create": returns what it is to join. */
async function open(): Promise<string | undefined> {
  await game.open();
  return game.invitation?.at(-1);
}

async function quit(): Promise<void> {
  setTimeout(() => process.exit(), GOODBYE_MS).unref();
  await game.end();
  driver?.close();
  process.exit();
}

/** Such as: no Steam client runs. */
function fail(error: Error): never {
  report({ report: 'failed', reason: error.message });
  process.exit(1);
}

function report(news: Report): void {
  if (process.connected) process.send?.(news, () => {}); // the director may hang up in this moment
}
