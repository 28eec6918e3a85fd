import { isIndividualSteamId } from '../../driver/steamId.ts';
import { type Check, ok, problem, skipped, warning } from './Check.ts';
import { initAdvice } from './initAdvice.ts';
import type { ProbeOutcome, ProbeResults } from './probeProtocol.ts';
import type { SteamSighting } from './steamProcess.ts';
import { oneLine, type StepRules, stepCheck } from './stepCheck.ts';

const TRY_AGAIN = 'Restart Steam and try again.';
const NO_OVERLAY =
  'That is usual in a terminal: Steam brings its overlay only into games that it starts. Invites and "Join game" need it. To try ' +
  'them, add the game to your Steam library as a non-Steam game, and start it there.';
const TWO_ACCOUNTS = 'Steam may not loop packets back; test with two accounts.';

/** Steam itself: whether it is there, whether it starts for `appId`, and what it says then. */
export function steamChecks(outcome: ProbeOutcome, appId: number, sighting: SteamSighting): Check[] {
  return [
    clientCheck(outcome, sighting),
    stepCheck(outcome, initRules(appId, sighting)),
    stepCheck(outcome, userRules),
    stepCheck(outcome, overlayRules),
    stepCheck(outcome, deckRules),
    stepCheck(outcome, selfTestRules),
  ];
}

/** Steam's own answer is worth more than what is to be seen of its process. */
function clientCheck({ results }: ProbeOutcome, { state, found, advice }: SteamSighting): Check {
  const name = 'steam client';
  if (state === 'running') return ok(name, found);
  if (results.init !== undefined) return ok(name, `${found}, but Steam answers`);
  if (state === 'unknown') return skipped(name, found);
  return warning(name, found, advice ?? 'Start Steam and log in.');
}

function initRules(appId: number, sighting: SteamSighting): StepRules<'init'> {
  const name = 'steam init';
  return {
    name,
    step: 'init',
    activity: `starting Steam for app ${appId}`,
    remedy: TRY_AGAIN,
    skippedBecause: 'the addon was not loaded',
    read(init) {
      if (init.appId === appId) return ok(name, `Steam started for app ${appId}`);
      return warning(
        name,
        `Steam started for app ${init.appId}, not for ${appId}`,
        `Give the id to init: initSteamworks(${appId})`,
      );
    },
    readFailure: (failure) =>
      problem(name, `no start for app ${appId}. Steam says: ${oneLine(failure.words)}`, initAdvice(failure, appId, sighting)),
  };
}

const userRules = afterInit('user', 'user', 'asking for the user', problem, ({ steamId, personaName }) => {
  if (isIndividualSteamId(BigInt(steamId))) return ok('user', `${personaName || '(without a name)'}, ${steamId}`);
  const advice = 'Log in to Steam, and wait until it shows your library.';
  return problem('user', `nobody is logged in: the SteamID ${steamId} is not a person's`, advice);
});

const overlayRules = afterInit('overlay', 'overlay', 'looking for the overlay', warning, ({ loaded }) =>
  loaded ? ok('overlay', 'in the process') : warning('overlay', 'not in the process', NO_OVERLAY),
);

const deckRules = afterInit('deck', 'steam deck', 'asking whether this is a Steam Deck', warning, ({ isDeck }) =>
  ok('steam deck', isDeck ? 'yes' : 'no'),
);

const selfTestRules = afterInit('selfTest', 'self-test', 'sending a packet to ourselves', problem, (result) => {
  if (!result.sent) return warning('self-test', 'Steam takes no packet to ourselves', TWO_ACCOUNTS);
  if (result.backAfterMs === null) return warning('self-test', 'a packet to ourselves did not come back in 2 s', TWO_ACCOUNTS);
  return ok('self-test', `a packet to ourselves came back after ${result.backAfterMs} ms`);
});

function afterInit<S extends Exclude<keyof ProbeResults, 'load' | 'init'>>(
  step: S,
  name: Check['name'],
  activity: string,
  whenItThrows: typeof problem,
  read: (result: ProbeResults[S]) => Check,
): StepRules<S> {
  const readFailure = ({ words }: { readonly words: string }): Check =>
    whenItThrows(name, `${activity} failed: ${oneLine(words)}`, TRY_AGAIN);
  return { step, name, activity, remedy: TRY_AGAIN, skippedBecause: 'Steam did not start', read, readFailure };
}
