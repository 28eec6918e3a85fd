import { isIndividualSteamId } from '../../driver/steamId.ts';
import { type Check, ok, problem, skipped, warning } from './Check.ts';
import { initAdvice } from './initAdvice.ts';
import type { ProbeOutcome, ProbeStep } from './probeProtocol.ts';
import type { SteamSighting } from './steamProcess.ts';
import { oneLine, type StepRules, stepCheck } from './stepCheck.ts';

const TRY_AGAIN = 'Restart Steam and try again.';
const NO_OVERLAY =
  'Steam brings its overlay only into games that it starts. Invites and "Join game" need it: to try them, add the game to your ' +
  'Steam library as a non-Steam game, and start it there.';
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

const userRules = afterInit({
  step: 'user',
  name: 'user',
  activity: 'asking for the user',
  whenItThrows: problem,
  read({ steamId, personaName }) {
    if (isIndividualSteamId(BigInt(steamId))) return ok('user', `${personaName || '(without a name)'}, ${steamId}`);
    const advice = 'Log in to Steam, and wait until it shows your library.';
    return problem('user', `nobody is logged in: the SteamID ${steamId} is not a person's`, advice);
  },
});

const overlayRules = afterInit({
  step: 'overlay',
  name: 'overlay',
  activity: 'looking for the overlay',
  whenItThrows: warning,
  read: ({ loaded }) =>
    loaded ? ok('overlay', 'in the process') : ok('overlay', 'not in the process, as is usual in a terminal', NO_OVERLAY),
});

const deckRules = afterInit({
  step: 'deck',
  name: 'steam deck',
  activity: 'asking whether this is a Steam Deck',
  whenItThrows: warning,
  read: ({ isDeck }) => ok('steam deck', isDeck ? 'yes' : 'no'),
});

const selfTestRules = afterInit({
  step: 'selfTest',
  name: 'self-test',
  activity: 'sending a packet to ourselves',
  whenItThrows: problem,
  read(result) {
    if (!result.sent) return problem('self-test', 'Steam takes no packets', 'It may have just ended: restart it and try again.');
    if (result.backAfterMs === null) return warning('self-test', 'a packet to ourselves did not come back in 2 s', TWO_ACCOUNTS);
    return ok('self-test', `a packet to ourselves came back after ${result.backAfterMs} ms`);
  },
});

interface AfterInit<S extends ProbeStep> extends Pick<StepRules<S>, 'step' | 'name' | 'activity' | 'read'> {
  readonly whenItThrows: typeof problem;
}

function afterInit<S extends ProbeStep>({ whenItThrows, ...rules }: AfterInit<S>): StepRules<S> {
  return {
    ...rules,
    remedy: TRY_AGAIN,
    skippedBecause: 'Steam did not start',
    readFailure: ({ words }) => whenItThrows(rules.name, `${rules.activity} failed: ${oneLine(words)}`, TRY_AGAIN),
  };
}
