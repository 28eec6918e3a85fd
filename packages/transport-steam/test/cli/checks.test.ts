import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addonChecks } from '../../src/cli/doctor/addonChecks.ts';
import { type Check, reportOf } from '../../src/cli/doctor/Check.ts';
import { findSteamworks } from '../../src/cli/doctor/installation.ts';
import { checkNode, checkPlatform } from '../../src/cli/doctor/machine.ts';
import type { ProbeOutcome, ProbeResults } from '../../src/cli/doctor/probeProtocol.ts';
import { steamChecks } from '../../src/cli/doctor/steamChecks.ts';
import type { SteamSighting } from '../../src/cli/doctor/steamProcess.ts';
import { checkInstallation } from '../../src/cli/doctor/steamworksCheck.ts';

const good: ProbeResults = {
  load: { libraries: [] },
  init: { appId: 480 },
  user: { steamId: '76561197960265729', personaName: 'Ann' },
  overlay: { loaded: true },
  deck: { isDeck: false },
  selfTest: { sent: true, backAfterMs: 3 },
};
const healthy: ProbeOutcome = {
  results: good,
  failures: {},
  unfinished: undefined,
  end: 'ended with exit code 0',
  lastWords: '',
};
const running: SteamSighting = { state: 'running', found: 'running (process 77)' };
const notFound: SteamSighting = { state: 'not-found', found: 'no process of Steam found' };

const named = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name);
const steam = (outcome: Partial<ProbeOutcome>, sighting = running, appId = 480) =>
  steamChecks({ ...healthy, ...outcome }, appId, sighting);
const refused = (words: string, code = 'steam-failed'): Partial<ProbeOutcome> => ({
  results: { load: good.load },
  failures: { init: { code, message: `Steam did not start: ${words}`, words } },
});

describe('the machine', () => {
  test.each([
    ['22.0.0', 'ok'],
    ['24.9.1', 'ok'],
    ['20.19.0', 'problem'],
    ['9.0.0', 'problem'],
  ])('Node %s: %s', (version, status) => {
    expect(checkNode(version)).toMatchObject({ name: 'node', status, found: expect.stringContaining(version) });
  });

  test.each([
    ['win32', 'x64', 'ok', 'Windows x64'],
    ['linux', 'x64', 'ok', 'Linux x64'],
    ['darwin', 'x64', 'ok', 'macOS x64'],
    ['darwin', 'arm64', 'ok', 'macOS arm64'],
    ['linux', 'arm64', 'problem', 'Linux arm64, for which steamworks.js 0.4.0 has no addon'],
    ['win32', 'arm64', 'problem', 'Windows arm64, for which'],
    ['freebsd', 'x64', 'problem', 'freebsd x64, for which'],
  ] as const)('%s %s: %s', (platform, arch, status, found) => {
    const check = checkPlatform({ platform, arch });
    expect(check).toMatchObject({ name: 'platform', status, found: expect.stringContaining(found) });
    if (status === 'problem') expect(check.advice).toContain('Supported are Windows x64, Linux x64, macOS x64 and macOS arm64');
  });
});

describe('the installation', () => {
  const a = { folder: '/game/node_modules/steamworks.js', version: '0.4.0' };
  const b = { folder: '/other/node_modules/steamworks.js', version: '0.3.1' };

  test.each([
    ['one for both', { ofGame: a, ours: a }, 'ok', '0.4.0 in /game/node_modules/steamworks.js'],
    ['none', { ofGame: undefined, ours: undefined }, 'problem', 'not installed'],
    ['one that the game does not find', { ofGame: undefined, ours: a }, 'warning', 'not to be found from this folder'],
    ['one that we do not find', { ofGame: a, ours: undefined }, 'warning', 'not to be found from colyseus-transport-steam'],
    ['two', { ofGame: b, ours: a }, 'warning', '0.3.1 in /other/node_modules/steamworks.js, and 0.4.0 in /game/'],
    ['another version', { ofGame: b, ours: b }, 'warning', '0.3.1 in /other/node_modules/steamworks.js'],
  ])('%s', (_what, finding, status, found) => {
    expect(checkInstallation(finding)).toMatchObject({ name: 'steamworks.js', status, found: expect.stringContaining(found) });
  });

  test('is found from the folder of the game, and from here', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-installation-')));
    const install = (game: string, manifest: string, main = 'index.js'): string => {
      const installed = join(folder, game, 'node_modules', 'steamworks.js');
      mkdirSync(dirname(join(installed, main)), { recursive: true });
      writeFileSync(join(installed, 'package.json'), manifest);
      writeFileSync(join(installed, main), '');
      return installed;
    };
    try {
      expect(findSteamworks(folder)).toEqual({ ofGame: undefined, ours: expect.objectContaining({ version: '0.4.0' }) });
      const installed = install('game', '{ "version": "0.5.0" }');
      expect(findSteamworks(join(folder, 'game')).ofGame).toEqual({ folder: installed, version: '0.5.0' });
      // A package may keep its package.json to itself, and have others further in.
      const exporting = install('exporting', '{ "version": "0.6.0", "exports": "./dist/index.cjs" }', 'dist/index.cjs');
      writeFileSync(join(exporting, 'dist', 'package.json'), '{ "type": "commonjs" }');
      expect(findSteamworks(join(folder, 'exporting')).ofGame).toEqual({ folder: exporting, version: '0.6.0' });
      install('broken', '{ ');
      expect(findSteamworks(join(folder, 'broken')).ofGame).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the addon and its library', () => {
  const linux = { platform: 'linux', arch: 'x64' } as const;
  let folder: string;
  let library: string;
  let addon: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-addon-')));
    library = join(folder, 'dist', 'linux64', 'libsteam_api.so');
    addon = join(folder, 'dist', 'linux64', 'steamworksjs.linux-x64-gnu.node');
    for (const file of [library, addon, join(folder, 'elsewhere', 'libsteam_api.so')]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (outcome: Partial<ProbeOutcome>, of: string = folder) =>
    addonChecks({ ...healthy, ...outcome }, linux, { folder: of, version: '0.4.0' });
  const loaded = (...libraries: string[]) => ({ results: { ...good, load: { libraries } } });

  test('all is well', () => {
    expect(check(loaded(addon, library))).toEqual([
      { name: 'addon', status: 'ok', found: 'steamworksjs.linux-x64-gnu.node loads' },
      { name: 'steam library', status: 'ok', found: 'libsteam_api.so beside the addon' },
    ]);
  });

  test('another library is in the process', () => {
    const other = join(folder, 'elsewhere', 'libsteam_api.so');
    expect(check(loaded(addon, other))[1]).toMatchObject({
      status: 'warning',
      found: `${other}, not the one beside the addon`,
      advice: expect.stringContaining('LD_LIBRARY_PATH'),
    });
    const bare = join(folder, 'bare');
    expect(check(loaded(other), bare)[1]?.found).toBe(`${other}, as there is none beside the addon`);
    expect(check(loaded())[1]).toMatchObject({ status: 'warning', found: 'libsteam_api.so is not to be seen in the process' });
  });

  // As Windows tells of a library that was asked for in other letters than the disk has.
  if (existsSync(import.meta.filename.toUpperCase())) {
    test('the same library in other letters', () => {
      expect(check(loaded(addon, library.replace('dist', 'DIST')))[1]?.status).toBe('ok');
    });
  }

  test('the addon does not load', () => {
    const failure = { code: 'addon-missing', message: 'm', words: 'GLIBC_2.99 not found\n(required by …)' };
    const [first, second] = check({ results: {}, failures: { load: failure } });
    expect(first).toMatchObject({
      status: 'problem',
      found: 'steamworksjs.linux-x64-gnu.node does not load: GLIBC_2.99 not found | (required by …)',
    });
    expect(second).toMatchObject({ status: 'skipped', found: 'the addon was not loaded' });
    const [missing] = check({ results: {}, failures: { load: failure } }, join(folder, 'bare'));
    expect(missing?.found).toContain('steamworksjs.linux-x64-gnu.node is missing');
  });

  test('the process dies of loading it', () => {
    const outcome = { results: {}, unfinished: 'load', end: 'was ended by SIGSEGV' } as const;
    expect(check(outcome)[0]).toMatchObject({
      status: 'problem',
      found: 'the trial process was ended by SIGSEGV while loading the addon of steamworks.js',
    });
  });

  test('there is none to load', () => {
    const none = { ...healthy, results: {} };
    const mac = { platform: 'darwin', arch: 'ppc' } as const;
    const here = { folder, version: '0.4.0' };
    expect(addonChecks(none, mac, here).map(({ found }) => found)).toEqual(Array(2).fill('there is none for this platform'));
    expect(addonChecks(none, linux, undefined).map(({ status }) => status)).toEqual(['skipped', 'skipped']);
  });
});

describe('Steam', () => {
  test('all is well', () => {
    const checks = steam({});
    expect(checks.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'steam client: ok',
      'steam init: ok',
      'user: ok',
      'overlay: ok',
      'steam deck: ok',
      'self-test: ok',
    ]);
    expect(reportOf(checks).ok).toBe(true);
    expect(named(checks, 'user')?.found).toBe('Ann, 76561197960265729');
  });

  test('its own answer decides whether it runs', () => {
    expect(named(steam({}, notFound), 'steam client')).toEqual({
      name: 'steam client',
      status: 'ok',
      found: 'no process of Steam found, but Steam answers',
    });
    expect(named(steam(refused('no', 'steam-not-running'), notFound), 'steam client')).toMatchObject({ status: 'warning' });
    const unreachable = steam(refused('Cannot create IPC pipe to Steam client process.', 'steam-not-running'), running);
    expect(named(unreachable, 'steam client')).toMatchObject({ status: 'ok' });
    expect(named(unreachable, 'steam init')).toMatchObject({
      status: 'problem',
      found: 'no start for app 480. Steam says: Cannot create IPC pipe to Steam client process.',
      advice: expect.stringContaining('does not answer this process'),
    });
  });

  test('it could not be looked for', () => {
    expect(named(steam(refused('no'), { state: 'unknown', found: 'pgrep does not answer' }), 'steam client')?.status).toBe(
      'skipped',
    );
  });

  test('it runs as somebody else', () => {
    const elsewhere: SteamSighting = { state: 'elsewhere', found: 'running as user 1000', advice: 'Run this without sudo.' };
    const checks = steam(refused('no', 'steam-not-running'), elsewhere);
    expect(named(checks, 'steam client')).toEqual({ name: 'steam client', status: 'warning', ...pick(elsewhere) });
  });

  test.each([
    ['steam-not-running', 'no pipe', 480, 'Start Steam, log in'],
    ['steam-not-running', "Failed to load module '/home/ann/.steam/sdk64/steamclient.so'", 480, 'was never started by this user'],
    ['steam-not-running', 'Could not determine Steam client install directory.', 480, 'install it, start it, log in'],
    ['steam-outdated', 'old', 480, 'let Steam update itself'],
    ['wrong-app-id', 'ConnectToGlobalUser failed.', 480, 'Log in to Steam; if you are, the account does not own app 480.'],
    ['wrong-app-id', 'ConnectToGlobalUser failed.', 4711, 'not own app 4711. To see whether it is that: --app 480'],
    ['wrong-app-id', 'No appID found.', 4711, 'initSteamworks(4711)'],
    ['steam-failed', 'who knows', 480, 'Restart Steam'],
  ])('%s: %s', (code, words, appId, advice) => {
    const checks = steam(refused(words, code), notFound, appId);
    expect(named(checks, 'steam init')).toMatchObject({
      status: 'problem',
      found: `no start for app ${appId}. Steam says: ${words}`,
      advice: expect.stringContaining(advice),
    });
    expect(checks.slice(2).map(({ status, found }) => `${status}: ${found}`)).toEqual(
      Array(4).fill('skipped: Steam did not start'),
    );
  });

  test('it started for another app', () => {
    expect(named(steam({}, running, 4711), 'steam init')).toMatchObject({
      status: 'warning',
      found: 'Steam started for app 480, not for 4711',
    });
  });

  test.each(['init', 'user', 'overlay', 'deck', 'selfTest'] as const)('a signal ends the process in the step %s', (step) => {
    const steps = ['load', 'init', 'user', 'overlay', 'deck', 'selfTest'] as const;
    const done = steps.slice(0, steps.indexOf(step));
    const results: Partial<ProbeResults> = Object.fromEntries(done.map((name) => [name, good[name]]));
    const lastWords = 'thread panicked\n  at callback.rs';
    const checks = steam({ results, unfinished: step, end: 'was ended by SIGABRT', lastWords });
    const dead = checks[steps.indexOf(step)];
    expect(dead).toMatchObject({ status: 'problem', advice: expect.stringContaining('thread panicked | at callback.rs') });
    expect(dead?.found).toMatch(/^the trial process was ended by SIGABRT while \w+/);
    const reason = 'not reached: the trial process was ended by SIGABRT';
    expect(checks.slice(steps.indexOf(step) + 1).every(({ status, found }) => status === 'skipped' && found === reason)).toBe(
      true,
    );
  });

  test('the process ends between two steps', () => {
    const checks = steam({ results: { load: good.load, init: good.init }, unfinished: 'init', end: 'ended with exit code 1' });
    expect(reportOf(checks).ok).toBe(false);
    expect(named(checks, 'steam init')?.found).toBe(
      'the trial process ended with exit code 1 just after starting Steam for app 480',
    );
    expect(named(checks, 'self-test')?.found).toBe('not reached: the trial process ended with exit code 1');
  });

  test.each(['0', '1', '90071992547409920', '103582791429521408'])(
    'the SteamID %s is not a person: nobody is logged in',
    (steamId) => {
      const checks = steam({ results: { ...good, user: { steamId, personaName: '' } } });
      expect(named(checks, 'user')).toMatchObject({ status: 'problem', found: expect.stringContaining(`nobody is logged in`) });
    },
  );

  test('no overlay, as always in a terminal', () => {
    const checks = steam({ results: { ...good, overlay: { loaded: false } } });
    expect(named(checks, 'overlay')).toMatchObject({ status: 'ok', advice: expect.stringContaining('Join game') });
  });

  test('a Steam Deck', () => {
    expect(named(steam({ results: { ...good, deck: { isDeck: true } } }), 'steam deck')?.found).toBe('yes');
  });

  test.each([
    [{ sent: false }, 'problem', 'Steam takes no packets', 'It may have just ended'],
    [{ sent: true, backAfterMs: null }, 'warning', 'a packet to ourselves did not come back in 2 s', 'two accounts'],
  ] as const)('a self-test that says %j is a %s', (selfTest, status, found, advice) => {
    const checks = steam({ results: { ...good, selfTest } });
    expect(named(checks, 'self-test')).toMatchObject({ status, found, advice: expect.stringContaining(advice) });
  });

  test('a step that throws does not hide the others', () => {
    const { deck: _, ...results } = good;
    const checks = steam({ results, failures: { deck: { message: 'm', words: 'no such\nfunction' } } });
    expect(named(checks, 'steam deck')).toMatchObject({
      status: 'warning',
      found: 'asking whether this is a Steam Deck failed: no such | function',
    });
    expect(named(checks, 'self-test')?.status).toBe('ok');
  });
});

function pick({ found, advice }: SteamSighting): object {
  return { found, advice };
}
