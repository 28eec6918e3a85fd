import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DoctorReport } from '../../src/cli/doctor/Check.ts';
import { describeUnless } from '../native/double.ts';
import { cleanEnvironment, type Finished, statusesOf } from './doctorRun.ts';

// The whole program, in processes of its own. Steam may run on the machine of who runs this: it is given a home without one.

jest.setTimeout(60_000);

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const NO_STEAM = 'skipped: Steam did not start';

let home: string;
/** The program, in a place from where no steamworks.js is to be found. */
let alone: string;
let game: string;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-')));
  alone = join(home, 'alone');
  game = join(home, 'game');
  cpSync(join(packageDir, 'src'), join(alone, 'src'), { recursive: true });
  cpSync(join(packageDir, 'package.json'), join(alone, 'package.json'));
  mkdirSync(game);
});
afterAll(() => rmSync(home, { recursive: true }));

function doctor(program: string, args: readonly string[], env: Record<string, string> = {}, cwd = game): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(program, 'src', 'cli', 'main.ts'), 'doctor', ...args], {
    cwd,
    encoding: 'utf8',
    env: cleanEnvironment({ HOME: home, ...env }),
    timeout: 50_000,
  });
  return { status, stdout, stderr };
}

describe('without steamworks.js', () => {
  test('it says so, and goes on', () => {
    const { status, stdout, stderr } = doctor(alone, ['--app', '480']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(
      /^problem {2}steamworks\.js {2}not installed\n +In the folder of the game: npm install steamworks\.js@/m,
    );
    expect(stdout).toMatch(/^skipped {2}self-test {6}Steam did not start$/m);
    expect(stdout).toMatch(/^ok {7}app id {9}480 \(Spacewar\)/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d problems?(, \d warnings?)?$/);
    expect(stdout).not.toContain('\x1b');
  });

  test('--json prints one document', () => {
    const { status, stdout, stderr } = doctor(alone, ['--json']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const { ok, checks } = JSON.parse(stdout) as DoctorReport;
    expect(ok).toBe(false);
    expect(checks.map(({ name }) => name)).toEqual([
      'node',
      'platform',
      'steamworks.js',
      'addon',
      'steam library',
      'app id',
      'steam client',
      'steam init',
      'user',
      'overlay',
      'steam deck',
      'self-test',
      'ports',
    ]);
    for (const check of checks) {
      expect(check.found).toMatch(/^[^\n]+$/);
      if (check.status === 'warning' || check.status === 'problem') expect(check.advice).toMatch(/^[^\n]+$/);
    }
  });
});

test('a wrong --app', () => {
  const { status, stdout, stderr } = doctor(alone, ['--app', '480x', '--json']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('--app is "480x", but must be a number from 1 to 4294967295');
  expect(stderr).toContain('Usage: colyseus-transport-steam doctor');
});

// Elsewhere the home does not keep the real library from the Steam of this machine.

const isLinux = process.platform === 'linux' && process.arch === 'x64';
const needsLinux = isLinux ? undefined : 'only on Linux x64 is it kept from the Steam of this machine';

describeUnless(needsLinux, 'with the real library of Steam, and no Steam', () => {
  const refused = 'problem: no start for app 480. Steam says: ';

  test('its own words are in the report, and nothing that it writes', () => {
    const { status, stdout, stderr } = doctor(packageDir, ['--app', '480', '--json']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(statusesOf(stdout)).toMatchObject({
      addon: 'ok: steamworksjs.linux-x64-gnu.node loads',
      'steam library': 'ok: libsteam_api.so beside the addon',
      'steam init': `${refused}Failed to load module '${home}/.steam/sdk64/steamclient.so'`,
      user: NO_STEAM,
      overlay: NO_STEAM,
      'steam deck': NO_STEAM,
      'self-test': NO_STEAM,
    });
  });

  test('steamworks.js beside the game is enough', () => {
    mkdirSync(join(game, 'node_modules'), { recursive: true });
    symlinkSync(realpathSync(join(packageDir, 'node_modules', 'steamworks.js')), join(game, 'node_modules', 'steamworks.js'));
    const statuses = statusesOf(doctor(alone, ['--app', '480', '--json']).stdout);
    expect(statuses['steamworks.js']).toMatch(/^warning: 0\.4\.0 in .*, which is not to be found from colyseus-transport-steam$/);
    expect(statuses.addon).toMatch(/^ok/);
    expect(statuses['steam init']).toContain(refused);
    rmSync(join(game, 'node_modules'), { recursive: true });
  });

  test('a library that cannot be loaded', () => {
    const broken = join(home, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'libsteam_api.so'), 'no library');
    const { status, stdout, stderr } = doctor(packageDir, ['--app', '480', '--json'], { LD_LIBRARY_PATH: broken });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(statusesOf(stdout).addon).toMatch(/^problem: steamworksjs.linux-x64-gnu.node does not load: .*libsteam_api\.so/);
    expect(statusesOf(stdout)['steam init']).toBe('skipped: the addon was not loaded');
  });
});
