import { SPACEWAR } from './appId.ts';
import type { ProbeFailure } from './probeProtocol.ts';
import type { SteamSighting } from './steamProcess.ts';

/** What to do when Steam did not start for `appId`. */
export function initAdvice({ code, words }: ProbeFailure, appId: number, { state }: SteamSighting): string {
  switch (code) {
    case 'steam-not-running':
      if (state === 'running' || state === 'elsewhere') return UNREACHABLE;
      return /load module|client install directory/i.test(words) ? NEVER_STARTED : 'Start Steam, log in, and try again.';
    case 'steam-outdated':
      return 'Steam is older than the Steam library of steamworks.js: let Steam update itself (Steam > Check for Steam Client Updates).';
    case 'wrong-app-id': {
      if (/app ?id/i.test(words)) return `Give the id to init: initSteamworks(${appId})`;
      const spacewar = appId === SPACEWAR ? '' : ` To see whether it is that: --app ${SPACEWAR}, which everybody owns.`;
      return `Log in to Steam; if you are, the account does not own app ${appId}.${spacewar}`;
    }
    default:
      return 'Restart Steam and try again.';
  }
}

/** Steam makes its folder, and puts its client library there, when it starts. */
const NEVER_STARTED =
  'Steam was never started by this user of the machine: install it, start it, log in, and try again. With sudo, this is another user.';
const UNREACHABLE =
  'A Steam is running, but does not answer this process. It may still be starting; or it runs as another user of this machine, as ' +
  'root or administrator while this does not (or the other way round), or boxed in by Flatpak, Snap or a container.';
