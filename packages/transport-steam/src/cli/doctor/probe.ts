import { writeSync } from 'node:fs';
import { initSteamworks } from '../../driver/initSteamworks.ts';
import { SteamError } from '../../driver/SteamError.ts';
import { loadSteamworks } from '../../driver/steamworksAddon.ts';
import type { SteamworksClient } from '../../driver/steamworksClient.ts';
import {
  PROBE_FD,
  type ProbeFailure,
  type ProbeLine,
  type ProbeRequest,
  type ProbeResults,
  type ProbeStep,
} from './probeProtocol.ts';
import { sendToSelf } from './selfTest.ts';

// The program of the probe: node probe <ProbeRequest, JSON>. Its lines go to file 3.

/** What the doctor asks besides what the driver needs. */
type Client = SteamworksClient & {
  readonly utils: { getAppId(): number; isSteamRunningOnSteamDeck(): boolean };
};

const [request] = process.argv.slice(2);
if (request === undefined) throw new Error('the probe is started by the command doctor, with a request');

void probe(JSON.parse(request) as ProbeRequest).then(() => {
  say({ finished: true });
  process.exit(); // the timer of steamworks.js would keep it
});

async function probe({ appId, from }: ProbeRequest): Promise<void> {
  const loaded = await attempt('load', () => {
    loadSteamworks(from);
    return { libraries: sharedObjects().filter((file) => /steam/i.test(file)) };
  });
  if (loaded === undefined) return;
  let client: Client | undefined;
  await attempt('init', () => {
    client = initSteamworks<Client>(appId, from);
    return { appId: client.utils.getAppId() };
  });
  if (client === undefined) return;
  const { localplayer, utils } = client;
  await attempt('user', () => ({ steamId: String(localplayer.getSteamId().steamId64), personaName: localplayer.getName() }));
  // Now and not before: on some systems the overlay comes in by the start of Steam.
  await attempt('overlay', () => ({ loaded: sharedObjects().some((file) => /gameoverlayrenderer/i.test(file)) }));
  await attempt('deck', () => ({ isDeck: utils.isSteamRunningOnSteamDeck() }));
  await attempt('selfTest', () => sendToSelf(client as Client));
}

/** Undefined when it failed. */
async function attempt<S extends ProbeStep>(
  step: S,
  run: () => ProbeResults[S] | Promise<ProbeResults[S]>,
): Promise<ProbeResults[S] | undefined> {
  say({ trying: step });
  try {
    const result = await run();
    say({ done: step, result });
    return result;
  } catch (error) {
    say({ failed: step, failure: failureOf(error) });
    return undefined;
  }
}

function failureOf(error: unknown): ProbeFailure {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const words = cause instanceof Error ? cause.message : message;
  return error instanceof SteamError ? { code: error.code, message, words } : { message, words };
}

/** At once: what is only queued is lost when the next step ends the process. */
function say(line: ProbeLine): void {
  writeSync(PROBE_FD, `${JSON.stringify(line)}\n`);
}

function sharedObjects(): readonly string[] {
  // Without it the report asks for the names of hosts: seconds, with some networks. (Not in the types yet.)
  Object.assign(process.report, { excludeNetwork: true });
  return (process.report.getReport() as { sharedObjects: string[] }).sharedObjects;
}
